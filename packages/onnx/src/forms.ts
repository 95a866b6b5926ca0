/**
 * Operators of a file that are more than a node of the same name here: those whose meaning changed between opsets, those
 * that are known before a run, and those that a few other operators say exactly.
 */
import {
  arrayOf,
  axisOf,
  type Builder,
  type Constant,
  type Dim,
  fixedSize,
  isBatch,
  mapAxes,
  operators,
  SaliencyError,
  sameDim,
  sizeOf,
  standardize,
  type Tensor,
  type TypedArray,
  tensor,
  type Value,
} from '@regional-saliency/core';
import { attention } from './attention';
import { type Call, type Form, input, lazily, make, numbersOf, plain, SMALL } from './call';
import { withoutTranspose } from './channels-last';
import { einsum } from './einsum';
import { computedIn, dtypeOfCode } from './element-types';
import { elementwise } from './elementwise';
import type { TensorProto_DataType } from './generated/onnx_pb';
import { microsoft } from './microsoft';
import {
  groupNorm,
  instanceNorm,
  lpNorm,
  meanVarianceNorm,
  responseNorm,
  rmsNorm,
  SMALLEST_NORMAL,
} from './norms';
import { lpPool, maxUnpool } from './pools';
import { ofQuantized, quantized } from './quantized';
import { readResize } from './resize';
import { gridSample } from './sampling';
import { gatherStrided } from './strided';

/** The outputs of a call as values of the graph; undefined (or too few) where an output is not supported. */
export function formOf(call: Call): readonly (Value | undefined)[] {
  const form = forms[call.op] ?? (operators[call.op] ? plain : definitions[call.op]);
  if (!form) throw new SaliencyError('unsupported', `the operator ${call.op} is not supported`);
  return ofQuantized(call, form);
}

/** Whether calls of this operator can be understood. */
export function isKnown(op: string): boolean {
  return op in operators || op in forms || op in definitions;
}

/** Their names, once each. */
export function knownOperators(): string[] {
  return [...new Set([operators, forms, definitions].flatMap(Object.keys))].sort();
}

const alias: Form = (call) => [input(call, 0)];

/** An operator of two inputs made to take any number. */
const chain =
  (op: string): Form =>
  (call) => {
    const values = call.inputs.map((_, index) => input(call, index));
    if (values.length === 1) return values;
    let result = input(call, 0);
    for (const value of values.slice(1, -1)) result = call.g.op(op, [result, value]);
    return make(call, op, [result, values.at(-1)]);
  };

/** Before opset 13 the axis cut the shape in two, and the second part was normalised as a whole. */
const alongRest: Form = (call) => {
  const x = input(call, 0);
  if (call.opset >= 13) return plain(call);
  const rank = x.shape.length;
  const { axis = 1 } = call.attributes as { axis?: number };
  const from = axisOf(axis, rank);
  if (x.shape.slice(from + 1).every((dim) => dim === 1)) return make(call, call.op, [x], { axis: from });
  const flat = call.g.op(call.op, [call.g.op('Flatten', [x], { axis: from })], { axis: 1 });
  return make(call, 'Reshape', [flat], { shape: x.shape });
};

/** The same elements in another shape: of a constant, a constant. */
const reshaped: Form = (call) => {
  const outputs = plain(call);
  const x = input(call, 0);
  const { constant } = x;
  const shape = outputs[0]!.shape;
  if (!constant || outputs[0]!.constant || shape.some(isBatch)) return outputs;
  return lazily(call, constant, shape as number[], constant.read);
};

/** @param at which input holds the scales; the sizes come after them */
function resize(call: Call, op: 'Resize' | 'Upsample', at: number): readonly Value[] {
  const x = input(call, 0);
  const given = (index: number, what: string) => {
    const value = call.inputs[index];
    const numbers = value && numbersOf(value, what);
    return numbers?.length ? numbers : undefined;
  };
  const parameters = { scales: given(at, 'its scale'), sizes: given(at + 1, 'its size') };
  const outputs = make(call, 'Resize', [x], readResize(op, call.opset, call.attributes, parameters));
  return (outputs[0]!.node!.attributes.axes as number[]).length === 0 ? [x] : outputs;
}

