/** X-rays with hand-drawn masks of both lungs, as label maps: the part further left in the image is the right lung (1). */
import { readdirSync, readFileSync } from 'node:fs';
import type { Tensor } from '@regional-saliency/core';
import { labelsFromPng } from '@regional-saliency/regions';
import { components } from '../../packages/chest/src/components';

export interface Drawn {
  readonly name: string;
  /** uint8 [H, W] as stored. */
  readonly image: Tensor;
  /** 0 rest, 1 right lung, 2 left lung. */
  readonly labels: Tensor;
}

export async function masksOf(folder: string): Promise<Drawn[]> {
  const names = readdirSync(`${folder}/masks`).filter((name) => name.endsWith('.png'));
  return names.sort().map((name) => {
    const mask = labelsFromPng(readFileSync(`${folder}/masks/${name}`), name);
    const [height, width] = mask.shape as [number, number];
    const set = Uint8Array.from(mask.data as Uint8Array, (value) => Number(value > 127));
    const data = new Uint8Array(set.length);
    const lungs = components(set, height, width).slice(0, 2);
    const centre = (part: readonly number[]) =>
      part.reduce((sum, pixel) => sum + (pixel % width), 0) / part.length;
    lungs
      .sort((a, b) => centre(a) - centre(b))
      .forEach((part, index) => {
        for (const pixel of part) data[pixel] = index + 1;
      });
    return {
      name: name.replace(/\.png$/, ''),
      image: labelsFromPng(readFileSync(`${folder}/images/${name}`), name),
      labels: { data, shape: mask.shape, dtype: 'uint8' },
    };
  });
}
