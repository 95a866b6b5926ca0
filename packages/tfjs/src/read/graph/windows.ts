/** Convolutions, pools, norms and resampling of a GraphModel: operators on images, channels last or first. */
import {
  type Attributes,
  type Dim,
  fixedSize,
  type NodeNames,
  SaliencyError,
  type Value,
} from '@regional-saliency/core';
import type { Layout } from '../../layout';
import { storedAs } from '../../stored';
import { type Call, type Form, fixedNumbersOf, input, numbersOf } from './call';
import { activation } from './elementwise';

/** Where images of this node have their channels. */
function isChannelsFirst(call: Call): boolean {
  const format = call.attributes.text('data_format', 'NHWC');
  if (format !== 'NHWC' && format !== 'NCHW') {
    throw new SaliencyError('unsupported', `images in the order ${format} are not supported`);
  }
  return format === 'NCHW';
}

/** An operator on images, in the order that this node has them in. */
function onImage(
  call: Call,
  op: string,
  inputs: readonly (Value | undefined)[],
  attributes: Attributes,
  names: NodeNames = call.names,
): Value {
  return isChannelsFirst(call)
    ? call.g.op(op, inputs, attributes, names)
    : call.m.op(op, inputs, attributes, names);
}

/** Of one number for each axis of an image, those of height and width. */
function planeOf(call: Call, list: readonly number[], what: string): [number, number] {
  const [n, a, b, c] = list;
  if (list.length !== 4) throw new SaliencyError('bad-file', `its ${what} are not four numbers`);
  const [channels, height, width] = isChannelsFirst(call) ? [a, b, c] : [c, a, b];
  if (n !== 1 || channels !== 1) {
    throw new SaliencyError('unsupported', `${what} [${list}] along images or channels are not supported`);
  }
  return [height!, width!];
}

/** How far a window reaches over the border; SAME puts the odd one at the end. */
function paddingOf(call: Call): Attributes {
  const padding = call.attributes.text('padding');
  if (padding === 'SAME') return { auto_pad: 'SAME_UPPER' };
  if (padding === 'VALID') return { pads: [0, 0, 0, 0] };
  if (padding !== 'EXPLICIT') throw new SaliencyError('bad-file', `its padding "${padding}" is unknown`);
  const list = call.attributes.numbers('explicit_paddings', []);
  if (list.length !== 8) throw new SaliencyError('bad-file', 'its explicit_paddings are not eight numbers');
  const at = isChannelsFirst(call) ? 4 : 2;
  return { pads: [list[at]!, list[at + 2]!, list[at + 1]!, list[at + 3]!] };
}

function slidingOf(call: Call): Attributes {
  const { attributes } = call;
  return {
    strides: planeOf(call, attributes.numbers('strides'), 'strides'),
    dilations: planeOf(call, attributes.numbers('dilations', [1, 1, 1, 1]), 'dilations'),
    ...paddingOf(call),
  };
}

/** A kernel as the weights that a graph has: a constant is seen in another order, anything else is brought into it. */
function weightsOf({ g }: Call, kernel: Value, shape: readonly Dim[], layout: Layout): Value {
  if (kernel.constant) return g.constantOf(storedAs(kernel.constant, shape as number[], layout), kernel.name);
  const lying = g.reshape(
    kernel,
    layout.map((axis) => shape[axis]!),
  );
  return g.transpose(
    lying,
    layout.map((_, axis) => layout.indexOf(axis)),
  );
}

function kernelOf(call: Call): readonly [number, number, number, number] {
  const { shape } = input(call, 1);
  if (shape.length !== 4) throw new SaliencyError('bad-file', 'its kernel does not have four axes');
  return shape.map((dim) => fixedSize(dim, 'a size of its kernel')) as [number, number, number, number];
}

/** From a bias, the linear part of a node; `names` are those of its result. */
type Linear = (bias: Value | undefined, names: NodeNames) => Value;

function convolution(call: Call): Linear {
  const [height, width, from, to] = kernelOf(call);
  const x = input(call, 0);
  const channels = x.shape.at(isChannelsFirst(call) ? 1 : -1);
  const group = (typeof channels === 'number' ? channels : from) / from;
  const weights = weightsOf(call, input(call, 1), [to, from, height, width], [2, 3, 1, 0]);
  const attributes = { ...slidingOf(call), group };
  return (bias, names) => onImage(call, 'Conv', bias ? [x, weights, bias] : [x, weights], attributes, names);
}

/** Each channel by filters of its own. */
function depthwiseConvolution(call: Call): Linear {
  const [height, width, group, times] = kernelOf(call);
  const weights = weightsOf(call, input(call, 1), [group * times, 1, height, width], [2, 3, 0, 1]);
  const x = input(call, 0);
  const attributes = { ...slidingOf(call), group };
  return (bias, names) => onImage(call, 'Conv', bias ? [x, weights, bias] : [x, weights], attributes, names);
}

