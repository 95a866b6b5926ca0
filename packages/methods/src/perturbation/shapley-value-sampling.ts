/**
 * Shapley value sampling: the Shapley values of many features, estimated from random orders.
 *
 * Štrumbelj and Kononenko 2010, "An Efficient Explanation of Individual Classifications using Game Theory"; Castro, Gómez and
 * Tejada 2009, doi 10.1016/j.cor.2008.04.004. Captum: ShapleyValueSampling with a `feature_mask` over places.
 */
import { type Procedure, procedure } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { type FeatureOptions, featuresOf } from './features';
import { type Fill, fills } from './fill';
import { checkCount, regionOptions, seedOption, shown } from './options';
import { estimatedShapley, randomOrders } from './orders';

export interface ShapleyValueSamplingOptions extends FeatureOptions {
  /** What a feature shows that is covered. Default zero. */
  readonly fill?: Fill | undefined;
  /** How many random orders. Default 25, as in Captum. */
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
  /** Orders to use instead of random ones, each a permutation of the features' numbers. */
  readonly orders?: readonly (readonly number[])[] | undefined;
}

/** Relevance [N, 1, H, W]: in each place of a feature the feature's value. */
export function shapleyValueSampling(options: ShapleyValueSamplingOptions = {}): Procedure {
  const { regions, superpixels, grid, fill = 'zero', samples = 25, seed = 0, orders: given } = options;
  checkCount('shapley-value-sampling', 'samples', samples, 2);
  return procedure({
    id: 'shapley-value-sampling',
    options: shown({ regions, superpixels, grid, fill, samples, seed }),
    run: async (predict, image, context) => {
      const features = featuresOf({ regions, superpixels, grid }, image, context);
      const orders = given ?? randomOrders(image, features.length, samples, seed);
      return estimatedShapley(orders, { predict, image, features, fill, context });
    },
  });
}

export const entry: MethodEntry = {
  id: 'shapley-value-sampling',
  title: 'Shapley value sampling',
  about: "Shapley values of regions by random orders: Captum's ShapleyValueSampling",
  reference: 'Castro, Gómez and Tejada 2009, doi 10.1016/j.cor.2008.04.004',
  kind: 'procedure',
  layer: false,
  options: {
    ...regionOptions('7x7'),
    fill: { default: 'zero', choices: fills, about: 'what a feature shows that is covered' },
    samples: { default: 25, above: 0, about: 'how many random orders' },
    seed: seedOption,
  },
  make: (options) => shapleyValueSampling(options as ShapleyValueSamplingOptions),
};
