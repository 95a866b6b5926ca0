/**
 * A common frame for maps of different chests: the transform that brings an image's lungs to those of a template, so that
 * scores are compared place by place and maps can be averaged over a group.
 */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import { align, type Point, type Transform } from '@regional-saliency/regions';

/** The thirds of a lung's height. */
const thirds = 3;

/**
 * Six places that every pair of lungs has: the centres of the upper, middle and lower third of the right and then of the
 * left lung, as fractions of width and height.
 *
 * @param labels [H, W] of chestRegions: 1 right lung, 2 left lung
 * @throws SaliencyError `bad-input` where a lung has no pixels, or fewer rows than thirds
 */
export function chestLandmarks({ data, shape }: Tensor): Point[] {
  const [height, width] = shape as [number, number];
  return [1, 2].flatMap((lung) => {
    const rows = Array.from({ length: height }, (_, y) => {
      let [count, sum] = [0, 0];
      for (let x = 0; x < width; x++) {
        if (Number(data[y * width + x]) !== lung) continue;
        count++;
        sum += x + 0.5;
      }
      return { y: y + 0.5, count, sum };
    });
    const top = rows.findIndex(({ count }) => count > 0);
    const bottom = rows.findLastIndex(({ count }) => count > 0);
    if (top < 0 || bottom - top + 1 < thirds) {
      throw new SaliencyError(
        'bad-input',
        `the labels hold no ${lung === 1 ? 'right' : 'left'} lung (${lung}) to align: use those of chestRegions`,
      );
    }
    return Array.from({ length: thirds }, (_, third): Point => {
      const from = top + ((bottom - top + 1) * third) / thirds;
      const to = top + ((bottom - top + 1) * (third + 1)) / thirds;
      const within = rows.filter(({ y }) => y > from && y < to);
      const count = within.reduce((sum, row) => sum + row.count, 0);
      return [
        within.reduce((sum, row) => sum + row.sum, 0) / count / width,
        within.reduce((sum, row) => sum + row.y * row.count, 0) / count / height,
      ];
    });
  });
}

/**
 * The transform from an image to the template's frame, for `warp` of @regional-saliency/regions.
 *
 * @param labels [H, W] of chestRegions
 * @param kind `affine` (default), or `similarity`, which keeps proportions of an image that was not squashed
 */
export function alignChest(labels: Tensor, kind: 'affine' | 'similarity' = 'affine'): Transform {
  return align(chestLandmarks(labels), chestTemplate, kind);
}

/** Mean landmarks of the 300 children's X-rays of kermany/train, squashed to squares (tools/lungs/template.ts). */
export const chestTemplate: readonly Point[] = [
  [0.3369, 0.2785],
  [0.2992, 0.5072],
  [0.2613, 0.7082],
  [0.6631, 0.2807],
  [0.7034, 0.5147],
  [0.7337, 0.726],
];