const forms: Readonly<Record<string, Form>> = {
  Identity: alias,

  Dropout: (call) => {
    const x = input(call, 0);
    const training = call.inputs[2];
    if (training && numbersOf(training, 'its mode')[0] !== 0) {
      throw new SaliencyError('unsupported', 'the model was exported for training: export it after eval()');
    }
    // The second output is the mask of what was kept: all of it.
    return call.outputs === 1 ? [x] : [x, call.g.expand(call.g.scalar(1, 'bool'), x.shape)];
  },

  BatchNormalization: (call) => {
    const { training_mode, spatial = 1 } = call.attributes;
    if (training_mode) {
      throw new SaliencyError('unsupported', 'the model was exported for training: export it after eval()');
    }
    if (spatial !== 1) throw new SaliencyError('unsupported', 'statistics for each pixel are not supported');
    return plain(call).slice(0, 1);
  },

  /** Its further outputs are the mean and the inverse deviation. */
  LayerNormalization: (call) => {
    const [y] = plain(call) as [Value];
    if (call.outputs === 1) return [y];
    const { axis, epsilon } = y.node!.attributes as Record<string, number>;
    const { mean, inverseDeviation } = standardize(call.g, input(call, 0), axis!, epsilon!);
    return [y, mean, inverseDeviation];
  },

  Constant: (call) => {
    const { value, value_float, value_int, value_floats, value_ints } = call.attributes;
    const name = call.names.outputs?.[0];
    const made = (data: readonly number[], shape: number[], dtype: 'float32' | 'int64') => [
      call.g.constantOf(tensor(data, shape, dtype), name),
    ];
    if (value !== undefined) return [call.g.constantOf(value as Tensor, name)];
    if (value_float !== undefined) return made([value_float as number], [], 'float32');
    if (value_int !== undefined) return made([value_int as number], [], 'int64');
    if (value_floats) return made(value_floats as number[], [(value_floats as number[]).length], 'float32');
    if (value_ints) return made(value_ints as number[], [(value_ints as number[]).length], 'int64');
    throw new SaliencyError('unsupported', 'a constant of text or of sparse elements is not supported');
  },

  Cast: (call) => {
    const x = input(call, 0);
    const to = computedIn(dtypeOfCode(call.attributes.to as TensorProto_DataType, 'the cast'));
    return x.dtype === to ? [x] : make(call, 'Cast', [x], { to });
  },

  CastLike: (call) => {
    const x = input(call, 0);
    const to = input(call, 1).dtype;
    return x.dtype === to ? [x] : make(call, 'Cast', [x], { to });
  },

  Softmax: alongRest,
  LogSoftmax: alongRest,
  Max: chain('Max'),
  Min: chain('Min'),
  Sum: chain('Add'),

  Mean: (call) => {
    const sum = call.inputs.map((_, index) => input(call, index)).reduce((a, b) => call.g.add(a, b));
    return make(call, 'Mul', [sum, call.g.scalar(1 / call.inputs.length)]);
  },

  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,

  Transpose: (call) => {
    const outputs = plain(call);
    const { perm: order } = outputs[0]!.node?.attributes ?? {};
    const undone = order && withoutTranspose(call.g, input(call, 0), order as number[]);
    if (undone) return [undone];
    const { constant } = input(call, 0);
    const output = outputs[0]!;
    if (!constant || output.constant) return outputs;
    const perm = output.node!.attributes.perm as number[];
    return lazily(call, constant, output.shape as number[], () => transposed(constant, perm));
  },

  Expand: (call) => {
    const outputs = plain(call);
    const { constant } = input(call, 0);
    const shape = outputs[0]!.shape;
    if (!constant || sizeOf(constant.shape) !== 1 || outputs[0]!.constant || shape.some(isBatch))
      return outputs;
    return lazily(call, constant, shape as number[], () => filled(constant, shape as number[]));
  },

  ConstantOfShape: (call) => {
    const shape = numbersOf(input(call, 0), 'its shape');
    if (shape.some(isBatch) || sizeOf(shape as number[]) <= SMALL) return plain(call);
    const value = (call.attributes.value as Tensor | undefined) ?? tensor([0], [1]);
    const constant = { ...value, read: () => value.data };
    return lazily(call, value, shape as number[], () => filled(constant, shape as number[]));
  },

  Slice: (call) => {
    // Up to N along an axis of N elements is all of it.
    const ends = call.inputs[2]?.content;
    const { shape } = input(call, 0);
    if (!ends?.some(isBatch)) return plain(call);
    const axes = call.inputs[3] ? numbersOf(call.inputs[3], 'its axes') : ends.map((_, axis) => axis);
    const whole = ends.map((end, i) => {
      const axis = axes[i] as number;
      return isBatch(end) && sameDim(shape.at(axis) ?? 0, end) ? Number.MAX_SAFE_INTEGER : end;
    });
    return plain({ ...call, inputs: call.inputs.with(2, { ...call.inputs[2]!, content: whole }) });
  },

  Gather: (call) => {
    const view = gatherStrided(call.g, input(call, 0), input(call, 1));
    return view ? [view] : plain(call);
  },

  Split: (call) => {
    if (call.inputs[1] || call.attributes.split) return plain(call);
    const { shape } = input(call, 0);
    const { axis = 0 } = call.attributes as { axis?: number };
    const size = shape.at(axis);
    if (typeof size !== 'number') throw new SaliencyError('unsupported', 'the batch can’t be split');
    const each = Math.ceil(size / call.outputs);
    const split = Array.from({ length: call.outputs }, (_, i) =>
      Math.min(each, Math.max(0, size - i * each)),
    );
    return make(call, 'Split', [input(call, 0)], { axis, split });
  },

  Pad: (call) => {
    if (!call.inputs[3]) return plain(call);
    const rank = input(call, 0).shape.length;
    const given = numbersOf(input(call, 1), 'its pads') as number[];
    const axes = numbersOf(call.inputs[3], 'its axes') as number[];
    const pads = new Array<number>(2 * rank).fill(0);
    for (const [i, axis] of axes.entries()) {
      const at = axisOf(axis, rank);
      pads[at] = given[i] ?? 0;
      pads[at + rank] = given[i + axes.length] ?? 0;
    }
    const { mode = 'constant' } = call.attributes;
    const value = call.inputs[2] ? (numbersOf(call.inputs[2], 'its value')[0] as number) : 0;
    return make(call, 'Pad', [input(call, 0)], { pads, mode, value });
  },

  Resize: (call) => resize(call, 'Resize', call.opset < 11 ? 1 : 2),
  Upsample: (call) => resize(call, 'Upsample', 1),

  ...quantized,
};

