/**
 * Pooling, and `MaxPoolGrad`: an operator of our own that every backend lowers to what suits it
 * (core/lowering/max-pool-grad.ts has its definitions in standard operators).
 */
import { intOf, intsOf } from '../attributes';
import type { Builder } from '../builder';
import { fixedSize } from '../dimension';
import type { Attributes, Value } from '../graph';
import { type Operator, required } from './operator';
import { normalizeWindow, reachOf, slidSizes, spatialOf, type Window, windowOf, withSpatial } from './window';

function normalizePool(attributes: Attributes, inputs: readonly (Value | undefined)[]): Attributes {
  const ceil = intOf(attributes, 'ceil_mode', 0);
  return {
    ...normalizeWindow(attributes, required(inputs, 0), intsOf(attributes, 'kernel_shape')),
    ceil_mode: ceil,
  };
}

function pooledShape(x: Value, attributes: Attributes) {
  const spatial = slidSizes(spatialOf(x), windowOf(attributes), attributes.ceil_mode === 1);
  return withSpatial(x.shape[0]!, x.shape[1]!, spatial);
}

/** Second output: the flat index of each maximum over the whole tensor; a tie goes to the first. */
export const MaxPool: Operator = {
  normalize: normalizePool,
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
  normalize: (attributes, inputs) => ({
    ...normalizePool(attributes, inputs),
    count_include_pad: intOf(attributes, 'count_include_pad', 0),
  }),
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
  const share = counts.every((count) => count === first)
    ? g.scalar(1 / first)
    : g.constant(
        Float32Array.from(counts, (count) => 1 / count),
        [1, 1, ...out],
      );
  const channels = fixedSize(x.shape[1]!, 'the number of channels');
  const ones = g.constant(new Float32Array(channels * window.kernel.reduce((a, b) => a * b, 1)).fill(1), [
    channels,
    1,
    ...window.kernel,
  ]);
  const { ceil_mode: _, count_include_pad: __, ...conv } = attributes;
  // With ceil_mode the last window may hang over the padding; the convolution pads so far that it has as many windows.
  const pads = [...window.pads];
  for (const [axis, size] of spatial.entries()) {
    const reach = reachOf(window.kernel[axis]!, window.dilations[axis]!);
    const last = (out[axis]! - 1) * window.strides[axis]! + reach - pads[axis]! - size;
    pads[axis + spatial.length] = Math.max(pads[axis + spatial.length]!, last);
  }
  return g.op('ConvGrad', [g.mul(r, share), ones], { ...conv, pads, group: channels, spatial });
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
    return [g.expandLike(g.mul(r!, g.scalar(1 / area)), x)];
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
