/**
 * Quantized models, read as the real numbers that their integers stand for.
 *
 * A weight is dequantized when it is read. Of what is computed, quantizing keeps the range: x is clipped to what the integers
 * can say (a ReLU is often nothing but that), not rounded, and dequantizing gives it back. So the model is the float model
 * that was quantized, with its rounding errors left out, and its derivative is the straight-through one: 1 inside the range,
 * 0 outside (Bengio, Léonard, Courville 2013, arXiv 1308.3432). Jacob et al. 2018, arXiv 1712.05877.
 */
import {
  axisOf,
  type Constant,
  type DType,
  SaliencyError,
  sizeOf,
  type Value,
} from '@regional-saliency/core';
import { type Call, type Form, input, lazily, make } from './call';
import { dtypeOfCode } from './element-types';
import type { TensorProto_DataType } from './generated/onnx_pb';
import { MICROSOFT } from './microsoft';

/** How integers stand for numbers: (q - zero) · scale. */
interface Scale {
  readonly scale: Value;
  readonly zero: Value | undefined;
}

/** The numbers that a quantized value of the file stands for. Such a value is never read but by what is here. */
const real = new WeakMap<Value, Scale & { readonly value: Value }>();

/** The value in the graph; for a quantized one, the numbers that it stands for. */
export function realOf(value: Value): Value {
  return real.get(value)?.value ?? value;
}

const ranges: Partial<Record<DType, readonly [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
};

/** Operators that only choose or move elements do the same to integers and to what they stand for. */
const movers = new Set([
  ...['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Slice', 'Gather', 'Expand', 'MaxPool'],
  ...['Identity', 'Dropout', 'DepthToSpace', 'SpaceToDepth', 'ReduceMax', 'ReduceMin'],
]);

/** Runs a form; where the call moves quantized numbers, on what they stand for. */
export function ofQuantized(call: Call, form: Form): readonly (Value | undefined)[] {
  const data = call.inputs[0] && real.get(call.inputs[0]);
  const others = call.inputs.slice(1).some((value) => value && real.has(value));
  if ((!data && !others) || call.op in quantized) return form(call);
  if (!data || others || !movers.has(call.op)) {
    throw new SaliencyError(
      'unsupported',
      'it computes with quantized integers: export the model with QuantizeLinear and DequantizeLinear around its operators (QDQ)',
    );
  }
  const [moved, ...rest] = form({ ...call, inputs: call.inputs.with(0, data.value) });
  return [marked(moved!, data), ...rest];
}

/** A value of its own that stands for quantized numbers. */
function marked(value: Value, { scale, zero }: Scale): Value {
  const quantized = { ...value };
  real.set(quantized, { value, scale, zero });
  return quantized;
}

function constantOf(value: Value | undefined, what: string): Constant {
  if (value?.constant) return value.constant;
  throw new SaliencyError(
    'unsupported',
    `its ${what} is computed from data (dynamic quantization): export the model with float or statically quantized activations`,
  );
}

/** More scales than an activation has channels. */
const MOST_SCALES = 2 ** 20;

function numbers(constant: Constant): number[] {
  if (sizeOf(constant.shape) > MOST_SCALES) {
    throw new SaliencyError(
      'bad-file',
      `${sizeOf(constant.shape)} scales are more than a tensor has channels`,
    );
  }
  return Array.from(constant.read() as Iterable<number | bigint>, Number);
}

/** x within what the integers can say. @param axis along which there is a scale for each place */
function quantize(call: Call, x: Value, { scale, zero }: Scale, dtype: DType, axis = 1): Value {
  const scales = numbers(constantOf(scale, 'scale'));
  const zeros = zero ? numbers(constantOf(zero, 'zero point')) : [];
  const range = ranges[dtype];
  if (!range) return marked(x, { scale, zero });
  const [low, high] = range.map((end) => scales.map((each, at) => (end - (zeros[at] ?? 0)) * each)) as [
    number[],
    number[],
  ];
  if (scales.length === 1) {
    const [clipped] = make(call, 'Clip', [x], { min: Math.fround(low[0]!), max: Math.fround(high[0]!) });
    return marked(clipped!, { scale, zero });
  }
  const at = axisOf(axis, x.shape.length);
  const shape = x.shape.map((_, own) => (own === at ? scales.length : 1));
  const { g } = call;
  const above = g.op('Max', [x, g.constant(low, shape)]);
  return marked(make(call, 'Min', [above, g.constant(high, shape)])[0]!, { scale, zero });
}

/** The numbers that an input stands for; its scale and zero point are the inputs that follow it. */
function dequantize(call: Call, at: number, axis = 1, block = 0): Value {
  const x = input(call, at);
  const [scale, zero] = [input(call, at + 1), call.inputs[at + 2]];
  const known = real.get(x);
  if (known) {
    if (isSame(known.scale, scale) && isSame(known.zero, zero)) return known.value;
    throw new SaliencyError('unsupported', 'it dequantizes by another scale than its input was quantized by');
  }
  if (!x.constant) {
    throw new SaliencyError(
      'unsupported',
      'it dequantizes integers that are an input, or computed: export the model with a float input and QuantizeLinear before it',
    );
  }
  const [scales, zeros] = [constantOf(scale, 'scale'), zero && constantOf(zero, 'zero point')];
  const { constant } = x;
  const unnamed = { ...call, names: {} };
  const [value] = lazily(unnamed, scales, constant.shape, () =>
    dequantized(constant, scales, zeros, axis, block),
  );
  return value!;
}

