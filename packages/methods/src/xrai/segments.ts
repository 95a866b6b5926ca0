/**
 * The segments that XRAI ranks: superpixels of an image from fine to coarse, each a little larger than it is, so that it holds
 * its own edges. They overlap.
 *
 * Kapishnikov et al. 2019, doi 10.1109/ICCV.2019.00505. PyPI's `saliency` resizes the image to 224 × 224 for this; here the sizes
 * of segments are in proportion to the image's instead, which is the same at 224 × 224.
 */
import type { Tensor } from '@regional-saliency/core';
import { felzenszwalb } from '@regional-saliency/regions';

/** The places (row · width + column) of each segment. */
export type Segments = readonly Int32Array[];

/** How much contrast a segment tolerates at 224 × 224, on values between -1 and 1. */
const SCALES = [50, 100, 150, 250, 500, 1200];
const SIGMA = 0.8;
const LEAST = 150;

/**
 * @param image [1, C, H, W]
 * @param dilation how far segments reach over their edges, in pixels
 */
export function segmentsOf(image: Tensor, dilation: number): Segments {
  const [, , height, width] = image.shape as [number, number, number, number];
  const area = (height * width) / 224 ** 2;
  return SCALES.flatMap((scale) => {
    // The image is taken as 0..1, where contrasts are half of what they are on -1..1.
    const options = { scale: (scale / 2) * area, sigma: SIGMA, minSize: LEAST * area };
    return dilated(felzenszwalb(image, options).data, height, width, dilation);
  });
}

/** The places of each label and those within `radius` of one of them, in rising order. */
export function dilated(labels: Int32Array, height: number, width: number, radius: number): Segments {
  const disk: [number, number][] = [];
  for (let down = -radius; down <= radius; down++)
    for (let right = -radius; right <= radius; right++)
      if (down ** 2 + right ** 2 <= radius ** 2) disk.push([down, right]);
  const members: number[][] = [];
  for (const [place, label] of labels.entries()) {
    members[label] ??= [];
    members[label].push(place);
  }
  const inside = new Uint8Array(height * width);
  return members.map((own) => {
    const places = [...own];
    for (const place of own) inside[place] = 1;
    for (const place of own) {
      const [y, x] = [Math.floor(place / width), place % width];
      for (const [down, right] of disk) {
        const [row, column] = [y + down, x + right];
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        const near = row * width + column;
        if (inside[near] === 1) continue;
        inside[near] = 1;
        places.push(near);
      }
    }
    for (const place of places) inside[place] = 0;
    return Int32Array.from(places).sort();
  });
}
