/**
 * DeepLIFT at a layer: by how much each of its units, changed from the baseline image's, changed the score.
 *
 * Shrikumar, Greenside, Kundaje 2017, arXiv 1704.02685. Captum: LayerDeepLift, then interpolate.
 */
import type { Method } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { describeBaseline, pathBaseline } from '../gradient/baseline';
import { type LayerMapOptions, layerMap, layerMapOptions } from '../layer/layer-map';
import { contribution } from './contribution';
import { baselineOption, type DeepLiftOptions } from './deep-lift';

export interface LayerDeepLiftOptions extends DeepLiftOptions, LayerMapOptions {}

/** Relevance [N, 1, H, W], signed, or as `channels` and `upsample` say. */
export function layerDeepLift({ baseline = 'zero', ...map }: LayerDeepLiftOptions = {}): Method {
  return layerMap('layer-deep-lift', map, { baseline: describeBaseline(baseline) }, (context, activation) =>
    contribution(context, activation, (input) => pathBaseline(context.g, input, baseline)),
  );
}

export const entry: MethodEntry = {
  id: 'layer-deep-lift',
  title: 'DeepLIFT at a layer',
  about: "the same for a layer, channels summed: Captum's LayerDeepLift and interpolate",
  reference: 'Shrikumar et al. 2017, arXiv 1704.02685',
  kind: 'program',
  layer: true,
  options: { baseline: baselineOption, ...layerMapOptions },
  make: (options) => layerDeepLift(options as LayerDeepLiftOptions),
};
