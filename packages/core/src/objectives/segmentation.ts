/** Why these pixels were given a class: what a segmentation model relied on for a region, or for all it marked. */
import type { Builder } from '../builder';
import { type Dim, fixedSize, sameShape, showShape } from '../dimension';
import { SaliencyError } from '../errors';
import type { Value } from '../graph';
import type { Objective } from '../target';
import type { Tensor } from '../tensor';
import { entryOf, named, type OutputOption, outputOfShape } from './output';

export interface SegmentationOptions extends OutputOption {
  /**
   * Which pixels count: a mask [height, width] of the output's size, each pixel by its weight (0: not at all); `predicted`,
   * those where the class has the largest score; default all.
   */
  readonly mask?: Tensor | 'predicted' | undefined;
  /** Whether the scores of those pixels are averaged (default) or added up. */
  readonly form?: 'mean' | 'sum' | undefined;
}

/**
 * The score of a class over the pixels of a mask, of an output [N, classes, height, width].
 *
 * Explains which parts of the image made the model give those pixels that class; the mask itself is taken as given, also
 * where it is predicted. An image in which no pixel is predicted so has no score, and is an error, not an empty map.
 *
 * @throws SaliencyError `bad-input` when compiled, for a class or a mask that does not fit the output, or an empty mask
 */
export const segmentation = (
  classIndex: number,
  { mask, form = 'mean', output }: SegmentationOptions = {},
): Objective =>
  named(
    `segmentation=${classIndex},${typeof mask === 'object' ? 'mask' : (mask ?? 'all')},${form}`,
    (g, outputs, target) => {
      const scores = outputOfShape(outputs, 'segmentation', ['N', 'classes', 'height', 'width'], output);
      const own = entryOf(g, scores, 1, classIndex, target, 'segmentation');
      const weights = weightsOf(g, scores, classIndex, mask);
      const sum = g.reduceSum(g.mul(own, weights), [1, 2], false);
      const total = g.reduceSum(weights, [1, 2], false);
      if (form === 'mean') return g.div(sum, total);
      // 0 / 0 where nothing was predicted, which is told, as for the mean.
      return mask === 'predicted' ? g.mul(sum, g.div(total, total)) : sum;
    },
  );

function weightsOf(
  g: Builder,
  scores: Value,
  classIndex: number,
  mask: Tensor | 'predicted' | undefined,
): Value {
  const [, , ...places] = scores.shape;
  if (mask === 'predicted') {
    const best = g.op('ArgMax', [scores], { axis: 1, keepdims: 0 });
    return g.cast(g.op('Equal', [best, g.scalar(classIndex, 'int64')]), scores.dtype);
  }
  const size = places.map((dim) => fixedSize(dim, 'the size of the output of segmentation'));
  if (!mask) return g.expand(g.scalar(1, scores.dtype), [1, ...size] as Dim[]);
  if (!sameShape(mask.shape, size)) {
    throw new SaliencyError(
      'bad-input',
      `the mask of segmentation has the output's size, ${showShape(size)}, but this one is ${showShape(mask.shape)}`,
    );
  }
  const weights = Float32Array.from(mask.data as ArrayLike<number>, Number);
  if (!weights.every(Number.isFinite) || weights.reduce((sum, weight) => sum + weight, 0) === 0) {
    throw new SaliencyError(
      'bad-input',
      'the mask of segmentation holds no weight: mark the pixels that count',
    );
  }
  return g.cast(g.constant(weights, [1, ...size]), scores.dtype);
}
