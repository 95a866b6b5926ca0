/**
 * Kernel SHAP: Shapley values as the solution of a weighted linear regression on coalitions.
 *
 * Lundberg and Lee 2017, "A Unified Approach to Interpreting Model Predictions", arXiv 1705.07874. Captum: KernelShap with a
 * `feature_mask` over places. That the values add up to the score of the whole image less that of nothing is exact here; Captum
 * gives those two coalitions the weight 1e6.
 */
import { type Procedure, procedure, SaliencyError } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { contentOf, type Generator, generatorOf, uniform } from '../random';
import { type Coalition, scoreCoalitions } from './coalitions';
import { type FeatureOptions, featuresOf, mapOf } from './features';
import { type Fill, fills } from './fill';
import { leastSquares } from './least-squares';
import { checkCount, regionOptions, seedOption, shown } from './options';
import { allCoalitions, permutation } from './shapley';

export interface KernelShapOptions extends FeatureOptions {
  /** What a feature shows that is covered. Default zero. */
  readonly fill?: Fill | undefined;
  /** How many coalitions; where there are no more than that, all of them, and the values are exact. Default 1000. */
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
  /** Coalitions to use instead of random ones, 1 for each feature that is shown; neither none nor all. */
  readonly coalitions?: readonly Coalition[] | undefined;
}

/** Relevance [N, 1, H, W]: in each place of a feature the feature's value. */
export function kernelShap(options: KernelShapOptions = {}): Procedure {
  const { regions, superpixels, grid, fill = 'zero', samples = 1000, seed = 0, coalitions } = options;
  checkCount('kernel-shap', 'samples', samples);
  return procedure({
    id: 'kernel-shap',
    options: shown({ regions, superpixels, grid, fill, samples, seed }),
    run: async (predict, image, context) => {
      const features = featuresOf({ regions, superpixels, grid }, image, context);
      const count = features.length;
      const { chosen, weights } = coalitions
        ? { chosen: coalitions, weights: coalitions.map(() => 1) }
        : choose(count, samples, (sample) => generatorOf(seed, contentOf(image.data), sample));
      const ends = [new Uint8Array(count), new Uint8Array(count).fill(1)];
      const scores = await scoreCoalitions([...ends, ...chosen], { predict, image, features, fill, context });
      const values = kernelValues(chosen, weights, scores);
      return { relevance: mapOf(features, values, image) };
    },
  });
}

/** All coalitions with the weights of the kernel, or some that are drawn by them and count alike. */
function choose(count: number, samples: number, generator: (sample: number) => Generator) {
  if (count < 31 && 2 ** count - 2 <= samples) {
    const chosen = allCoalitions(count).slice(1, -1);
    return { chosen, weights: chosen.map((coalition) => kernel(count, sizeOfCoalition(coalition))) };
  }
  // The chance of a size: the kernel times the number of coalitions of that size, up to a factor.
  const chances = Array.from({ length: count - 1 }, (_, at) => 1 / ((at + 1) * (count - 1 - at)));
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  const chosen = Array.from({ length: samples }, (_, sample) => {
    const own = generator(sample);
    let left = uniform(own) * total;
    let size = 1;
    while (size < count - 1 && left >= chances[size - 1]!) left -= chances[size++ - 1]!;
    const coalition = new Uint8Array(count);
    for (const feature of permutation(own, count).slice(0, size)) coalition[feature] = 1;
    return coalition;
  });
  return { chosen, weights: chosen.map(() => 1) };
}

const sizeOfCoalition = (coalition: Uint8Array) => coalition.reduce((sum, shown) => sum + shown, 0);

/** The Shapley kernel: (M - 1) / (C(M, s) · s · (M - s)). */
function kernel(count: number, size: number): number {
  let choices = 1;
  for (let at = 1; at <= size; at++) choices = (choices * (count - size + at)) / at;
  return (count - 1) / (choices * size * (count - size));
}

/**
 * The values that fit best and add up; the last feature's is what the others leave.
 *
 * @param scores of no feature, of all, then of each coalition
 */
function kernelValues(
  coalitions: readonly Coalition[],
  weights: readonly number[],
  scores: Float64Array,
): Float64Array {
  const [none, all] = scores as unknown as [number, number];
  const last = (coalitions[0]?.length ?? 1) - 1;
  if (last === 0) return Float64Array.of(all - none);
  const solved = leastSquares({
    rows: coalitions.map((coalition) =>
      Array.from({ length: last }, (_, at) => Number(coalition[at]) - Number(coalition[last])),
    ),
    y: coalitions.map((coalition, at) => scores[2 + at]! - none - Number(coalition[last]) * (all - none)),
    weights,
  });
  if (!solved) {
    throw new SaliencyError(
      'bad-input',
      `${coalitions.length} coalitions are too few to tell ${last + 1} features apart; set more samples`,
    );
  }
  return Float64Array.of(...solved, all - none - solved.reduce((sum, value) => sum + value, 0));
}

export const entry: MethodEntry = {
  id: 'kernel-shap',
  title: 'Kernel SHAP',
  about: "Shapley values of regions by regression: Captum's KernelShap, its constraint exact",
  reference: 'Lundberg and Lee 2017, arXiv 1705.07874',
  kind: 'procedure',
  layer: false,
  options: {
    ...regionOptions('7x7'),
    fill: { default: 'zero', choices: fills, about: 'what a feature shows that is covered' },
    samples: { default: 1000, above: 0, about: 'how many coalitions; all of them where there are fewer' },
    seed: seedOption,
  },
  make: (options) => kernelShap(options as KernelShapOptions),
};
