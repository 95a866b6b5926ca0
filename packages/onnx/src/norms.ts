/**
 * Normalisation of groups of channels, said by layer normalisation.
 *
 * So every rule for layer norms holds for them: gradient, DeepLIFT's complete one, and in LRP's composites the relevance
 * passes, as it does through batch norms that are not folded. Zennit has no rule for these layers and takes the gradient.
 */
import {
  type Attributes,
  type Builder,
  type Dim,
  fixedSize,
  SaliencyError,
  sizeOf,
  type Value,
} from '@regional-saliency/core';
import { type Form, input, make } from './call';

/** Ulyanov, Vedaldi and Lempitsky 2016, arXiv 1607.08022: each channel of each image by itself. */
export function instanceNorm(g: Builder, x: Value, scale: Value, bias: Value, epsilon: number): Value {
  return scaledByChannel(g, standardised(g, x, epsilon), scale, bias);
}

/** Wu and He 2018, arXiv 1803.08494. `scale` and `bias` are given for each channel, or (until opset 20) for each group. */
export function groupNorm(
  g: Builder,
  x: Value,
  scale: Value,
  bias: Value,
  { groups, epsilon }: { groups: number; epsilon: number },
): Value {
  const [n, second, ...rest] = x.shape as [Dim, Dim, ...number[]];
  const channels = fixedSize(second, 'the number of channels');
  if (channels % groups !== 0)
    throw new SaliencyError('bad-file', `${channels} channels don't divide into ${groups} groups`);
  const grouped = g.reshape(x, [n, groups, (channels / groups) * sizeOf(rest)]);
  const standard = g.reshape(standardised(g, grouped, epsilon), x.shape);
  const forChannels = (value: Value) => {
    if (value.shape[0] !== groups || groups === channels) return value;
    return g.reshape(g.expand(g.reshape(value, [groups, 1]), [groups, channels / groups]), [channels]);
  };
  return scaledByChannel(g, standard, forChannels(scale), forChannels(bias));
}

/** All that follows the second axis brought to mean 0 and variance 1. */
function standardised(g: Builder, x: Value, epsilon: number): Value {
  const shape = x.shape.slice(2).map((dim) => fixedSize(dim, 'a normalised axis'));
  const ones = g.constantOf({ dtype: x.dtype, shape, read: () => new Float32Array(sizeOf(shape)).fill(1) });
  return g.op('LayerNormalization', [x, ones], { axis: 2, epsilon });
}

function scaledByChannel(g: Builder, x: Value, scale: Value, bias: Value): Value {
  const wide = (value: Value) => g.reshape(value, [value.shape[0]!, ...x.shape.slice(2).map(() => 1)]);
  return g.op('Add', [g.mul(x, wide(scale)), wide(bias)]);
}

/** The smallest normal float32. */
export const SMALLEST_NORMAL = 2 ** -126;

const numbers = (attributes: Attributes) => attributes as Record<string, number | undefined>;

/** Each element divided by a power of a mean of squares over neighbouring channels. Krizhevsky et al. 2012 (AlexNet). */
export const responseNorm: Form = (call) => {
  const { g } = call;
  const x = input(call, 0);
  const { alpha = 1e-4, beta = 0.75, bias = 1, size = 1 } = numbers(call.attributes);
  const [n, c, ...spatial] = x.shape as [Dim, Dim, ...number[]];
  // Channels are made an axis that a window slides over.
  const squares = g.reshape(g.mul(x, x), [n, 1, c, sizeOf(spatial)]);
  const before = Math.floor((size - 1) / 2);
  const mean = g.op('AveragePool', [squares], {
    kernel_shape: [size, 1],
    pads: [before, 0, size - 1 - before, 0],
    count_include_pad: 1,
  });
  const sum = g.add(g.mul(g.reshape(mean, x.shape), g.scalar(alpha)), g.scalar(bias));
  return make(call, 'Div', [x, g.op('Pow', [sum, g.scalar(beta)])]);
};

/** Divided by the norm along an axis; what has no length stays 0. */
export const lpNorm: Form = (call) => {
  const { g } = call;
  const x = input(call, 0);
  const { axis = -1, p = 2 } = numbers(call.attributes);
  const along = { axes: [axis], keepdims: 1 };
  const length =
    p === 1
      ? g.op('ReduceSum', [g.op('Abs', [x])], along)
      : g.op('Sqrt', [g.op('Clip', [g.op('ReduceSum', [g.mul(x, x)], along)], { min: SMALLEST_NORMAL })]);
  return make(call, 'Div', [x, p === 1 ? g.op('Clip', [length], { min: SMALLEST_NORMAL }) : length]);
};

export const meanVarianceNorm: Form = (call) => {
  const { g } = call;
  const x = input(call, 0);
  const axes = (call.attributes.axes as number[] | undefined) ?? [0, 2, 3];
  const mean = (value: Value) => g.op('ReduceMean', [value], { axes, keepdims: 1 });
  const centred = g.sub(x, mean(x));
  const deviation = g.op('Sqrt', [mean(g.mul(centred, centred))]);
  return make(call, 'Div', [centred, g.add(deviation, g.scalar(1e-9))]);
};

/** Zhang and Sennrich 2019, arXiv 1910.07467. */
export const rmsNorm: Form = (call) => {
  const { g } = call;
  const [x, scale] = [input(call, 0), input(call, 1)];
  const { axis = -1, epsilon = 1e-5 } = numbers(call.attributes);
  const axes = x.shape.map((_, at) => at).slice(axis);
  const square = g.op('ReduceMean', [g.mul(x, x)], { axes, keepdims: 1 });
  const root = g.op('Sqrt', [g.add(square, g.scalar(epsilon))]);
  return make(call, 'Mul', [g.div(x, root), scale]);
};
