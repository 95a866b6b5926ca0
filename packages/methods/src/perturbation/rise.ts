/**
 * RISE: random soft masks over the image, each weighed by the score of what it lets through.
 *
 * Petsiuk, Das and Saenko 2018, "RISE: Randomized Input Sampling for Explanation of Black-box Models", arXiv 1806.07421. The
 * score is the explained one (a logit, usually), where the paper takes a probability.
 */
import { type Procedure, procedure, SaliencyError } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { contentOf, type Generator, generatorOf, uniform } from '../random';
import { checkCount, seedOption } from './options';
import { scoreVariants } from './variants';

export interface RiseOptions {
  /** How many masks. Default 2000; the paper has 4000 to 8000. */
  readonly samples?: number | undefined;
  /** Cells of a mask along each side before it is enlarged. Default 7. */
  readonly cells?: number | undefined;
  /** The chance that a cell lets the image through. Default 0.5. */
  readonly probability?: number | undefined;
  readonly seed?: number | undefined;
  /** Masks to use instead of random ones, each [H, W], 1 where it lets the image through; `probability` is their mean. */
  readonly masks?: readonly Float32Array[] | undefined;
}

/** Relevance [N, 1, H, W], with its standard error. */
export function rise({
  masks,
  samples = masks?.length ?? 2000,
  cells = 7,
  probability = 0.5,
  seed = 0,
}: RiseOptions = {}): Procedure {
  checkCount('rise', 'samples', samples, 2);
  checkCount('rise', 'cells', cells);
  if (!(probability > 0 && probability < 1)) {
    throw new SaliencyError('bad-input', `probability of rise is between 0 and 1, not ${probability}`);
  }
  return procedure({
    id: 'rise',
    options: { samples, cells, probability, seed },
    run: async (predict, image, context) => {
      const [, channels, height, width] = image.shape as [number, number, number, number];
      const size = height * width;
      const content = contentOf(image.data);
      // Drawn again where it is needed: thousands of masks would not fit in memory.
      const maskOf = (sample: number) =>
        masks?.[sample] ??
        softMask(generatorOf(seed, content, sample), { cells, probability, height, width });
      const scores = await scoreVariants(
        predict,
        image,
        samples,
        (variant, sample) => {
          const mask = maskOf(sample);
          for (let at = 0; at < channels * size; at++) variant[at]! *= mask[at % size]!;
        },
        context,
      );
      const sums = new Float64Array(size);
      const squares = new Float64Array(size);
      for (const [sample, score] of scores.entries()) {
        for (const [at, shown] of maskOf(sample).entries()) {
          const weighed = (score * shown) / probability;
          sums[at]! += weighed;
          squares[at]! += weighed ** 2;
        }
      }
      const means = sums.map((sum) => sum / samples);
      const errors = means.map((mean, at) =>
        Math.sqrt(Math.max(0, squares[at]! / samples - mean ** 2) / (samples - 1)),
      );
      const shape = [1, 1, height, width];
      return {
        relevance: { data: means, shape, dtype: 'float64' },
        standardError: { data: errors, shape, dtype: 'float64' },
      };
    },
  });
}

/** Cells of 0 and 1, one more than asked along each side, enlarged bilinearly and cut at a random shift within a cell. */
function softMask(
  generator: Generator,
  options: {
    readonly cells: number;
    readonly probability: number;
    readonly height: number;
    readonly width: number;
  },
): Float32Array {
  const { cells, probability, height, width } = options;
  const side = cells + 1;
  const open = Float64Array.from({ length: side * side }, () => Number(uniform(generator) < probability));
  const rows = placesIn(generator, height, cells);
  const columns = placesIn(generator, width, cells);
  const mask = new Float32Array(height * width);
  for (const [y, [top, down]] of rows.entries()) {
    for (const [x, [left, right]] of columns.entries()) {
      const above = open[top * side + left]! * (1 - right) + open[top * side + left + 1]! * right;
      const below = open[(top + 1) * side + left]! * (1 - right) + open[(top + 1) * side + left + 1]! * right;
      mask[y * width + x] = above * (1 - down) + below * down;
    }
  }
  return mask;
}

/** For each pixel along one side the cell whose middle is before it, and how far it is on the way to the next one's. */
function placesIn(generator: Generator, size: number, cells: number): [number, number][] {
  const pitch = size / cells;
  const shift = uniform(generator);
  return Array.from({ length: size }, (_, at) => {
    const place = (at + 0.5) / pitch - 0.5 + shift;
    const cell = Math.min(cells - 1, Math.max(0, Math.floor(place)));
    return [cell, Math.min(1, Math.max(0, place - cell))];
  });
}

export const entry: MethodEntry = {
  id: 'rise',
  title: 'RISE',
  about: 'random soft masks, weighed by the score of what they let through',
  reference: 'Petsiuk, Das and Saenko 2018, arXiv 1806.07421',
  kind: 'procedure',
  layer: false,
  options: {
    samples: { default: 2000, above: 0, about: 'how many random masks' },
    cells: { default: 7, above: 0, about: 'cells of a mask along each side' },
    probability: { default: 0.5, above: 0, about: 'the chance that a cell lets the image through' },
    seed: seedOption,
  },
  make: (options) => rise(options as RiseOptions),
};