function matrixProduct(call: Call): Linear {
  const { g, attributes } = call;
  const [a, b] = [input(call, 0), input(call, 1)];
  const [transA, transB] = [attributes.flag('transpose_a'), attributes.flag('transpose_b')];
  return (bias, names) => {
    if (a.shape.length === 2 && b.shape.length === 2 && (bias || transA || transB)) {
      const inputs = bias ? [a, b, bias] : [a, b];
      return g.op('Gemm', inputs, { transA: Number(transA), transB: Number(transB) }, names);
    }
    const factors = [transA ? g.swapLast(a) : a, transB ? g.swapLast(b) : b];
    if (!bias) return g.op('MatMul', factors, {}, names);
    return g.op('Add', [g.op('MatMul', factors), bias], {}, names);
  };
}

/** What a fused node does behind its linear part: a bias or a norm, then an activation, each with inputs of its own. */
const fused =
  (linearOf: (call: Call) => Linear): Form =>
  (call) => {
    const [...steps] = call.attributes.texts('fused_ops');
    const [...given] = call.inputs.slice(2);
    const bias = steps[0] === 'BiasAdd' ? given.shift() : undefined;
    if (steps[0] === 'BiasAdd') {
      if (!bias) throw new SaliencyError('bad-file', 'its bias is missing');
      steps.shift();
    }
    const isLast = steps.length === 0;
    let y = linearOf(call)(bias, isLast ? call.names : { name: call.names.name, scopes: call.names.scopes });
    if (steps[0] === 'FusedBatchNorm') {
      steps.shift();
      y = norm(call, y, given.splice(0, 4), 1e-4, steps.length === 0 ? call.names : {});
    }
    for (const step of steps) y = activation(call, step, y, given[0]);
    return [y];
  };

const unfused =
  (linearOf: (call: Call) => Linear): Form =>
  (call) => [linearOf(call)(undefined, call.names)];

function norm(call: Call, x: Value, parameters: readonly Value[], epsilon: number, names: NodeNames): Value {
  const [scale, offset, mean, variance] = parameters;
  if (!scale || !offset || !mean || !variance) throw new SaliencyError('bad-file', 'a parameter is missing');
  if (mean.shape[0] === 0) {
    throw new SaliencyError(
      'unsupported',
      'it normalises each batch by itself: save the model for inference, not for training',
    );
  }
  const attributes = { epsilon: call.attributes.number('epsilon', epsilon) };
  return onImage(call, 'BatchNormalization', [x, scale, offset, mean, variance], attributes, names);
}

const batchNorm: Form = (call) => [norm(call, input(call, 0), call.inputs.slice(1), 1e-3, call.names)];

/** The input gradient of a convolution that would lead from the shape that is asked for to that of the input. */
const transposedConvolution: Form = (call) => {
  const [height, width, to, from] = kernelOf(call);
  const wanted = numbersOf(call, 0, 'its shape');
  const x = input(call, 2);
  const first = isChannelsFirst(call);
  const size = (first ? wanted.slice(2) : wanted.slice(1, 3)).map((dim) => fixedSize(dim, 'its size'));
  const { strides, dilations, ...padding } = slidingOf(call) as Record<string, number[]>;
  const own = (first ? x.shape.slice(2) : x.shape.slice(1, 3)).map((dim) => fixedSize(dim, 'a size'));
  const given = padding.pads ?? [];
  const [begins, ends, extra]: [number[], number[], number[]] = [[], [], []];
  for (const [axis, kernel] of [height, width].entries()) {
    const full = (own[axis]! - 1) * strides![axis]! + (kernel - 1) * dilations![axis]! + 1;
    // SAME: what the convolution would have added to the shape that is asked for.
    const total = Math.max(full - size[axis]!, 0);
    const begin = padding.auto_pad ? Math.floor(total / 2) : given[axis]!;
    const end = padding.auto_pad ? total - begin : given[axis + 2]!;
    const rest = size[axis]! - (full - begin - end);
    if (rest < 0) throw new SaliencyError('bad-file', `the shape [${size}] does not fit its window`);
    begins.push(begin);
    ends.push(end);
    extra.push(rest);
  }
  const weights = weightsOf(call, input(call, 1), [from, to, height, width], [2, 3, 1, 0]);
  const pads = [...begins, ...ends];
  return [onImage(call, 'ConvTranspose', [x, weights], { strides, dilations, pads, output_padding: extra })];
};

const pool =
  (op: 'MaxPool' | 'AveragePool'): Form =>
  (call) => {
    const { attributes } = call;
    const kernel_shape = planeOf(call, attributes.numbers('ksize'), 'sizes of its window');
    const strides = planeOf(call, attributes.numbers('strides'), 'strides');
    return [onImage(call, op, [input(call, 0)], { kernel_shape, strides, ...paddingOf(call) })];
  };

