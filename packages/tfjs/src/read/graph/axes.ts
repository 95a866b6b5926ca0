/** Operators of a GraphModel that move elements along axes, reduce over them, or compute shapes. */
import {
  type Dim,
  fixedSize,
  isBatch,
  productOf,
  SaliencyError,
  sizeOf,
  type Value,
} from '@regional-saliency/core';
import { type Call, type Form, fixedNumberOf, fixedNumbersOf, input, numbersOf, plain } from './call';

/** "To the end", as ONNX says it, in either direction. */
const END = 2 ** 31 - 1;

/** A larger constant is not made, but stays an expanded number. */
const SMALL = 1024;

const axisOf = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

const reduced =
  (op: string): Form =>
  (call) => {
    const axes = fixedNumbersOf(call, 1, 'its axes');
    const keepdims = Number(call.attributes.flag('keep_dims'));
    const x = input(call, 0);
    if (axes.length === 0) return [x];
    return [call.m.op(op, [x], { axes: [...axes], keepdims }, call.names)];
  };

const extreme =
  (prepare: (call: Call) => Value): Form =>
  (call) => {
    const axis = fixedNumberOf(call, 1, 'its axis');
    const index = call.m.op('ArgMax', [prepare(call)], { axis, keepdims: 0 });
    return [call.m.op('Cast', [index], { to: 'int32' }, call.names)];
  };

/** Whether all (the least) or any (the largest) along some axes is true. */
const logical =
  (op: 'ReduceMin' | 'ReduceMax'): Form =>
  (call) => {
    const { m, names } = call;
    const axes = [...fixedNumbersOf(call, 1, 'its axes')];
    const keepdims = Number(call.attributes.flag('keep_dims'));
    const ones = m.op('Cast', [input(call, 0)], { to: 'float32' });
    const found = axes.length === 0 ? ones : m.op(op, [ones], { axes, keepdims });
    return [m.op('Cast', [found], { to: 'bool' }, names)];
  };

/** The root of a sum of squares. */
const euclideanNorm: Form = (call) => {
  const { m, names } = call;
  const x = input(call, 0);
  const axes = [...fixedNumbersOf(call, 1, 'its axes')];
  const keepdims = Number(call.attributes.flag('keep_dims'));
  const squares = m.op('Mul', [x, x]);
  return [
    m.op('Sqrt', [axes.length === 0 ? squares : m.op('ReduceSum', [squares], { axes, keepdims })], {}, names),
  ];
};

const reverse: Form = (call) => {
  const x = input(call, 0);
  const axes = fixedNumbersOf(call, 1, 'its axes').map((axis) => axisOf(axis, x.shape.length));
  if (axes.length === 0) return [x];
  const all = (value: number) => axes.map(() => value);
  const attributes = { starts: all(END), ends: all(-END), axes, steps: all(-1) };
  return [call.m.op('Slice', [x], attributes, call.names)];
};

/** The product of the last two axes. */
const batchProduct: Form = (call) => {
  const { g, names, attributes } = call;
  const [a, b] = [input(call, 0), input(call, 1)];
  const left = attributes.flag('adj_x') ? g.swapLast(a) : a;
  const right = attributes.flag('adj_y') ? g.swapLast(b) : b;
  return [g.op('MatMul', [left, right], {}, names)];
};

/** How much is added before and behind each axis. */
function padsOf(call: Call): { readonly before: number[]; readonly after: number[] } {
  const list = fixedNumbersOf(call, 1, 'its padding');
  const rank = input(call, 0).shape.length;
  if (list.length !== 2 * rank) {
    throw new SaliencyError('bad-file', `its padding has ${list.length} numbers for ${rank} axes`);
  }
  return {
    before: list.filter((_, at) => at % 2 === 0),
    after: list.filter((_, at) => at % 2 === 1),
  };
}

function padded(call: Call, value: number): readonly Value[] {
  const { before, after } = padsOf(call);
  const attributes = { pads: [...before, ...after], mode: 'constant', value };
  return [call.m.op('Pad', [input(call, 0)], attributes, call.names)];
}