/** Operators that ONNX defines by others; used where the core knows no node of that name. */
const definitions: Readonly<Record<string, Form>> = {
  ...elementwise,
  ...microsoft,
  Attention: attention,
  GridSample: gridSample,
  LpPool: lpPool,
  LRN: responseNorm,
  LpNormalization: lpNorm,
  MaxUnpool: maxUnpool,
  MeanVarianceNormalization: meanVarianceNorm,
  RMSNormalization: rmsNorm,

  GlobalLpPool: (call) => {
    const { p = 2 } = call.attributes;
    const axes = input(call, 0)
      .shape.map((_, axis) => axis)
      .slice(2);
    if (p !== 1 && p !== 2) throw new SaliencyError('unsupported', `a norm of order ${p} is not supported`);
    return definitions[`ReduceL${p}`]!({ ...call, attributes: { axes, keepdims: 1 } });
  },

  /** Until opset 12 of Microsoft's domain and in no domain in files that onnxruntime wrote. */
  SimplifiedLayerNormalization: rmsNorm,

  /** Indices from either end; what is at none of the places is `off`. */
  OneHot: (call) => {
    const depth = fixedSize(numbersOf(input(call, 1), 'its depth')[0]!, 'the depth');
    const { g } = call;
    const indices = g.cast(input(call, 0), 'int64');
    const rank = indices.shape.length + 1;
    const { axis = -1 } = call.attributes as { axis?: number };
    const at = axisOf(axis, rank);
    const isBelow = g.less(indices, g.scalar(0, 'int64'));
    const wrapped = g.where(isBelow, g.add(indices, g.scalar(depth, 'int64')), indices);
    const places = upTo(
      g,
      depth,
      Array.from({ length: rank }, (_, own) => (own === at ? depth : 1)),
    );
    const isThere = g.op('Equal', [g.op('Unsqueeze', [wrapped], { axes: [at] }), places]);
    const [off, on] = [0, 1].map((place) =>
      g.reshape(g.slice(input(call, 2), [place], [place + 1], [0]), []),
    );
    return make(call, 'Where', [isThere, on, off]);
  },

  Hardmax: (call) => {
    const { g } = call;
    const x = input(call, 0);
    const { axis = -1 } = call.attributes as { axis?: number };
    const at = axisOf(axis, x.shape.length);
    const size = fixedSize(x.shape[at]!, 'the size of the axis');
    const places = upTo(
      g,
      size,
      x.shape.map((_, own) => (own === at ? size : 1)),
    );
    return make(call, 'Cast', [g.op('Equal', [g.op('ArgMax', [x], { axis: at, keepdims: 1 }), places])], {
      to: x.dtype,
    });
  },

  /** A product with a triangle of ones: exact while sums of integers stay below 2^24. */
  CumSum: (call) => {
    const { g } = call;
    const x = input(call, 0);
    const { exclusive = 0, reverse = 0 } = call.attributes as Record<string, number>;
    const [given] = numbersOf(input(call, 1), 'its axis') as number[];
    const axis = axisOf(given!, x.shape.length);
    const size = fixedSize(x.shape[axis]!, 'the size of the axis');
    if (size > LONGEST_SUM)
      throw new SaliencyError('unsupported', `a running sum of ${size} elements (${LONGEST_SUM} at most)`);
    const matrix = new Float32Array(size * size);
    for (let to = 0; to < size; to++) {
      for (let from = 0; from < size; from++) {
        const before = reverse ? from - to : to - from;
        matrix[to * size + from] = Number(exclusive ? before > 0 : before >= 0);
      }
    }
    const sum = mapAxes(g, g.cast(x, 'float32'), [{ axis, matrix, from: size, to: size }]);
    return x.dtype === 'float32' ? [sum] : make(call, 'Cast', [sum], { to: x.dtype });
  },

  SpaceToDepth: (call) => {
    const { g } = call;
    const x = input(call, 0);
    const [n, c, ...spatial] = x.shape as [Dim, number, ...number[]];
    const block = Number(call.attributes.blocksize);
    const [h, w] = spatial.map((size) => size / block) as [number, number];
    const places = g.reshape(x, [n, c, h, block, w, block]);
    const shape = [n, c * block * block, h, w];
    const order = call.attributes.mode === 'CRD' ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4];
    return make(call, 'Reshape', [g.transpose(places, order)], { shape });
  },

  ReduceL1: (call) => summed(call, call.g.op('Abs', [input(call, 0)])),
  ReduceSumSquare: (call) => summed(call, call.g.mul(input(call, 0), input(call, 0))),

  /** Below the smallest normal number the sum is cut off, so that the gradient at the origin is 0, as PyTorch's is. */
  ReduceL2: (call) => {
    const [sum] = summed(call, call.g.mul(input(call, 0), input(call, 0))) as [Value];
    return make(call, 'Sqrt', [call.g.op('Clip', [sum], { min: SMALLEST_NORMAL })]);
  },

  ReduceLogSum: (call) => make(call, 'Log', [summed(call, input(call, 0))[0]]),

  ReduceLogSumExp: (call) => {
    const x = input(call, 0);
    const [largest] = plain({ ...call, op: 'ReduceMax', names: {} }) as [Value];
    const { axes } = largest.node!.attributes;
    const wide = call.g.op('ReduceMax', [x], { axes, keepdims: 1 });
    const [sum] = summed(call, call.g.op('Exp', [call.g.sub(x, wide)])) as [Value];
    return make(call, 'Add', [call.g.op('Log', [sum]), largest]);
  },

  InstanceNormalization: (call) => {
    const { epsilon = 1e-5 } = call.attributes as { epsilon?: number };
    return [instanceNorm(call.g, input(call, 0), input(call, 1), input(call, 2), epsilon)];
  },

  GroupNormalization: (call) => {
    const { epsilon = 1e-5, num_groups: groups } = call.attributes as {
      epsilon?: number;
      num_groups: number;
    };
    return [groupNorm(call.g, input(call, 0), input(call, 1), input(call, 2), { groups, epsilon })];
  },

  Einsum: (call) => {
    const operands = call.inputs.map((_, index) => input(call, index));
    return [einsum(call.g, String(call.attributes.equation), operands)];
  },

  Trilu: (call) => {
    const x = input(call, 0);
    const { upper = 1 } = call.attributes as { upper?: number };
    const k = call.inputs[1] ? (numbersOf(call.inputs[1], 'its diagonal')[0] as number) : 0;
    const [rows, columns] = x.shape.slice(-2).map((dim) => fixedSize(dim, 'a side of a triangle')) as [
      number,
      number,
    ];
    if (rows * columns > LARGEST_TRIANGLE) {
      throw new SaliencyError('unsupported', `a triangle of ${rows} × ${columns} is too large for a mask`);
    }
    const isKept = (at: number) => {
      const above = (at % columns) - (Math.floor(at / columns) % rows);
      return upper ? above >= k : above <= k;
    };
    const { constant } = x;
    if (constant && !x.content)
      return lazily(call, constant, constant.shape, () => masked(constant.read(), isKept));
    const read = () => Uint8Array.from({ length: rows * columns }, (_, at) => Number(isKept(at)));
    const kept = call.g.constantOf({ dtype: 'bool', shape: [rows, columns], read });
    return make(call, 'Where', [kept, x, call.g.scalar(0, x.dtype)]);
  },

  Tile: (call) => {
    const x = input(call, 0);
    const repeats = numbersOf(input(call, 1), 'its repeats');
    const pairs = x.shape.map((dim, axis) => [repeats[axis] ?? 1, dim] as const);
    const split = call.g.reshape(
      x,
      pairs.flatMap(([, dim]) => [1, dim]),
    );
    const wide = call.g.expand(split, pairs.flat());
    const joined = pairs.map(([times, dim]) => productDim(times, dim));
    return make(call, 'Reshape', [wide], { shape: joined });
  },
};

