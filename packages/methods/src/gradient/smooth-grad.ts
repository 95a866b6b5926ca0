/**
 * SmoothGrad: the gradient averaged over copies of the image with noise added; SmoothGrad², the mean of its square, and
 * VarGrad, its variance.
 *
 * Smilkov, Thorat, Kim, Viégas, Wattenberg 2017, "SmoothGrad: removing noise by adding noise", arXiv 1706.03825. Hooker,
 * Erhan, Kindermans, Kim 2019, arXiv 1806.10758 (squared). Adebayo et al. 2018, arXiv 1810.03292 (variance). Zennit:
 * SmoothGrad, whose last copy has no noise. Captum: NoiseTunnel(Saliency(abs=False)), where every copy has noise, of a
 * deviation given in the input's own units.
 */
import { type Builder, type Method, repeat, SaliencyError, type Value } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { checkWhole, normalNoise, ofSample } from './noise';

export interface SmoothGradOptions {
  /** How many copies of the image. Default 20. */
  readonly n?: number | undefined;
  /** The deviation of the noise as a part of the image's range, its largest value minus its smallest. Default 0.1. */
  readonly noise?: number | undefined;
  /** What is made of the gradients: their mean (default), the mean of their squares, or their variance. */
  readonly form?: SmoothGradForm | undefined;
  /** Whether the last of the n copies is the image itself, as in Zennit; default true. */
  readonly clean?: boolean | undefined;
  /** What the noise is drawn from. Default 0. */
  readonly seed?: number | undefined;
}

export type SmoothGradForm = 'mean' | 'squared' | 'variance';

/** Relevance [N, C, H, W]: signed for the mean, else not negative. */
export function smoothGrad(options: SmoothGradOptions = {}): Method {
  const { n = 20, noise = 0.1, form = 'mean', clean = true, seed = 0 } = options;
  checkWhole('smooth-grad', 'n', n, form === 'variance' ? 2 : 1);
  checkWhole('smooth-grad', 'seed', seed, 0);
  if (!(noise > 0 && Number.isFinite(noise))) {
    throw new SaliencyError('bad-input', `noise of smooth-grad must be above 0, not ${noise}`);
  }
  return {
    id: 'smooth-grad',
    options: { n, noise, form, clean, seed },
    build: (context) => {
      const { g, input, inputs, backward } = context;
      const about = clean || form === 'variance' ? backward([input]).get(input)! : undefined;
      const measures = (gradient: Value): Value[] => {
        if (form === 'mean') return [gradient];
        // About the image's own gradient, which is near the mean, so that the variance loses no digits.
        const from = form === 'variance' ? g.sub(gradient, about!) : gradient;
        return form === 'variance' ? [g.mul(from, from), from] : [g.mul(from, from)];
      };
      const sums: (readonly Value[])[] = [];
      const noisy = clean ? n - 1 : n;
      if (noisy > 0) {
        // Inputs that are explained together have noise together, each its own: also where one image is both.
        const noises = new Map(
          inputs.map((each, place) => {
            const deviation = g.mul(range(g, each), g.scalar(noise));
            const drawn = context.draw(normalNoise(each, noisy, seed + place), each);
            return [each, { deviation, drawn }];
          }),
        );
        const gradients = repeat(g, noisy, (sample) => {
          const there = context.at((each) => {
            const { deviation, drawn } = noises.get(each)!;
            return g.add(each, g.mul(deviation, ofSample(g, drawn, sample)));
          });
          return measures(there.backward([there.input]).get(there.input)!);
        });
        sums.push(gradients);
      }
      if (clean && form !== 'variance') sums.push(measures(about!));
      const mean = (at: number) =>
        g.div(
          sums.map((each) => each[at]!).reduce((a, b) => g.add(a, b)),
          g.scalar(n),
        );
      if (form !== 'variance') return mean(0);
      const shift = mean(1);
      return g.op('Relu', [g.sub(mean(0), g.mul(shift, shift))]);
    },
  };
}

/** Each image's largest value minus its smallest. */
function range(g: Builder, input: Value): Value {
  const axes = input.shape.slice(1).map((_, at) => at + 1);
  const [largest, smallest] = ['ReduceMax', 'ReduceMin'].map((op) =>
    g.op(op, [input], { axes, keepdims: 1 }),
  );
  return g.sub(largest!, smallest!);
}

export const entry: MethodEntry = {
  id: 'smooth-grad',
  title: 'SmoothGrad',
  about: "mean, square or variance (VarGrad) of the gradient over noisy copies: Zennit's SmoothGrad",
  reference: 'Smilkov et al. 2017, arXiv 1706.03825',
  kind: 'program',
  layer: false,
  options: {
    n: { default: 20, above: 0, about: 'how many copies of the image' },
    noise: { default: 0.1, above: 0, about: "the deviation of the noise, as a part of the image's range" },
    form: {
      default: 'mean',
      choices: ['mean', 'squared', 'variance'],
      about: 'the mean of the gradients, of their squares (SmoothGrad²), or their variance (VarGrad)',
    },
    clean: {
      default: true,
      choices: [true, false],
      about: 'whether the last copy is the image itself, as in Zennit',
    },
    seed: { default: 0, about: 'what the noise is drawn from' },
  },
  make: (options) => smoothGrad(options as SmoothGradOptions),
};
