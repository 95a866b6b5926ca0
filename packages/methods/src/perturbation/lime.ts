/**
 * LIME: the weights of a linear model of the score, fitted to images of which random features are shown, near ones first.
 *
 * Ribeiro, Singh and Guestrin 2016, "'Why Should I Trust You?': Explaining the Predictions of Any Classifier", doi
 * 10.1145/2939672.2939778, as the authors' code does it for images: superpixels (SLIC here, quickshift there) shown with chance 1/2, similarity
 * √exp(-d² / width²) with d the cosine distance from all of them, and ridge regression (1) with an intercept.
 */
import { type Procedure, procedure } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { contentOf, generatorOf, uniform } from '../random';
import { type Coalition, scoreCoalitions } from './coalitions';
import { type FeatureOptions, featuresOf, mapOf } from './features';
import { type Fill, fills } from './fill';
import { leastSquares } from './least-squares';
import { checkCount, regionOptions, seedOption, shown } from './options';

export interface LimeOptions extends FeatureOptions {
  /** What a feature shows that is covered. Default zero. */
  readonly fill?: Fill | undefined;
  /** How many images are fitted. Default 1000. */
  readonly samples?: number | undefined;
  /** How far from the whole image still counts. Default 0.25. */
  readonly width?: number | undefined;
  readonly seed?: number | undefined;
  /** Coalitions to use instead of random ones, 1 for each feature that is shown. */
  readonly coalitions?: readonly Coalition[] | undefined;
}

/** Relevance [N, 1, H, W]: in each place of a feature the feature's weight. */
export function lime(options: LimeOptions = {}): Procedure {
  const {
    regions,
    superpixels,
    grid,
    fill = 'zero',
    samples = 1000,
    width = 0.25,
    seed = 0,
    coalitions,
  } = options;
  checkCount('lime', 'samples', samples, 2);
  return procedure({
    id: 'lime',
    options: shown({ regions, superpixels, grid, fill, samples, width, seed }),
    run: async (predict, image, context) => {
      const features = featuresOf({ regions, superpixels, grid }, image, context, { superpixels: 50 });
      const count = features.length;
      const chosen = coalitions ?? choose(count, samples, seed, contentOf(image.data));
      const y = await scoreCoalitions(chosen, { predict, image, features, fill, context });
      const weights = chosen.map((coalition) => similarity(coalition, width));
      const values = ridge(chosen, y, weights, count);
      return { relevance: mapOf(features, values, image) };
    },
  });
}

/** The whole image, then random ones. */
function choose(count: number, samples: number, seed: number, content: number): Uint8Array[] {
  return Array.from({ length: samples }, (_, sample) => {
    if (sample === 0) return new Uint8Array(count).fill(1);
    const generator = generatorOf(seed, content, sample);
    return Uint8Array.from({ length: count }, () => Number(uniform(generator) < 0.5));
  });
}

function similarity(coalition: Coalition, width: number): number {
  let size = 0;
  for (let at = 0; at < coalition.length; at++) size += Number(coalition[at]);
  const distance = 1 - Math.sqrt(size / coalition.length);
  return Math.sqrt(Math.exp(-(distance ** 2) / width ** 2));
}

/** Ridge regression whose intercept is free: on what differs from the weighed means. */
function ridge(
  coalitions: readonly Coalition[],
  y: Float64Array,
  weights: readonly number[],
  count: number,
): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: (index: number) => number) =>
    weights.reduce((sum, weight, index) => sum + weight * of(index), 0) / total;
  const middle = mean((index) => y[index]!);
  const means = Array.from({ length: count }, (_, at) => mean((index) => Number(coalitions[index]![at])));
  const rows = coalitions.map((coalition) => means.map((own, at) => Number(coalition[at]) - own));
  // With a ridge of 1 the equations are never singular.
  return leastSquares({ rows, y: y.map((score) => score - middle), weights }, 1)!;
}

export const entry: MethodEntry = {
  id: 'lime',
  title: 'LIME',
  about: "a linear model of superpixels or regions near the image, as its authors' code fits it",
  reference: 'Ribeiro, Singh and Guestrin 2016, doi 10.1145/2939672.2939778',
  kind: 'procedure',
  layer: false,
  options: {
    ...regionOptions('50 superpixels'),
    fill: { default: 'zero', choices: fills, about: 'what a feature shows that is covered' },
    samples: { default: 1000, above: 0, about: 'how many images are fitted' },
    width: { default: 0.25, above: 0, about: 'how far from the whole image still counts' },
    seed: seedOption,
  },
  make: (options) => lime(options as LimeOptions),
};