const mirrored: Form = (call) => {
  const { g, m, names } = call;
  const { before, after } = padsOf(call);
  const x = input(call, 0);
  const mode = call.attributes.text('mode');
  if (mode === 'REFLECT') return [m.op('Pad', [x], { pads: [...before, ...after], mode: 'reflect' }, names)];
  if (mode !== 'SYMMETRIC') throw new SaliencyError('bad-file', `its mode "${mode}" is unknown`);
  // The border is mirrored with the pixels that touch it, which ONNX has no word for: each place is taken from its mirror.
  let y = x;
  for (const [axis, extra] of before.entries()) {
    if (extra === 0 && after[axis] === 0) continue;
    const size = fixedSize(x.shape[axis]!, 'a padded axis');
    if (extra > size || after[axis]! > size) {
      throw new SaliencyError('bad-file', `its padding is larger than axis ${axis}`);
    }
    const places = Array.from({ length: extra + size + after[axis]! }, (_, at) => {
      const place = at - extra;
      return place < 0 ? -place - 1 : place >= size ? 2 * size - place - 1 : place;
    });
    y = m.op('Gather', [y, g.constant(places, [places.length], 'int64')], { axis });
  }
  return [y];
};

const transpose: Form = (call) => {
  const perm = fixedNumbersOf(call, 1, 'its order of axes');
  return [call.m.op('Transpose', [input(call, 0)], { perm: [...perm] }, call.names)];
};

const reshape: Form = (call) => {
  const shape = numbersOf(call, 1, 'its shape');
  return [call.m.op('Reshape', [input(call, 0)], { shape: [...shape], allowzero: 1 }, call.names)];
};

const squeeze: Form = (call) => {
  const { attributes, m, names } = call;
  const axes = attributes.has('squeeze_dims')
    ? attributes.numbers('squeeze_dims')
    : attributes.numbers('axis', []);
  return [m.op('Squeeze', [input(call, 0)], axes.length > 0 ? { axes: [...axes] } : {}, names)];
};

const expandDims: Form = (call) => {
  const axes = [fixedNumberOf(call, 1, 'its axis')];
  return [call.m.op('Unsqueeze', [input(call, 0)], { axes }, call.names)];
};

const concat =
  (axisAt: 'first' | 'last'): Form =>
  (call) => {
    const at = axisAt === 'first' ? 0 : call.inputs.length - 1;
    const axis = fixedNumberOf(call, at, 'its axis');
    const parts = call.inputs.filter((_, index) => index !== at);
    // Computed shapes may have empty parts.
    const full = parts.filter((part) => !part.shape.includes(0));
    if (full.length < 2) return [full[0] ?? input(call, at === 0 ? 1 : 0)];
    return [call.m.op('Concat', full, { axis }, call.names)];
  };

function parts(call: Call, x: Value, axis: number, split: readonly number[]): readonly Value[] {
  if (split.length === 1) return [x];
  return call.m.outputs('Split', [x], { axis, split: [...split] }, { name: call.names.name });
}

const split: Form = (call) => {
  const x = input(call, 1);
  const axis = axisOf(fixedNumberOf(call, 0, 'its axis'), x.shape.length);
  const count = call.attributes.number('num_split');
  const size = fixedSize(x.shape[axis] ?? 1, 'a split axis');
  if (!(count >= 1) || size % count !== 0) {
    throw new SaliencyError('bad-file', `an axis of ${size} can't be split into ${count}`);
  }
  return parts(call, x, axis, new Array<number>(count).fill(size / count));
};

const splitBySizes: Form = (call) => {
  const x = input(call, 0);
  const sizes = [...fixedNumbersOf(call, 1, 'its sizes')];
  const axis = axisOf(fixedNumberOf(call, 2, 'its axis'), x.shape.length);
  const open = sizes.indexOf(-1);
  if (open >= 0) {
    const rest = sizes.reduce((sum, size) => sum + size, 1);
    sizes[open] = fixedSize(x.shape[axis] ?? 1, 'a split axis') - rest;
  }
  return parts(call, x, axis, sizes);
};

const pack: Form = (call) => {
  const { m, names, attributes } = call;
  const rank = input(call, 0).shape.length + 1;
  const axis = axisOf(attributes.number('axis', 0), rank);
  const wide = call.inputs.map((value) => m.op('Unsqueeze', [value], { axes: [axis] }));
  return [wide.length === 1 ? wide[0]! : m.op('Concat', wide, { axis }, names)];
};

const unpack: Form = (call) => {
  const { m, attributes } = call;
  const x = input(call, 0);
  const axis = axisOf(attributes.number('axis', 0), x.shape.length);
  const count = fixedSize(x.shape[axis] ?? 1, 'an axis that is taken apart');
  return Array.from({ length: count }, (_, at) => {
    const part = m.op('Slice', [x], { starts: [at], ends: [at + 1], axes: [axis] });
    return m.op('Squeeze', [part], { axes: [axis] });
  });
};