/** Whether two scales (or zero points, 0 where there is none) are the same. */
function isSame(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  const [left, right] = [a, b].map((value) => (value?.constant ? numbers(value.constant) : [0])) as [
    number[],
    number[],
  ];
  return left.length === right.length && left.every((number, at) => number === right[at]);
}

/** Quantized by the inputs at two places. */
function requantized(call: Call, y: Value, at: number): Value[] {
  const zero = call.inputs[at + 1];
  return [quantize(call, y, { scale: input(call, at), zero }, zero?.dtype ?? 'uint8')];
}

const binary =
  (op: 'Add' | 'Mul'): Form =>
  (call) =>
    requantized(call, call.g.op(op, [dequantize(call, 0), dequantize(call, 3)]), 6);

const unary =
  (op: string): Form =>
  (call) =>
    requantized(call, call.g.op(op, [dequantize(call, 0)], call.attributes), 3);

/** A bias in integers of the size of the product of both scales. */
function biasOf(call: Call, at: number): Value | undefined {
  const bias = call.inputs[at]?.constant;
  if (!bias) return undefined;
  const [x, weights] = [1, 4].map((place) => numbers(constantOf(call.inputs[place], 'scale')));
  const read = () =>
    Float32Array.from(numbers(bias), (value, place) => value * x![0]! * (weights![place] ?? weights![0]!));
  return call.g.constantOf({ dtype: 'float32', shape: bias.shape, read });
}

export const quantized: Readonly<Record<string, Form>> = {
  QuantizeLinear: (call) => {
    const { axis = 1, output_dtype: code, block_size: block = 0 } = call.attributes as Record<string, number>;
    if (block) throw new SaliencyError('unsupported', 'activations quantized in blocks are not supported');
    const zero = call.inputs[2];
    const given = code ? dtypeOfCode(code as TensorProto_DataType, 'its result') : undefined;
    const dtype = zero?.dtype ?? given ?? 'uint8';
    return [quantize(call, input(call, 0), { scale: input(call, 1), zero }, dtype, axis)];
  },

  DequantizeLinear: (call) => {
    const { axis = 1, block_size = 0 } = call.attributes as Record<string, number>;
    return [dequantize(call, 0, axis, block_size)];
  },

  QLinearConv: (call) => {
    const bias = biasOf(call, 8);
    const operands = [dequantize(call, 0), dequantize(call, 3, 0), ...(bias ? [bias] : [])];
    return requantized(call, call.g.op('Conv', operands, call.attributes), 6);
  },

  QLinearMatMul: (call) =>
    requantized(call, call.g.matMul(dequantize(call, 0, -2), dequantize(call, 3, -1)), 6),

  [`${MICROSOFT}.QLinearAdd`]: binary('Add'),
  [`${MICROSOFT}.QLinearMul`]: binary('Mul'),
  [`${MICROSOFT}.QLinearSigmoid`]: unary('Sigmoid'),
  [`${MICROSOFT}.QLinearLeakyRelu`]: unary('LeakyRelu'),
  [`${MICROSOFT}.QLinearGlobalAveragePool`]: (call) => {
    if (call.attributes.channels_last)
      throw new SaliencyError('unsupported', 'channels last is not supported');
    return requantized(call, call.g.op('GlobalAveragePool', [dequantize(call, 0)]), 3);
  },
  [`${MICROSOFT}.QLinearConcat`]: (call) => {
    const parts = call.inputs.flatMap((_, at) => (at >= 2 && at % 3 === 2 ? [dequantize(call, at)] : []));
    return requantized(call, call.g.op('Concat', parts, { axis: call.attributes.axis }), 0);
  },
  [`${MICROSOFT}.QGemm`]: (call) => {
    const bias = biasOf(call, 6);
    const axis = call.attributes.transB ? 0 : 1;
    const operands = [dequantize(call, 0), dequantize(call, 3, axis), ...(bias ? [bias] : [])];
    const y = call.g.op('Gemm', operands, call.attributes);
    return call.inputs[7] ? requantized(call, y, 7) : [y];
  },
};

/**
 * (x - zero point) · scale, each of them for the tensor, for each place along the axis, or for each block of so many places
 * along the axis.
 */
function dequantized(
  x: Constant,
  scale: Constant,
  zero: Constant | undefined,
  axis: number,
  block: number,
): Float32Array {
  const [data, scales, zeros] = [x.read(), scale.read(), zero?.read()];
  // One scale for all needs no axis: a bias has none of number 1, which is the default.
  const at = scales.length === 1 && block === 0 ? 0 : axisOf(axis, x.shape.length);
  const inner = sizeOf(x.shape.slice(at + 1));
  const size = x.shape[at] ?? 1;
  const placeOf = (i: number) => {
    if (block === 0) return Math.floor(i / inner) % scales.length;
    const row =
      Math.floor(i / (inner * size)) * scale.shape[at]! + Math.floor((Math.floor(i / inner) % size) / block);
    return row * inner + (i % inner);
  };
  const result = new Float32Array(data.length);
  for (let i = 0; i < result.length; i++) {
    const place = scales.length === 1 ? 0 : placeOf(i);
    result[i] = (Number(data[i]) - Number(zeros?.[place] ?? 0)) * Number(scales[place]);
  }
  return result;
}
