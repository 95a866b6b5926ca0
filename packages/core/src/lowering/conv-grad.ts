/**
 * The input gradient of a convolution in standard operators.
 *
 * With stride 1 it is a convolution with the kernel flipped and its channels exchanged, which every backend runs at
 * full speed; with a stride it is a transposed convolution, but for the gradient at an image, whose few channels leave
 * room for all phases of the stride as channels of one convolution. Flipping stays in the graph: backends fold it at
 * load, and an exported file does not carry the weights twice.
 */
import { intOf, intsOf } from '../attributes';
import type { Builder } from '../builder';
import { fixedSize } from '../dimension';
import type { Node, Value } from '../graph';
import { reachOf, spatialOf, windowOf } from '../operators/window';

/** The most channels that the phases are worth it for: those of an image. */
const FEW = 4;

/** @param portable only forms that every execution provider computes rightly */
export function lowerConvGrad(
  g: Builder,
  node: Node,
  inputs: readonly (Value | undefined)[],
  portable: boolean,
): Value {
  const [r, weights] = inputs as [Value, Value];
  const { strides } = windowOf(node.attributes);
  if (strides.every((stride) => stride === 1)) return flippedConv(g, r, weights, node);
  return (portable ? undefined : phasedConv(g, r, weights, node)) ?? transposedConv(g, r, weights, node);
}

/**
 * One stride-1 convolution with every phase of the stride as channels, which DepthToSpace then interleaves. In ResNet's
 * first layer it takes half of a transposed convolution's time in onnxruntime. (Its WebGPU provider, in 1.30, got batches
 * of two wrong in such a program.)
 *
 * With i' = i + pad an input place counted from the padding's begin, it receives from output o through the tap
 * i' - o·s. So of i' = s·q + phase the taps are phase + s·t, and the outputs that they belong to q - t.
 */
function phasedConv(g: Builder, r: Value, weights: Value, node: Node): Value | undefined {
  const { kernel, strides, dilations, pads } = windowOf(node.attributes);
  const spatial = intsOf(node.attributes, 'spatial');
  const [outer, channels] = weights.shape.map((dim) => fixedSize(dim, 'a weight size')) as [number, number];
  const [stride] = strides as [number];
  const plain = kernel.length === 2 && strides[1] === stride && dilations.every((dilation) => dilation === 1);
  if (!plain || intOf(node.attributes, 'group') !== 1 || channels > FEW) return undefined;
  const taps = kernel.map((size) => Math.ceil(size / stride));
  const places = spatial.map((size, axis) => Math.ceil((size + pads[axis]!) / stride));
  const ends = spatialOf(r).map((size, axis) => places[axis]! - size);
  // A window that lies in the padding alone would be beyond the last place.
  if (ends.some((end) => end < 0)) return undefined;
  const whole = g.pad(
    weights,
    [0, 0, 0, 0],
    [0, 0, ...kernel.map((size, axis) => taps[axis]! * stride - size)],
  );
  const apart = g.reshape(whole, [outer, channels, taps[0]!, stride, taps[1]!, stride]);
  const turned = g.slice(apart, [-1, -1], [-(2 ** 31), -(2 ** 31)], [2, 4], [-1, -1]);
  const phases = g.reshape(g.transpose(turned, [3, 5, 1, 0, 2, 4]), [
    stride * stride * channels,
    outer,
    ...taps,
  ]);
  const together = g.op('Conv', [r, phases], { pads: [...taps.map((count) => count - 1), ...ends] });
  const all = g.op('DepthToSpace', [together], { blocksize: stride, mode: 'DCR' });
  const begins = pads.slice(0, 2);
  const stops = spatial.map((size, axis) => size + begins[axis]!);
  return g.slice(all, begins, stops, [2, 3]);
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