/** Python's x[a:b:c, …, None, i]: each bit of a mask is about the entry at its place. */
const stridedSlice: Form = (call) => {
  const { m, names, attributes } = call;
  const x = input(call, 0);
  const [begin, end, strides] = [
    numbersOf(call, 1, 'its begin'),
    numbersOf(call, 2, 'its end'),
    fixedNumbersOf(call, 3, 'its step'),
  ];
  if (end.length !== begin.length || strides.length !== begin.length) {
    throw new SaliencyError('bad-file', 'its begin, end and step are not equally long');
  }
  const bit = (mask: string) => {
    const bits = attributes.number(mask, 0);
    return (at: number) => Boolean(bits & (1 << at));
  };
  const [fromStart, toEnd] = [bit('begin_mask'), bit('end_mask')];
  const [isEllipsis, isNew, isIndex] = [bit('ellipsis_mask'), bit('new_axis_mask'), bit('shrink_axis_mask')];
  const rank = x.shape.length;
  const own = begin.filter((_, at) => !isEllipsis(at) && !isNew(at)).length;
  if (own > rank) throw new SaliencyError('bad-file', `it slices ${own} axes of ${rank}`);
  const slice = { starts: [] as number[], ends: [] as number[], axes: [] as number[], steps: [] as number[] };
  const dropped: number[] = [];
  const shape: (Dim | 'kept')[] = [];
  let axis = 0;
  for (const [at, from] of begin.entries()) {
    if (isEllipsis(at)) {
      for (let count = rank - own; count > 0; count--) {
        shape.push('kept');
        axis++;
      }
      continue;
    }
    if (isNew(at)) {
      shape.push(1);
      continue;
    }
    const dim = x.shape[axis]!;
    const step = strides[at]!;
    if (step === 0) throw new SaliencyError('bad-file', 'its step is 0');
    if (isIndex(at)) {
      const index = fixedSize(from, 'an index');
      const size = isBatch(dim) ? undefined : dim;
      if (index < 0 ? size === undefined || index < -size : size !== undefined && index >= size) {
        throw new SaliencyError('bad-file', `its index ${index} is outside of axis ${axis}`);
      }
      const place = index < 0 ? index + size! : index;
      slice.starts.push(place);
      slice.ends.push(place + 1);
      slice.axes.push(axis);
      slice.steps.push(1);
      dropped.push(axis);
    } else {
      // Up to N along an axis of N elements is all of it.
      const to = end[at]!;
      const first = fromStart(at) ? (step > 0 ? 0 : END) : fixedSize(from, 'where a slice begins');
      const stop = toEnd(at) || isBatch(to) ? (step > 0 ? END : -END) : to;
      if (isBatch(to) && !toEnd(at) && !(isBatch(dim) && dim.batch === to.batch)) {
        throw new SaliencyError('unsupported', 'where a slice ends depends on the batch size');
      }
      const isWhole = step === 1 && first === 0 && stop === END;
      if (!isWhole) {
        slice.starts.push(first);
        slice.ends.push(stop);
        slice.axes.push(axis);
        slice.steps.push(step);
      }
      shape.push('kept');
    }
    axis++;
  }
  const taken = slice.axes.length > 0 ? m.op('Slice', [x], slice, names) : x;
  const kept = taken.shape.filter((_, at) => !dropped.includes(at));
  for (let rest = rank - axis; rest > 0; rest--) shape.push('kept');
  let next = 0;
  const target = shape.map((dim) => (dim === 'kept' ? kept[next++]! : dim));
  return [m.op('Reshape', [taken], { shape: target, allowzero: 1 }, names)];
};

const slice: Form = (call) => {
  const x = input(call, 0);
  const begin = fixedNumbersOf(call, 1, 'its begin');
  const size = numbersOf(call, 2, 'its size');
  const axes = begin.flatMap((from, axis) => {
    const wanted = size[axis];
    const dim = x.shape[axis];
    const isWhole = from === 0 && (wanted === -1 || (isBatch(wanted ?? 0) && isBatch(dim ?? 0)));
    return isWhole ? [] : [axis];
  });
  if (axes.length === 0) return [x];
  const starts = axes.map((axis) => begin[axis]!);
  const ends = axes.map((axis) => {
    const wanted = fixedSize(size[axis] ?? -1, 'its size');
    return wanted === -1 ? END : begin[axis]! + wanted;
  });
  return [call.m.op('Slice', [x], { starts, ends, axes }, call.names)];
};

