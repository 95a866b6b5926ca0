/**
 * GradientSHAP: expected gradients. At random places of the lines from baselines to noisy copies of the image, the gradient
 * times the line, averaged.
 *
 * Lundberg & Lee 2017, "A Unified Approach to Interpreting Model Predictions", arXiv 1705.07874 (SHAP); Erion, Janizek,
 * Sturmfels, Lundberg, Lee 2021, "Improving performance of deep learning models with axiomatic attribution priors and
 * expected gradients", doi 10.1038/s42256-021-00343-w. Captum: GradientShap, its `stdevs` being `deviation` here.
 */
import {
  type Builder,
  type Method,
  repeat,
  SaliencyError,
  showShape,
  type Tensor,
  type Value,
} from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { describeBaseline, type PathBaseline, pathBaseline } from './baseline';
import { chances, checkWhole, normalNoise, ofSample } from './noise';

export interface GradientShapOptions {
  /** How many places are drawn. Default 20. */
  readonly n?: number | undefined;
  /** The deviation of noise that is added to the image, in the units of the model's input. Default 0: none. */
  readonly deviation?: number | undefined;
  /** One baseline, or images [B, C, H, W] of which each place has one drawn. Default zero. */
  readonly baseline?: PathBaseline | undefined;
  /** What places, baselines and noise are drawn from. Default 0. */
  readonly seed?: number | undefined;
}

/** Relevance [N, C, H, W], signed. */
export function gradientShap(options: GradientShapOptions = {}): Method {
  const { n = 20, deviation = 0, baseline = 'zero', seed = 0 } = options;
  checkWhole('gradient-shap', 'n', n, 1);
  checkWhole('gradient-shap', 'seed', seed, 0);
  if (!(deviation >= 0 && Number.isFinite(deviation))) {
    throw new SaliencyError('bad-input', `deviation of gradient-shap is 0 or more, not ${deviation}`);
  }
  return {
    id: 'gradient-shap',
    options: { n, deviation, baseline: describeBaseline(baseline), seed },
    build: (context) => {
      const { g, input, inputs } = context;
      const begins = new Map(inputs.map((each) => [each, beginnings(g, each, baseline)]));
      // Inputs that are explained together are at one place of their lines, with noise of their own.
      const places = context.draw(chances('places', n, seed, 1), inputs[0]);
      const several = [...begins.values()].some(({ count }) => count > 1);
      const choices = several ? context.draw(chances('baselines', n, seed, 2), inputs[0]) : undefined;
      const noises = new Map(
        (deviation > 0 ? inputs : []).map((each, at) => [
          each,
          context.draw(normalNoise(each, n, seed + at), each),
        ]),
      );
      const [sum] = repeat(g, n, (sample) => {
        const lineOf = (each: Value) => {
          const noise = noises.get(each);
          const end = noise ? g.add(each, g.mul(ofSample(g, noise, sample), g.scalar(deviation))) : each;
          const begin = begins.get(each)!.at(choices && ofSample(g, choices, sample));
          return { begin, line: g.sub(end, begin) };
        };
        const lines = new Map(inputs.map((each) => [each, lineOf(each)]));
        const there = context.at((each) => {
          const { begin, line } = lines.get(each)!;
          const ones = each.shape.slice(1).map(() => 1);
          const place = g.reshape(ofSample(g, places, sample), [each.shape[0]!, ...ones]);
          return g.add(begin, g.mul(place, line));
        });
        return [g.mul(there.backward([there.input]).get(there.input)!, lines.get(input)!.line)];
      });
      return g.div(sum!, g.scalar(n));
    },
  };
}

interface Beginnings {
  readonly count: number;
  /** @param chance from 0 to 1 for each image, [N] */
  at(chance: Value | undefined): Value;
}

function beginnings(g: Builder, input: Value, baseline: PathBaseline): Beginnings {
  const several = typeof baseline === 'object' && baseline.shape.length === input.shape.length;
  if (!several) return { count: 1, at: () => pathBaseline(g, input, baseline) };
  const { shape } = baseline as Tensor;
  const [count, ...image] = shape;
  if (!count || image.some((size, axis) => size !== input.shape[axis + 1])) {
    throw new SaliencyError(
      'bad-input',
      `baselines have the shape of images, ${showShape(input.shape)}, but these are ${showShape(shape)}`,
    );
  }
  const images = g.constantOf(baseline as Tensor);
  if (count === 1) return { count, at: () => images };
  return {
    count,
    at: (chance) => {
      const index = g.cast(g.mul(chance!, g.scalar(count)), 'int64');
      // A chance that rounding has made 1 is no index.
      return g.op('Gather', [images, g.op('Min', [index, g.scalar(count - 1, 'int64')])], { axis: 0 });
    },
  };
}

export const entry: MethodEntry = {
  id: 'gradient-shap',
  title: 'GradientSHAP',
  about: "gradients between random baselines and noisy copies: Captum's GradientShap",
  reference: 'Lundberg & Lee 2017, arXiv 1705.07874; Erion et al. 2021, doi 10.1038/s42256-021-00343-w',
  kind: 'program',
  layer: false,
  options: {
    n: { default: 20, above: 0, about: 'how many places are drawn' },
    deviation: { default: 0, about: "the deviation of noise added to the image, in the input's units" },
    baseline: {
      default: undefined,
      about: 'where the lines begin: zero (default), mean, blur or a number',
    },
    seed: { default: 0, about: 'what is drawn from' },
  },
  make: (options) => gradientShap(options as GradientShapOptions),
};
