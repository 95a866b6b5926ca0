/**
 * Conductance: what of integrated gradients flows through each unit of a layer. Along the line of images from the baseline,
 * each step adds the gradient by the unit times how much the unit changes until the next place.
 *
 * Dhamdhere, Sundararajan, Yan 2019, "How Important Is a Neuron?", arXiv 1805.12233. Captum: LayerConductance, which takes
 * its places from the method of integrated gradients with one more place than steps. The default here, the trapezoid's
 * places, reaches both ends of the line; Gauss-Legendre's (Captum's default) begin behind and end before them, which leaves
 * something of the change out.
 */
import { type Method, repeat, twinsAt, type Value } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { describeBaseline, pathBaseline } from '../gradient/baseline';
import {
  type IntegratedGradientsOptions,
  entry as integratedGradients,
} from '../gradient/integrated-gradients';
import { checkWhole } from '../gradient/noise';
import { stepsOf } from '../gradient/steps';
import { type LayerMapOptions, layerMap, layerMapOptions } from './layer-map';

export interface ConductanceOptions extends IntegratedGradientsOptions, LayerMapOptions {}

/** Relevance [N, 1, H, W], signed, or as `channels` and `upsample` say. */
export function conductance(options: ConductanceOptions = {}): Method {
  const { n = 20, method = 'riemann-trapezoid', baseline = 'zero', ...map } = options;
  checkWhole('conductance', 'n', n, 1);
  const own = { n, method, baseline: describeBaseline(baseline) };
  return layerMap('conductance', map, own, (context, activation) => {
    const { g, inputs } = context;
    const lines = inputs.map((input) => {
      const begin = pathBaseline(g, input, baseline);
      return { input, begin, line: g.sub(input, begin) };
    });
    const { places } = stepsOf(method, n + 1);
    const [from, to] = [places.slice(0, -1), places.slice(1)].map((numbers) => g.constant(numbers, [n]));
    const [sum] = repeat(g, n, (step) => {
      const placesIn = (table: typeof from) => {
        const part = g.op('Gather', [table!, step]);
        return new Map(lines.map(({ input, begin, line }) => [input, g.add(begin, g.mul(line, part))]));
      };
      const [here, next] = [from, to].map(placesIn) as [Map<Value, Value>, Map<Value, Value>];
      const hereOf = twinsAt(g, [activation], here)(activation);
      const nextOf = twinsAt(g, [activation], next)(activation);
      const there = context.at((input) => here.get(input)!);
      const gradient = there.backward([hereOf]).get(hereOf)!;
      return [g.mul(gradient, g.sub(nextOf, hereOf))];
    });
    return sum!;
  });
}

export const entry: MethodEntry = {
  id: 'conductance',
  title: 'Conductance of a layer',
  about: "what flows through a layer on the image's way from a baseline: Captum's LayerConductance",
  reference: 'Dhamdhere et al. 2019, arXiv 1805.12233',
  kind: 'program',
  layer: true,
  options: {
    ...integratedGradients.options,
    method: { ...integratedGradients.options.method!, default: 'riemann-trapezoid' },
    ...layerMapOptions,
  },
  make: (options) => conductance(options as ConductanceOptions),
};