/** The longest running sum, which is a product with a square matrix. */
const LONGEST_SUM = 2048;

/** The most elements of a mask that is a triangle. */
const LARGEST_TRIANGLE = 2 ** 24;

/** 0, 1, … size - 1 along one axis. */
function upTo(g: Builder, size: number, shape: readonly number[]): Value {
  if (size > LONGEST_COUNT) throw new SaliencyError('unsupported', `${size} places are too many`);
  return g.constant(
    Array.from({ length: size }, (_, at) => at),
    shape,
    'int64',
  );
}

/** The most places that are numbered. */
const LONGEST_COUNT = 2 ** 16;

/** A ReduceSum with the axes of the call. */
function summed(call: Call, x: Value): readonly Value[] {
  return plain({ ...call, op: 'ReduceSum', inputs: call.inputs.with(0, x) });
}

function masked(data: TypedArray, isKept: (at: number) => boolean): TypedArray {
  const result = data.slice();
  for (let at = 0; at < result.length; at++) if (!isKept(at)) (result as Float32Array)[at] = 0;
  return result;
}

function productDim(a: Dim, b: Dim): Dim {
  if (!isBatch(a)) return isBatch(b) ? { batch: a * b.batch } : a * b;
  if (isBatch(b)) throw new SaliencyError('unsupported', 'the batch can’t be repeated batch times');
  return { batch: a.batch * b };
}

function filled({ dtype, read }: Constant, shape: readonly number[]): TypedArray {
  const [element = 0] = read();
  const data = new arrayOf[dtype](sizeOf(shape));
  return (data as Float32Array).fill(element as number);
}

function transposed({ dtype, shape, read }: Constant, perm: readonly number[]): TypedArray {
  const from = read();
  const to = new arrayOf[dtype](from.length);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const sizes = perm.map((axis) => shape[axis]!);
  const steps = perm.map((axis) => strides[axis]!);
  const index = new Array<number>(perm.length).fill(0);
  let offset = 0;
  for (let at = 0; at < to.length; at++) {
    to[at] = from[offset]!;
    for (let axis = perm.length - 1; axis >= 0; axis--) {
      offset += steps[axis]!;
      if (++index[axis]! < sizes[axis]!) break;
      offset -= steps[axis]! * sizes[axis]!;
      index[axis] = 0;
    }
  }
  return to;
}