/** Coordinates as TensorFlow places them: of corners, of centres, or of the upper left corners of pixels. */
function resized(call: Call, mode: 'linear' | 'nearest'): Value {
  const { m, names, attributes } = call;
  const x = input(call, 0);
  const sizes = fixedNumbersOf(call, 1, 'its size');
  if (sizes.length !== 2) throw new SaliencyError('bad-file', 'its size is not two numbers');
  if (x.shape[1] === sizes[0] && x.shape[2] === sizes[1]) return x;
  const corners = attributes.flag('align_corners');
  const centres = attributes.flag('half_pixel_centers');
  const coordinate_transformation_mode = corners ? 'align_corners' : centres ? 'half_pixel' : 'asymmetric';
  // A nearest pixel is the one that a coordinate lies in; between corners it is the closest.
  const nearest_mode = corners || centres ? 'round_prefer_ceil' : 'floor';
  const own = { axes: [1, 2], sizes, mode, coordinate_transformation_mode, nearest_mode };
  return m.op('Resize', [x], own, names);
}

const depthToSpace: Form = (call) => {
  const blocksize = call.attributes.number('block_size');
  return [onImage(call, 'DepthToSpace', [input(call, 0)], { blocksize, mode: 'DCR' })];
};

/** The rows and columns of each block behind each other, as channels. */
const spaceToDepth: Form = (call) => {
  const { g, m, names } = call;
  const block = call.attributes.number('block_size');
  const first = isChannelsFirst(call);
  const x = input(call, 0);
  const y = first ? x : m.image(x);
  const [n, c, h, w] = y.shape as [Dim, number, number, number];
  const apart = g.reshape(y, [n, c, h / block, block, w / block, block]);
  const turned = g.transpose(apart, [0, 3, 5, 1, 2, 4]);
  const deep = g.op('Reshape', [turned], { shape: [n, c * block * block, h / block, w / block] }, names);
  return [first ? deep : m.last(deep)];
};

/** Of one number for each axis of a volume, those of depth, height and width. */
function spaceOf(call: Call, list: readonly number[], what: string): number[] {
  const first = call.attributes.text('data_format', 'NDHWC') === 'NCDHW';
  const spatial = first ? list.slice(2) : list.slice(1, 4);
  if (list.length !== 5 || list[0] !== 1 || list[first ? 1 : 4] !== 1) {
    throw new SaliencyError('unsupported', `${what} [${list}] along volumes or channels are not supported`);
  }
  return spatial;
}

/** An operator on volumes; SAME puts the odd plane at the end. */
function onVolume(call: Call, op: string, inputs: readonly Value[], window: Attributes): readonly Value[] {
  const format = call.attributes.text('data_format', 'NDHWC');
  const padding = call.attributes.text('padding');
  if (padding !== 'SAME' && padding !== 'VALID') {
    throw new SaliencyError('unsupported', `the padding ${padding} of volumes is not supported`);
  }
  const own = {
    ...window,
    strides: spaceOf(call, call.attributes.numbers('strides'), 'strides'),
    ...(padding === 'SAME' && { auto_pad: 'SAME_UPPER' }),
  };
  return [(format === 'NCDHW' ? call.g : call.m).op(op, inputs, own, call.names)];
}

const convolution3D: Form = (call) => {
  const kernel = input(call, 1);
  const [depth, height, width, from, to] = kernel.shape as number[];
  if (kernel.shape.length !== 5) throw new SaliencyError('bad-file', 'its kernel does not have five axes');
  const weights = weightsOf(call, kernel, [to!, from!, depth!, height!, width!], [2, 3, 4, 1, 0]);
  const dilations = spaceOf(call, call.attributes.numbers('dilations', [1, 1, 1, 1, 1]), 'dilations');
  return onVolume(call, 'Conv', [input(call, 0), weights], { dilations });
};

const pool3D =
  (op: 'MaxPool' | 'AveragePool'): Form =>
  (call) => {
    const kernel_shape = spaceOf(call, call.attributes.numbers('ksize'), 'sizes of its window');
    return onVolume(call, op, [input(call, 0)], { kernel_shape });
  };

export const windows: Readonly<Record<string, Form>> = {
  Conv2D: unfused(convolution),
  _FusedConv2D: fused(convolution),
  DepthwiseConv2d: unfused(depthwiseConvolution),
  DepthwiseConv2dNative: unfused(depthwiseConvolution),
  FusedDepthwiseConv2dNative: fused(depthwiseConvolution),
  Conv2DBackpropInput: transposedConvolution,
  MatMul: unfused(matrixProduct),
  _FusedMatMul: fused(matrixProduct),
  Conv3D: convolution3D,
  MaxPool: pool('MaxPool'),
  // Its values; nothing is said of their places.
  MaxPoolWithArgmax: pool('MaxPool'),
  MaxPool3D: pool3D('MaxPool'),
  AvgPool3D: pool3D('AveragePool'),
  AvgPool: pool('AveragePool'),
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  ResizeBilinear: (call) => [resized(call, 'linear')],
  ResizeNearestNeighbor: (call) => [resized(call, 'nearest')],
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
