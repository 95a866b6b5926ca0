/** What an image is compared with. */
import {
  type Builder,
  broadcastShapes,
  SaliencyError,
  sameShape,
  showShape,
  type Tensor,
  type Value,
} from '@regional-saliency/core';

/** One number for every element, or a tensor that broadcasts against one image: [C, 1, 1], [C, H, W], [1, C, H, W]. */
export type Baseline = number | Tensor;

/** The baseline as a value of batch 1. @throws SaliencyError `bad-input` where it does not fit the input */
export function baselineValue(g: Builder, input: Value, baseline: Baseline): Value {
  const image = [1, ...input.shape.slice(1)];
  if (typeof baseline === 'number') return g.expand(g.scalar(baseline, input.dtype), image);
  const fits = baseline.shape.length <= image.length && broadcasts(baseline.shape, image);
  if (!fits) {
    throw new SaliencyError(
      'bad-input',
      `a baseline of shape ${showShape(baseline.shape)} does not fit one image of ${showShape(image)}`,
    );
  }
  return g.expand(g.cast(g.constantOf(baseline), input.dtype), image);
}

function broadcasts(shape: readonly number[], image: Value['shape']): boolean {
  try {
    return sameShape(broadcastShapes(shape, image), image);
  } catch {
    return false;
  }
}

/** How a program's metadata says it. */
export function describeBaseline(baseline: Baseline): number | string {
  return typeof baseline === 'number' ? baseline : `given, ${showShape(baseline.shape)}`;
}
