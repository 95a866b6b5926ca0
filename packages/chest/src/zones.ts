/**
 * Upper, middle and lower zone of each lung: thirds of its height, from its highest to its lowest pixel, as radiologists
 * divide a frontal film where fissures can't be seen.
 */

import type { Tensor } from '@regional-saliency/core';
import { labelMap, type Region } from '@regional-saliency/regions';

const sides = [
  [1, 'right'],
  [2, 'left'],
] as const;
const zones = ['upper', 'middle', 'lower'] as const;

/**
 * @param labels [H, W] of chestRegions: 1 right lung, 2 left lung
 * @returns six regions, `right upper zone` … `left lower zone`; together they are the lungs
 */
export function lungZones(labels: Tensor): Region[] {
  const [height, width] = labels.shape as [number, number];
  const numbered = new Uint8Array(labels.data.length);
  for (const [lung] of sides) {
    const { top, bottom } = extent(labels, lung);
    for (let y = top; y <= bottom; y++) {
      const third = Math.min(2, Math.floor((3 * (y - top + 0.5)) / (bottom - top + 1)));
      for (let pixel = y * width; pixel < (y + 1) * width; pixel++) {
        if (Number(labels.data[pixel]) === lung) numbered[pixel] = 1 + third + 3 * (lung - 1);
      }
    }
  }
  const names = Object.fromEntries(
    sides.flatMap(([lung, name]) =>
      zones.map((zone, third) => [1 + third + 3 * (lung - 1), `${name} ${zone} zone`]),
    ),
  );
  return labelMap({ data: numbered, shape: [height, width], dtype: 'uint8' }, names, { missing: 'empty' });
}

/** First and last row of a label; an empty range where it has none. */
function extent({ data, shape }: Tensor, label: number) {
  const [height, width] = shape as [number, number];
  let top = height;
  let bottom = -1;
  for (let pixel = 0; pixel < data.length; pixel++) {
    if (Number(data[pixel]) !== label) continue;
    const y = Math.floor(pixel / width);
    top = Math.min(top, y);
    bottom = y;
  }
  return { top, bottom };
}
