/** From relevance per channel to one map an image. A new reduction is a file and a line here. */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import { type Floats, floatsOf } from '../values';
import { asTensor, type View } from '../view';
import { maxAbs } from './max-abs';
import { positive } from './positive';
import type { Reduction } from './reduction';
import { sum } from './sum';
import { sumAbs } from './sum-abs';

export type { Reduction };

/** How channels become one map, by name. */
export const reductions = {
  'sum-abs': sumAbs,
  'max-abs': maxAbs,
  sum,
  positive,
} as const satisfies Record<string, Reduction>;

export type ReductionName = keyof typeof reductions;

/**
 * Reduces relevance [N, C, H, W] to maps [N, H, W], of the same element type (float32 or float64); each pixel is
 * computed in float64. A NaN in a channel gives NaN.
 *
 * @param how the name of a reduction, or a function from a pixel's channels to a number
 * @throws SaliencyError `unknown-name` for a name that is no reduction; `bad-input` for another shape or type
 */
export function reduceChannels(relevance: Tensor | View, how: ReductionName | Reduction): Floats {
  const reduce = typeof how === 'function' ? how : reductions[how];
  if (!reduce) {
    throw new SaliencyError(
      'unknown-name',
      `no channel reduction is called "${how}": choose ${Object.keys(reductions).join(', ')}`,
    );
  }
  const { data, shape, dtype } = floatsOf(asTensor(relevance), 'relevance');
  const [images, channels, height, width] = shape as [number, number, number, number];
  if (shape.length !== 4 || channels === 0) {
    throw new SaliencyError(
      'bad-input',
      `relevance has shape [${shape.join(', ')}], and its channels are reduced from [N, C, H, W]`,
    );
  }
  const pixels = height * width;
  const maps = dtype === 'float64' ? new Float64Array(images * pixels) : new Float32Array(images * pixels);
  const values = new Float64Array(channels);
  for (let image = 0; image < images; image++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let channel = 0; channel < channels; channel++) {
        values[channel] = data[(image * channels + channel) * pixels + pixel]!;
      }
      maps[image * pixels + pixel] = reduce(values);
    }
  }
  return { data: maps, shape: [images, height, width], dtype };
}
