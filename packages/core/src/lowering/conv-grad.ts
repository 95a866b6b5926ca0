/**
 * The input gradient of a convolution in standard operators.
 *
 * With stride 1 it is a convolution with the kernel flipped and its channels exchanged, which every backend runs at
 * full speed; with a stride it is a transposed convolution. Flipping stays in the graph: backends fold it at load, and
 * an exported file does not carry the weights twice.
 */
import { intOf, intsOf } from '../attributes';
import type { Builder } from '../builder';
import { fixedSize } from '../dimension';
import type { Node, Value } from '../graph';
import { reachOf, spatialOf, windowOf } from '../operators/window';

export function lowerConvGrad(g: Builder, node: Node, inputs: readonly (Value | undefined)[]): Value {
  const [r, weights] = inputs as [Value, Value];
  const { strides } = windowOf(node.attributes);
  if (strides.every((stride) => stride === 1)) return flippedConv(g, r, weights, node);
  return transposedConv(g, r, weights, node);
}

function flippedConv(g: Builder, r: Value, weights: Value, node: Node): Value {
  const { kernel, dilations, pads } = windowOf(node.attributes);
  const spatial = intsOf(node.attributes, 'spatial');
  const group = intOf(node.attributes, 'group');
  const out = spatialOf(r);
  const begins = kernel.map((size, axis) => reachOf(size, dilations[axis]!) - 1 - pads[axis]!);
  const ends = kernel.map(
    (size, axis) => spatial[axis]! - out[axis]! + reachOf(size, dilations[axis]!) - 1 - begins[axis]!,
  );
  // A convolution that pads by more than its kernel reaches never sees its outermost outputs' relevance.
  const cut = (pad: readonly number[]) => [0, 0, ...pad.map((size) => Math.min(size, 0))];
  const inner = g.pad(r, cut(begins), cut(ends));
  return g.op('Conv', [inner, flipKernel(g, weights, group)], {
    kernel_shape: kernel,
    strides: kernel.map(() => 1),
    dilations,
    pads: [...begins, ...ends].map((size) => Math.max(size, 0)),
    group,
  });
}

/** [M, C/g, …k] to [C, M/g, …k], every spatial axis reversed. */
export function flipKernel(g: Builder, weights: Value, group: number): Value {
  const [m, c, ...kernel] = weights.shape.map((dim) => fixedSize(dim, 'a weight size')) as [
    number,
    number,
    ...number[],
  ];
  const axes = kernel.map((_, axis) => axis + 2).filter((axis) => weights.shape[axis] !== 1);
  let flipped = weights;
  if (axes.length > 0) {
    const all = (value: number) => axes.map(() => value);
    flipped = g.slice(weights, all(-1), all(-(2 ** 31)), axes, all(-1));
  }
  const spatial = kernel.map((_, axis) => axis);
  if (group === 1) return g.transpose(flipped, [1, 0, ...spatial.map((axis) => axis + 2)]);
  const grouped = g.reshape(flipped, [group, m / group, c, ...kernel]);
  const exchanged = g.transpose(grouped, [0, 2, 1, ...spatial.map((axis) => axis + 3)]);
  return g.reshape(exchanged, [group * c, m / group, ...kernel]);
}

function transposedConv(g: Builder, r: Value, weights: Value, node: Node): Value {
  const { kernel, strides, dilations, pads } = windowOf(node.attributes);
  const spatial = intsOf(node.attributes, 'spatial');
  const out = spatialOf(r);
  // What the last window of the forward pass did not reach.
  const missed = spatial.map(
    (size, axis) =>
      size +
      pads[axis]! +
      pads[axis + kernel.length]! -
      (out[axis]! - 1) * strides[axis]! -
      reachOf(kernel[axis]!, dilations[axis]!),
  );
  return g.op('ConvTranspose', [r, weights], {
    kernel_shape: kernel,
    strides,
    dilations,
    pads,
    output_padding: missed,
    group: intOf(node.attributes, 'group'),
  });
}
