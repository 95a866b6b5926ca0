/**
 * Region Shapley: the score shared out between regions, each by what it adds on average over all orders in which regions are
 * uncovered. Up to 12 regions exactly, from all coalitions; beyond, estimated from random orders, with standard errors.
 *
 * Shapley 1953, doi 10.1515/9781400881970-018; for predictions: Štrumbelj and Kononenko 2010, "An Efficient Explanation of
 * Individual Classifications using Game Theory". Values add up to the score of the image less that of the image without its
 * regions.
 */
import { type Procedure, procedure } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { scoreCoalitions } from './coalitions';
import { type FeatureOptions, featuresOf, mapOf } from './features';
import { type Fill, fills } from './fill';
import { checkCount, regionOptions, seedOption, shown } from './options';
import { estimatedShapley, randomOrders } from './orders';
import { allCoalitions, exactShapley } from './shapley';

export interface RegionShapleyOptions extends FeatureOptions {
  /** What a region shows that is covered. Default blur. */
  readonly fill?: Fill | undefined;
  /** Random orders, where there are more than 12 regions. Default 200. */
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
}

/** With so many regions all coalitions are 4096. */
const EXACT_UP_TO = 12;

/** Relevance [N, 1, H, W]: in each place of a region the region's value. */
export function regionShapley(options: RegionShapleyOptions = {}): Procedure {
  const { regions, superpixels, grid, fill = 'blur', samples = 200, seed = 0 } = options;
  checkCount('region-shapley', 'samples', samples, 2);
  return procedure({
    id: 'region-shapley',
    options: shown({ regions, superpixels, grid, fill, samples, seed }),
    run: async (predict, image, context) => {
      const features = featuresOf({ regions, superpixels, grid }, image, context);
      const count = features.length;
      const game = { predict, image, features, fill, context };
      if (count <= EXACT_UP_TO) {
        const scores = await scoreCoalitions(allCoalitions(count), game);
        return { relevance: mapOf(features, exactShapley(scores, count), image) };
      }
      return estimatedShapley(randomOrders(image, count, samples, seed), game);
    },
  });
}

export const entry: MethodEntry = {
  id: 'region-shapley',
  title: 'Region Shapley',
  about: 'exact Shapley values of up to 12 regions, sampled beyond',
  reference: 'Shapley 1953, doi 10.1515/9781400881970-018',
  kind: 'procedure',
  layer: false,
  options: {
    ...regionOptions('7x7'),
    fill: { default: 'blur', choices: fills, about: 'what a region shows that is covered' },
    samples: { default: 200, above: 0, about: 'random orders, where there are more than 12 regions' },
    seed: seedOption,
  },
  make: (options) => regionShapley(options as RegionShapleyOptions),
};
