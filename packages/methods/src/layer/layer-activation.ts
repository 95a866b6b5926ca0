/** Activation: a layer's own values, whatever the score. Captum: LayerActivation. */
import type { Method } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { type LayerMapOptions, layerMap, layerMapOptions } from './layer-map';

/** Relevance [N, 1, H, W], or as `channels` and `upsample` say. */
export function layerActivation(options: LayerMapOptions = {}): Method {
  return layerMap('layer-activation', options, {}, (_context, activation) => activation);
}

export const entry: MethodEntry = {
  id: 'layer-activation',
  title: 'Activation of a layer',
  about: "a layer's values, channels summed: Captum's LayerActivation and interpolate",
  reference: 'Zeiler and Fergus 2014, arXiv 1311.2901',
  kind: 'program',
  layer: true,
  options: layerMapOptions,
  make: (options) => layerActivation(options as LayerMapOptions),
};
