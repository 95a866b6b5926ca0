/**
 * Gradient times activation: a layer's values, each times the derivative of the score by it.
 *
 * Shrikumar, Greenside, Shcherbina, Kundaje 2016, "Not Just a Black Box", arXiv 1605.01713, at a layer. Captum:
 * LayerGradientXActivation.
 */
import type { Method } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { type LayerMapOptions, layerMap, layerMapOptions } from './layer-map';

/** Relevance [N, 1, H, W], signed, or as `channels` and `upsample` say. */
export function gradientXActivation(options: LayerMapOptions = {}): Method {
  return layerMap('gradient-x-activation', options, {}, ({ g, backward }, activation) =>
    g.mul(activation, backward([activation]).get(activation)!),
  );
}

export const entry: MethodEntry = {
  id: 'gradient-x-activation',
  title: 'Gradient times activation of a layer',
  about: "a layer times its gradient, channels summed: Captum's LayerGradientXActivation",
  reference: 'Shrikumar et al. 2016, arXiv 1605.01713',
  kind: 'program',
  layer: true,
  options: layerMapOptions,
  make: (options) => gradientXActivation(options as LayerMapOptions),
};
