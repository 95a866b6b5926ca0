/**
 * Pooling, and `MaxPoolGrad`: an operator of our own that every backend lowers to what suits it
 * (core/lowering/max-pool-grad.ts has its definitions in standard operators).
 */
import { intOf, intsOf } from '../attributes';
import type { Builder } from '../builder';
import { fixedSize } from '../dimension';
import { SaliencyError } from '../errors';
import type { Attributes, Value } from '../graph';
import { type Operator, required } from './operator';
import { normalizeWindow, reachOf, slidSizes, spatialOf, type Window, windowOf, withSpatial } from './window';

/**
 * As for every window; and `ceil_mode` becomes pads at the end, as far as the last window reaches. So shapes don't depend
 * on what a runtime does with a last window that would begin in the padding: onnxruntime drops it when it runs (as PyTorch
 * does), but not when it infers shapes.
 *
 * It stays where a window hangs over and a mean counts its padding (what is beyond the padding doesn't count), or where
 * those pads would be as large as a dilated window's kernel, which onnxruntime refuses.
 */
function normalizePool(
  attributes: Attributes,
  inputs: readonly (Value | undefined)[],
  countsPadding = false,
): Attributes {
  const x = required(inputs, 0);
  const explicit = normalizeWindow(attributes, x, intsOf(attributes, 'kernel_shape'));
  if (intOf(attributes, 'ceil_mode', 0) === 0) return { ...explicit, ceil_mode: 0 };
  const window = windowOf(explicit);
  const pads = reachedPads(spatialOf(x), slidSizes(spatialOf(x), window, true), window);
  const hangsOver = pads.some((pad, at) => pad > window.pads[at]!);
  const tooLarge = pads.some((pad, at) => pad >= window.kernel[at % window.kernel.length]!);
  if (hangsOver && (countsPadding || tooLarge)) return { ...explicit, ceil_mode: 1 };
  return { ...explicit, pads, ceil_mode: 0 };
}

/** The pads, but those at the end at least as far as the last window reaches. */
function reachedPads(spatial: readonly number[], out: readonly number[], window: Window): number[] {
  const pads = [...window.pads];
  for (const [axis, size] of spatial.entries()) {
    const reach = reachOf(window.kernel[axis]!, window.dilations[axis]!);
    const last = (out[axis]! - 1) * window.strides[axis]! + reach - pads[axis]! - size;
    pads[axis + spatial.length] = Math.max(pads[axis + spatial.length]!, last);
  }
  return pads;
}

function pooledShape(x: Value, attributes: Attributes) {
  const spatial = slidSizes(spatialOf(x), windowOf(attributes), attributes.ceil_mode === 1);
  return withSpatial(x.shape[0]!, x.shape[1]!, spatial);
}

/** Second output: the flat index of each maximum over the whole tensor; a tie goes to the first. */
export const MaxPool: Operator = {
  normalize: (attributes, inputs) => {
    if (attributes.storage_order === 1)
      throw new SaliencyError(
        'unsupported',
        'Indices in column-major order (storage_order) are not supported',
      );
    return normalizePool(attributes, inputs);
  },
  infer: (inputs, attributes) => {
    const x = required(inputs, 0);
    const shape = pooledShape(x, attributes);
    return [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ];
  },
  gradient: ({ g, node }, [r]) => [g.op('MaxPoolGrad', [node.inputs[0]!, r!], node.attributes)],
};

/** Inputs x and r (the relevance of MaxPool(x)): r at the first maximum of each window, summed over windows. */
export const MaxPoolGrad: Operator = {
  infer: (inputs) => [{ dtype: required(inputs, 0).dtype, shape: required(inputs, 0).shape }],
};

export const AveragePool: Operator = {
  normalize: (attributes, inputs) => {
    const counted = intOf(attributes, 'count_include_pad', 0);
    return { ...normalizePool(attributes, inputs, counted === 1), count_include_pad: counted };
  },
  infer: (inputs, attributes) => {
    const x = required(inputs, 0);
    return [{ dtype: x.dtype, shape: pooledShape(x, attributes) }];
  },
  gradient: ({ g, node }, [r]) => [spreadAverage(g, r!, node.inputs[0]!, node.attributes)],
};

/** Each window's relevance divided by its count and given to all it covers: the transpose of a depthwise box filter. */
function spreadAverage(g: Builder, r: Value, x: Value, attributes: Attributes): Value {
  const window = windowOf(attributes);
  const spatial = spatialOf(x);
  const out = slidSizes(spatial, window, attributes.ceil_mode === 1);
  const counts = windowCounts(spatial, out, window, attributes.count_include_pad === 1);
  const first = counts[0]!;
  const size = counts.every((count) => count === first)
    ? g.scalar(first)
    : g.constant(Float32Array.from(counts), [1, 1, ...out]);
  const channels = fixedSize(x.shape[1]!, 'the number of channels');
  const ones = g.constant(new Float32Array(channels * window.kernel.reduce((a, b) => a * b, 1)).fill(1), [
    channels,
    1,
    ...window.kernel,
  ]);
  const { ceil_mode: _, count_include_pad: __, ...conv } = attributes;
  // Where ceil_mode is left, the convolution pads so far that it has as many windows.
  const pads = reachedPads(spatial, out, window);
  return g.op('ConvGrad', [g.div(r, size), ones], { ...conv, pads, group: channels, spatial });
}

/** How many elements each window averages over, row-major over the output. */
function windowCounts(
  spatial: readonly number[],
  out: readonly number[],
  window: Window,
  withPad: boolean,
): number[] {
  let counts = [1];
  for (const [axis, size] of spatial.entries()) {
    const begin = window.pads[axis]!;
    const end = window.pads[axis + spatial.length]!;
    const along: number[] = [];
    for (let at = 0; at < out[axis]!; at++) {
      let count = 0;
      for (let k = 0; k < window.kernel[axis]!; k++) {
        const place = at * window.strides[axis]! - begin + k * window.dilations[axis]!;
        if (withPad ? place < size + end : place >= 0 && place < size) count++;
      }
      along.push(count);
    }
    counts = counts.flatMap((outer) => along.map((inner) => outer * inner));
  }
  return counts;
}

export const GlobalAveragePool: Operator = {
  infer: (inputs) => {
    const x = required(inputs, 0);
    return [{ dtype: x.dtype, shape: [x.shape[0]!, x.shape[1]!, ...spatialOf(x).map(() => 1)] }];
  },
  gradient: ({ g, node }, [r]) => {
    const x = node.inputs[0]!;
    const area = spatialOf(x).reduce((size, side) => size * side, 1);
    return [g.expandLike(g.div(r!, g.scalar(area)), x)];
  },
};

/** The first maximum takes all, as in MaxPool (and PyTorch's adaptive pool); to compare with an iota needs no scatter. */
export const GlobalMaxPool: Operator = {
  infer: GlobalAveragePool.infer,
  gradient: ({ g, node }, [r]) => {
    const x = node.inputs[0]!;
    const spatial = spatialOf(x);
    const area = spatial.reduce((size, side) => size * side, 1);
    const plane = [x.shape[0]!, x.shape[1]!, area];
    const first = g.op('ArgMax', [g.reshape(x, plane)], { axis: 2, keepdims: 1 });
    const iota = g.constant(
      Array.from({ length: area }, (_, at) => at),
      [area],
      'int64',
    );
    const flat = g.reshape(r!, [x.shape[0]!, x.shape[1]!, 1]);
    return [g.reshape(g.where(g.op('Equal', [first, iota]), flat, g.scalar(0)), x.shape)];
  },
};