const gather: Form = (call) => {
  const { m, names, attributes } = call;
  const axis = call.inputs[2] ? fixedNumberOf(call, 2, 'its axis') : 0;
  if (attributes.number('batch_dims', 0) !== 0) {
    throw new SaliencyError('unsupported', 'batch_dims are not supported');
  }
  return [m.op('Gather', [input(call, 0), input(call, 1)], { axis }, names)];
};

const tile: Form = (call) => {
  const { g, m, names } = call;
  const x = input(call, 0);
  const times = numbersOf(call, 1, 'its repeats');
  if (times.length !== x.shape.length) throw new SaliencyError('bad-file', 'its repeats are not one an axis');
  if (x.shape.every((dim, axis) => dim === 1 || times[axis] === 1)) {
    const shape = x.shape.map((dim, axis) => productOf([dim, times[axis]!]));
    return [m.op('Expand', [x], { shape }, names)];
  }
  const apart = g.reshape(
    x,
    x.shape.flatMap((dim) => [1, dim]),
  );
  const wide = g.expand(
    apart,
    x.shape.flatMap((dim, axis) => [times[axis]!, dim]),
  );
  const shape = x.shape.map((dim, axis) => productOf([dim, times[axis]!]));
  return [m.op('Reshape', [wide], { shape }, names)];
};

const alongLast =
  (op: string): Form =>
  (call) => [call.m.op(op, [input(call, 0)], { axis: input(call, 0).shape.length - 1 }, call.names)];

/** Shapes are 32-bit integers in tfjs. */
const integers = ({ g }: Call, value: Value) => g.cast(value, 'int32');

const fill: Form = (call) => {
  const { g } = call;
  const shape = numbersOf(call, 0, 'its shape');
  const value = input(call, 1);
  const element = value.content?.[0];
  if (typeof element === 'number' && !shape.some(isBatch) && sizeOf(shape as number[]) <= SMALL) {
    const size = sizeOf(shape as number[]);
    return [g.constant(new Array<number>(size).fill(element), shape as number[], value.dtype)];
  }
  return [g.expand(value, shape)];
};

export const alongAxes: Readonly<Record<string, Form>> = {
  Mean: reduced('ReduceMean'),
  Sum: reduced('ReduceSum'),
  Max: reduced('ReduceMax'),
  Min: reduced('ReduceMin'),
  Prod: reduced('ReduceProd'),
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  EuclideanNorm: euclideanNorm,
  ReverseV2: reverse,
  ArgMax: extreme((call) => input(call, 0)),
  ArgMin: extreme((call) => call.m.op('Neg', [input(call, 0)])),
  Softmax: alongLast('Softmax'),
  LogSoftmax: alongLast('LogSoftmax'),
  BatchMatMul: batchProduct,
  BatchMatMulV2: batchProduct,

  Pad: (call) => padded(call, 0),
  PadV2: (call) => padded(call, fixedNumberOf(call, 2, 'its value')),
  MirrorPad: mirrored,
  Transpose: transpose,
  Reshape: reshape,
  Squeeze: squeeze,
  ExpandDims: expandDims,
  Concat: concat('first'),
  ConcatV2: concat('last'),
  Split: split,
  SplitV: splitBySizes,
  Pack: pack,
  Unpack: unpack,
  StridedSlice: stridedSlice,
  Slice: slice,
  Gather: gather,
  GatherV2: gather,
  GatherNd: plain('GatherND'),
  Tile: tile,
  BroadcastTo: (call) => {
    const shape = [...numbersOf(call, 1, 'its shape')];
    return [call.m.op('Expand', [input(call, 0)], { shape }, call.names)];
  },

  Shape: (call) => [integers(call, call.g.op('Shape', [input(call, 0)]))],
  ShapeN: (call) => call.inputs.map((value) => integers(call, call.g.op('Shape', [value]))),
  Size: (call) => [integers(call, call.g.op('Size', [input(call, 0)]))],
  Rank: (call) => [call.g.constant([input(call, 0).shape.length], [], 'int32')],
  Fill: fill,
  Range: (call) => [call.g.op('Range', call.inputs, {}, call.names)],
};
