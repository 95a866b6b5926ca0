/**
 * Normalisation of groups of channels, said by layer normalisation.
 *
 * So every rule for layer norms holds for them: gradient, DeepLIFT's complete one, and in LRP's composites the relevance
 * passes, as it does through batch norms that are not folded. Zennit has no rule for these layers and takes the gradient.
 */
import {
  type Builder,
  type Dim,
  fixedSize,
  SaliencyError,
  sizeOf,
  type Value,
} from '@regional-saliency/core';

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
