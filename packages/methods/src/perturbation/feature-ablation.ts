/**
 * Feature ablation: how much the score falls when one region is taken away and all else stays.
 *
 * Zeiler and Fergus 2014, doi 10.1007/978-3-319-10590-1_53, with regions for windows. Captum: FeatureAblation with a
 * `feature_mask` over places.
 */
import { type Procedure, procedure } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { scoreCoalitions } from './coalitions';
import { type FeatureOptions, featuresOf, mapOf } from './features';
import { type Fill, fills } from './fill';
import { regionOptions, shown } from './options';

export interface FeatureAblationOptions extends FeatureOptions {
  /** What a region shows that is taken away. Default zero. */
  readonly fill?: Fill | undefined;
}

/** Relevance [N, 1, H, W]: in each place of a region the region's value. */
export function featureAblation({
  regions,
  superpixels,
  grid,
  fill = 'zero',
}: FeatureAblationOptions = {}): Procedure {
  return procedure({
    id: 'feature-ablation',
    options: shown({ regions, superpixels, grid, fill }),
    run: async (predict, image, context) => {
      const features = featuresOf({ regions, superpixels, grid }, image, context);
      const whole = new Uint8Array(features.length).fill(1);
      const without = features.map((_, index) => whole.with(index, 0));
      const game = { predict, image, features, fill, context };
      const scores = await scoreCoalitions([whole, ...without], game);
      const falls = scores.subarray(1).map((score) => scores[0]! - score);
      return { relevance: mapOf(features, falls, image) };
    },
  });
}

export const entry: MethodEntry = {
  id: 'feature-ablation',
  title: 'Feature ablation',
  about: "how much the score falls without each region: Captum's FeatureAblation",
  reference: 'Zeiler and Fergus 2014, doi 10.1007/978-3-319-10590-1_53',
  kind: 'procedure',
  layer: false,
  options: {
    ...regionOptions('7x7'),
    fill: { default: 'zero', choices: fills, about: 'what a region shows that is taken away' },
  },
  make: (options) => featureAblation(options as FeatureAblationOptions),
};
