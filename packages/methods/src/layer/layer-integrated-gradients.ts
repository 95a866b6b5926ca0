/**
 * Integrated gradients at a layer: the gradient averaged along the straight line from the layer's values at a baseline image
 * to those at the image, times their difference.
 *
 * Sundararajan, Taly, Yan 2017, arXiv 1703.01365, with the layer as the input. Captum: LayerIntegratedGradients. What
 * leads past the layer stays as it is at the image.
 */
import { type Method, repeat, twinsAt } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { describeBaseline, pathBaseline } from '../gradient/baseline';
import {
  type IntegratedGradientsOptions,
  entry as integratedGradients,
} from '../gradient/integrated-gradients';
import { checkWhole } from '../gradient/noise';
import { stepsOf } from '../gradient/steps';
import { type LayerMapOptions, layerMap, layerMapOptions } from './layer-map';

export interface LayerIntegratedGradientsOptions extends IntegratedGradientsOptions, LayerMapOptions {}

/** Relevance [N, 1, H, W], signed, or as `channels` and `upsample` say. */
export function layerIntegratedGradients(options: LayerIntegratedGradientsOptions = {}): Method {
  const { n = 20, method = 'gausslegendre', baseline = 'zero', ...map } = options;
  checkWhole('layer-integrated-gradients', 'n', n, method === 'riemann-trapezoid' ? 2 : 1);
  const own = { n, method, baseline: describeBaseline(baseline) };
  return layerMap('layer-integrated-gradients', map, own, (context, activation) => {
    const { g, inputs } = context;
    const begins = new Map(inputs.map((input) => [input, pathBaseline(g, input, baseline)]));
    const begin = twinsAt(g, [activation], begins)(activation);
    const line = g.sub(activation, begin);
    const { places, weights } = stepsOf(method, n);
    const [at, counts] = [places, weights].map((numbers) => g.constant(numbers, [n]));
    const [integral] = repeat(g, n, (step) => {
      const moved = g.add(begin, g.mul(line, g.op('Gather', [at!, step])));
      const there = context.at(moved, activation);
      return [g.mul(there.backward([moved]).get(moved)!, g.op('Gather', [counts!, step]))];
    });
    return g.mul(integral!, line);
  });
}

export const entry: MethodEntry = {
  id: 'layer-integrated-gradients',
  title: 'Integrated gradients at a layer',
  about: "the gradient along the way of a layer from a baseline: Captum's LayerIntegratedGradients",
  reference: 'Sundararajan et al. 2017, arXiv 1703.01365',
  kind: 'program',
  layer: true,
  options: { ...integratedGradients.options, ...layerMapOptions },
  make: (options) => layerIntegratedGradients(options as LayerIntegratedGradientsOptions),
};
