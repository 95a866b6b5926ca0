/** Operators that only move elements: their gradient moves them back. */
import { axisOf, dimsOf, intOf, intsOf, stringOf } from '../attributes';
import type { Builder } from '../builder';
import {
  type Dim,
  fixedSize,
  isBatch,
  productOf,
  quotientOf,
  sameDim,
  sameShape,
  showShape,
} from '../dimension';
import { SaliencyError } from '../errors';
import type { Attributes, Value } from '../graph';
import { sizeOf, stridesOf } from '../tensor';
import { mappedSize, padMap, unmapAxes } from './along-axis';
import { type Operator, type OutputType, type Rule, required, type Small } from './operator';

/** The elements at the given places along each axis, for folding. */
function pick(x: Small, places: readonly (readonly number[])[]): Small {
  const shape = places.map((along) => along.length);
  const strides = stridesOf(x.shape);
  let offsets = [0];
  for (const [axis, along] of places.entries()) {
    offsets = offsets.flatMap((offset) => along.map((place) => offset + place * strides[axis]!));
  }
  return { dtype: x.dtype, shape, elements: offsets.map((offset) => x.elements[offset]!) };
}

const upTo = (size: number) => Array.from({ length: size }, (_, at) => at);

/** Relevance goes back in the shape of the input. */
const reshapeBack: Rule = ({ g, node }, [r]) => [g.reshape(r!, node.inputs[0]!.shape)];

/** The target shape of ONNX's Reshape made explicit: 0 copies, -1 is what is left. */
function explicitShape(from: readonly Dim[], wanted: readonly Dim[], allowZero: boolean): Dim[] {
  const shape = wanted.map((dim, axis) => {
    if (dim !== 0 || allowZero) return dim;
    if (axis >= from.length)
      throw new SaliencyError('bad-input', `Reshape copies axis ${axis}, which is not there`);
    return from[axis]!;
  });
  const open = shape.indexOf(-1);
  if (open >= 0) {
    const rest = productOf(shape.filter((_, axis) => axis !== open));
    const left = quotientOf(productOf(from), rest);
    if (left === undefined) {
      throw new SaliencyError(
        'bad-input',
        `a tensor of shape ${showShape(from)} can't be reshaped to ${showShape(wanted)}`,
      );
    }
    shape[open] = left;
  }
  if (!sameDim(productOf(shape), productOf(from))) {
    throw new SaliencyError(
      'bad-input',
      `a tensor of shape ${showShape(from)} can't be reshaped to ${showShape(wanted)}`,
    );
  }
  return shape;
}

/** Attribute `shape`. */
export const Reshape: Operator = {
  normalize: (attributes, inputs) => ({
    shape: explicitShape(required(inputs, 0).shape, dimsOf(attributes, 'shape'), attributes.allowzero === 1),
  }),
  infer: (inputs, attributes) => [{ dtype: required(inputs, 0).dtype, shape: dimsOf(attributes, 'shape') }],
  gradient: reshapeBack,
  evaluate: ([x], attributes) => ({ ...x!, shape: dimsOf(attributes, 'shape') as number[] }),
};

export const Flatten: Operator = {
  normalize: (attributes, inputs) => {
    const rank = required(inputs, 0).shape.length;
    const axis = intOf(attributes, 'axis', 1);
    return { axis: axis < 0 ? axis + rank : axis };
  },
  infer: (inputs, attributes) => {
    const { dtype, shape } = required(inputs, 0);
    const axis = intOf(attributes, 'axis');
    return [{ dtype, shape: [productOf(shape.slice(0, axis)), productOf(shape.slice(axis))] }];
  },
  gradient: reshapeBack,
};

/** Attribute `axes`; without it, every axis of size 1. */
export const Squeeze: Operator = {
  normalize: (attributes, inputs) => {
    const { shape } = required(inputs, 0);
    if (attributes.axes)
      return { axes: intsOf(attributes, 'axes').map((axis) => axisOf(axis, shape.length)) };
    return { axes: shape.flatMap((dim, axis) => (dim === 1 ? [axis] : [])) };
  },
  infer: (inputs, attributes) => {
    const { dtype, shape } = required(inputs, 0);
    const axes = intsOf(attributes, 'axes');
    return [{ dtype, shape: shape.filter((_, axis) => !axes.includes(axis)) }];
  },
  gradient: reshapeBack,
  evaluate: ([x], attributes) => {
    const axes = intsOf(attributes, 'axes');
    return { ...x!, shape: x!.shape.filter((_, axis) => !axes.includes(axis)) };
  },
};

export const Unsqueeze: Operator = {
  normalize: (attributes, inputs) => {
    const axes = intsOf(attributes, 'axes');
    const rank = required(inputs, 0).shape.length + axes.length;
    return { axes: axes.map((axis) => axisOf(axis, rank)).sort((a, b) => a - b) };
  },
  infer: (inputs, attributes) => {
    const { dtype, shape } = required(inputs, 0);
    const wider: Dim[] = [...shape];
    for (const axis of intsOf(attributes, 'axes')) wider.splice(axis, 0, 1);
    return [{ dtype, shape: wider }];
  },
  gradient: reshapeBack,
  evaluate: ([x], attributes) => {
    const shape = [...x!.shape];
    for (const axis of intsOf(attributes, 'axes')) shape.splice(axis, 0, 1);
    return { ...x!, shape };
  },
};

export const Transpose: Operator = {
  normalize: (attributes, inputs) => {
    const rank = required(inputs, 0).shape.length;
    return {
      perm: intsOf(
        attributes,
        'perm',
        Array.from({ length: rank }, (_, axis) => rank - 1 - axis),
      ),
    };
  },
  infer: (inputs, attributes) => {
    const { dtype, shape } = required(inputs, 0);
    const perm = intsOf(attributes, 'perm');
    if (perm.length !== shape.length)
      throw new SaliencyError('bad-input', `perm [${perm}] does not fit ${showShape(shape)}`);
    return [{ dtype, shape: perm.map((axis) => shape[axisOf(axis, shape.length)]!) }];
  },
  gradient: ({ g, node }, [r]) => {
    const perm = intsOf(node.attributes, 'perm');
    return [
      g.transpose(
        r!,
        perm.map((_, axis) => perm.indexOf(axis)),
      ),
    ];
  },
  evaluate: ([x], attributes) => {
    const perm = intsOf(attributes, 'perm').map((axis) => axisOf(axis, x!.shape.length));
    const [shape, own] = [perm.map((axis) => x!.shape[axis]!), stridesOf(x!.shape)];
    let offsets = [0];
    for (const [place, axis] of perm.entries()) {
      offsets = offsets.flatMap((offset) => upTo(shape[place]!).map((at) => offset + at * own[axis]!));
    }
    return { dtype: x!.dtype, shape, elements: offsets.map((offset) => x!.elements[offset]!) };
  },
};

/** Attribute `shape`: broadcast to it; an axis of size 1 there keeps the input's (as in ONNX, both ways). */
export const Expand: Operator = {
  infer: (inputs, attributes) => {
    const { dtype, shape } = required(inputs, 0);
    const to = dimsOf(attributes, 'shape');
    const rank = Math.max(shape.length, to.length);
    const result = Array.from({ length: rank }, (_, axis) => {
      const own = shape[axis - rank + shape.length] ?? 1;
      const wanted = to[axis - rank + to.length] ?? 1;
      if (own !== 1 && wanted !== 1 && !sameDim(own, wanted)) {
        throw new SaliencyError('bad-input', `${showShape(shape)} can't be expanded to ${showShape(to)}`);
      }
      return own === 1 ? wanted : own;
    });
    return [{ dtype, shape: result }];
  },
  gradient: ({ g, node }, [r]) => [g.sumTo(r!, node.inputs[0]!.shape)],
};

/** Attribute `axis`. */
export const Concat: Operator = {
  normalize: (attributes, inputs) => ({
    axis: axisOf(intOf(attributes, 'axis'), required(inputs, 0).shape.length),
  }),
  infer: (inputs, attributes) => {
    const axis = intOf(attributes, 'axis');
    const first = required(inputs, 0);
    const shape = [...first.shape];
    const sizes = inputs.map((_, index) => required(inputs, index).shape[axis]!);
    for (const input of inputs) {
      const other = [...input!.shape];
      other[axis] = shape[axis]!;
      if (!sameShape(other, shape)) {
        throw new SaliencyError(
          'bad-input',
          `${showShape(input!.shape)} can't be joined to ${showShape(first.shape)} on axis ${axis}`,
        );
      }
    }
    shape[axis] = sizes.every(isBatch)
      ? { batch: sizes.reduce((sum, size) => sum + (isBatch(size) ? size.batch : 0), 0) }
      : sizes.reduce<number>((sum, size) => sum + fixedSize(size, 'a joined axis'), 0);
    return [{ dtype: first.dtype, shape }];
  },
  gradient: ({ g, node, needs }, [r]) => {
    const axis = intOf(node.attributes, 'axis');
    let start = 0;
    return node.inputs.map((input, index) => {
      const end = start + fixedSize(input!.shape[axis]!, 'a joined axis');
      const part = needs[index] ? g.slice(r!, [start], [end], [axis]) : undefined;
      start = end;
      return part;
    });
  },
  evaluate: (inputs, attributes) => {
    const parts = inputs as Small[];
    const axis = intOf(attributes, 'axis');
    const before = sizeOf(parts[0]!.shape.slice(0, axis));
    const rows = upTo(before).flatMap((row) =>
      parts.flatMap(({ elements }) => {
        const length = elements.length / before;
        return elements.slice(row * length, (row + 1) * length);
      }),
    );
    const shape = [...parts[0]!.shape];
    shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
    return { dtype: parts[0]!.dtype, shape, elements: rows };
  },
};

/** Attributes `axis` and `split` (sizes); `num_outputs` or nothing is made into sizes by the reader. */
export const Split: Operator = {
  normalize: (attributes, inputs) => ({
    axis: axisOf(intOf(attributes, 'axis', 0), required(inputs, 0).shape.length),
    split: intsOf(attributes, 'split'),
  }),
  infer: (inputs, attributes) => {
    const { dtype, shape } = required(inputs, 0);
    const axis = intOf(attributes, 'axis');
    return intsOf(attributes, 'split').map((size) => ({
      dtype,
      shape: shape.map((dim, at) => (at === axis ? size : dim)),
    }));
  },
  gradient: ({ g, node }, relevance) => [
    g.concat(
      relevance.map((r, index) => r ?? g.zerosLike(node.outputs[index]!)),
      intOf(node.attributes, 'axis'),
    ),
  ],
};

/** Attributes `starts`, `ends`, `axes`, `steps`, made to lie within the tensor. */
export const Slice: Operator = {
  normalize: (attributes, inputs) => {
    const { shape } = required(inputs, 0);
    const starts = intsOf(attributes, 'starts');
    const ends = intsOf(attributes, 'ends');
    const axes = intsOf(
      attributes,
      'axes',
      starts.map((_, axis) => axis),
    ).map((axis) => axisOf(axis, shape.length));
    const steps = intsOf(
      attributes,
      'steps',
      starts.map(() => 1),
    );
    const kept = {
      starts: [] as number[],
      ends: [] as number[],
      axes: [] as number[],
      steps: [] as number[],
    };
    for (const [i, axis] of axes.entries()) {
      const dim = shape[axis]!;
      const step = steps[i]!;
      if (!step) throw new SaliencyError('bad-input', `a step of ${step} leads nowhere`);
      // x[:] along the batch selects everything, whatever N is.
      if (isBatch(dim) && starts[i] === 0 && step === 1 && ends[i]! >= 2 ** 31 - 1) continue;
      const size = fixedSize(dim, 'a sliced axis');
      const lowest = step > 0 ? 0 : -1;
      const within = (at: number) =>
        Math.min(Math.max(at < 0 ? at + size : at, lowest), step > 0 ? size : size - 1);
      const start = within(starts[i]!);
      // With a negative step, "down to the first" is written as what means the same when it is read again: -1 is the last.
      const end = step < 0 && ends[i]! < -size ? -size - 1 : within(ends[i]!);
      kept.starts.push(start);
      kept.ends.push(end);
      kept.axes.push(axis);
      kept.steps.push(step);
    }
    return kept;
  },
  infer: (inputs, attributes) => {
    const { dtype, shape } = required(inputs, 0);
    const result = [...shape];
    const steps = intsOf(attributes, 'steps');
    const ends = intsOf(attributes, 'ends');
    const starts = intsOf(attributes, 'starts');
    for (const [i, axis] of intsOf(attributes, 'axes').entries()) {
      result[axis] = Math.max(0, Math.ceil((Math.max(ends[i]!, -1) - starts[i]!) / steps[i]!));
    }
    return [{ dtype, shape: result }];
  },
  gradient: ({ g, node }, [r]) => {
    let back = r!;
    const full = node.inputs[0]!.shape;
    const { starts, steps, axes } = {
      starts: intsOf(node.attributes, 'starts'),
      steps: intsOf(node.attributes, 'steps'),
      axes: intsOf(node.attributes, 'axes'),
    };
    for (const [i, axis] of axes.entries()) {
      back = unslice(g, back, axis, starts[i]!, steps[i]!, fixedSize(full[axis]!, 'a sliced axis'));
    }
    return [back];
  },
  evaluate: ([x], attributes) => {
    const places = x!.shape.map(upTo);
    const [starts, ends, steps] = ['starts', 'ends', 'steps'].map((key) => intsOf(attributes, key));
    for (const [i, axis] of intsOf(attributes, 'axes').entries()) {
      const [step, last] = [steps![i]!, steps![i]! > 0 ? ends![i]! : Math.max(ends![i]!, -1)];
      places[axis] = [];
      for (let at = starts![i]!; step > 0 ? at < last : at > last; at += step) places[axis].push(at);
    }
    return pick(x!, places);
  },
};

/** Puts what a slice took along one axis back where it was, zeros between and around. */
function unslice(g: Builder, r: Value, axis: number, start: number, step: number, size: number): Value {
  let part = r;
  let stride = step;
  let first = start;
  const count = fixedSize(r.shape[axis]!, 'a sliced axis');
  if (count === 0) throw new SaliencyError('unsupported', 'a slice of no elements has no gradient');
  if (step < 0) {
    part = g.slice(part, [-1], [-count - 1], [axis], [-1]);
    stride = -step;
    first = start + step * (count - 1);
  }
  if (stride > 1 && count > 1) {
    const rank = part.shape.length;
    const wide = g.op('Unsqueeze', [part], { axes: [axis + 1] });
    const ends = new Array<number>(rank + 1).fill(0);
    ends[axis + 1] = stride - 1;
    const spread = g.pad(wide, new Array<number>(rank + 1).fill(0), ends);
    const shape: Dim[] = [...part.shape];
    shape[axis] = count * stride;
    part = g.slice(g.reshape(spread, shape), [0], [(count - 1) * stride + 1], [axis]);
  }
  const before = new Array<number>(part.shape.length).fill(0);
  const after = [...before];
  before[axis] = first;
  after[axis] = size - first - fixedSize(part.shape[axis]!, 'a sliced axis');
  return g.pad(part, before, after);
}

const padModes = ['constant', 'reflect', 'edge', 'wrap'];

/** How far an axis of a size may be padded from itself. */
const most = (mode: string, size: number) =>
  mode === 'reflect' ? size - 1 : mode === 'wrap' ? size : size > 0 || mode === 'constant' ? Infinity : 0;

/**
 * Attributes `pads` (begins, then ends; may be negative where the mode is `constant`), `mode` (`constant`, `reflect`,
 * `edge`, `wrap`), `value`.
 */
export const Pad: Operator = {
  normalize: (attributes) => ({
    pads: intsOf(attributes, 'pads'),
    mode: stringOf(attributes, 'mode', 'constant'),
    value: (attributes.value as number) ?? 0,
  }),
  infer: (inputs, attributes) => {
    const { dtype, shape } = required(inputs, 0);
    const pads = intsOf(attributes, 'pads');
    if (pads.length !== 2 * shape.length)
      throw new SaliencyError('bad-input', `pads [${pads}] don't fit ${showShape(shape)}`);
    const mode = stringOf(attributes, 'mode', 'constant');
    if (!padModes.includes(mode))
      throw new SaliencyError('unsupported', `Pad with mode "${mode}" is not supported`);
    if (mode !== 'constant' && pads.some((pad) => pad < 0))
      throw new SaliencyError('unsupported', `Pad with mode "${mode}" can't cut (pads [${pads}])`);
    const padded = shape.map((dim, axis) => {
      const [before, after] = [pads[axis]!, pads[axis + shape.length]!];
      if (before === 0 && after === 0) return dim;
      const size = fixedSize(dim, 'a padded axis');
      // What lies further out than the axis itself, runtimes read from beside the tensor.
      if (Math.max(before, after) > most(mode, size))
        throw new SaliencyError(
          'unsupported',
          `Pad with mode "${mode}" can't take ${Math.max(before, after)} from an axis of ${size}`,
        );
      return size + before + after;
    });
    return [{ dtype, shape: padded }];
  },
  gradient: ({ g, node }, [r]) => {
    const x = node.inputs[0]!;
    const pads = intsOf(node.attributes, 'pads');
    const rank = pads.length / 2;
    const mode = stringOf(node.attributes, 'mode', 'constant');
    if (mode !== 'constant') {
      const padded = [...x.shape.keys()].filter((axis) => pads[axis]! + pads[axis + rank]! > 0);
      const maps = padded.map((axis) =>
        padMap(axis, mappedSize(x, axis), pads[axis]!, pads[axis + rank]!, mode),
      );
      return [unmapAxes(g, r!, maps)];
    }
    return [
      g.pad(
        r!,
        pads.slice(0, rank).map((pad) => -pad),
        pads.slice(rank).map((pad) => -pad),
      ),
    ];
  },
};

/** One index along an axis (which then disappears), or a list of them. Negative ones count from the end. */
export const Gather: Operator = {
  normalize: (attributes, inputs) => ({
    axis: axisOf(intOf(attributes, 'axis', 0), required(inputs, 0).shape.length),
  }),
  infer: (inputs, attributes) => {
    const { dtype, shape } = required(inputs, 0);
    const axis = intOf(attributes, 'axis');
    return [
      { dtype, shape: [...shape.slice(0, axis), ...required(inputs, 1).shape, ...shape.slice(axis + 1)] },
    ];
  },
  gradient: ({ g, node, needs }, [r]) => {
    const [x, indices] = node.inputs as [Value, Value];
    return needs[0] ? [ungather(g, r!, x, indices, intOf(node.attributes, 'axis')), undefined] : [];
  },
  evaluate: ([x, indices], attributes) => {
    const axis = intOf(attributes, 'axis');
    const taken: number[] = [];
    for (const index of indices!.elements) {
      if (isBatch(index)) return undefined;
      taken.push(axisOf(index, x!.shape[axis]!));
    }
    const places = x!.shape.map((size, at) => (at === axis ? taken : upTo(size)));
    const shape = [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)];
    return { ...pick(x!, places), shape };
  },
};

/** Sums what was gathered back to where it came from. */
function ungather(g: Builder, r: Value, x: Value, indices: Value, axis: number): Value {
  const size = fixedSize(x.shape[axis]!, 'a gathered axis');
  const known = indices.content?.map((index) => axisOf(fixedSize(index, 'an index'), size));
  const shape: Dim[] = [...x.shape];
  const count = productOf(indices.shape);
  shape[axis] = count;
  const row = g.reshape(r, shape);
  if (known?.length === 1) return unslice(g, row, axis, known[0]!, 1, size);
  if (known?.length === size && new Set(known).size === size) {
    // Every element once, in another order: they are put back by their places.
    const places = Array.from(known, (_, at) => known.indexOf(at));
    return g.op('Gather', [row, g.constant(places, [size], 'int64')], { axis });
  }
  const along = x.shape.map((_, at) => (at === axis ? count : 1));
  const everywhere = g.expand(g.reshape(indices, along), shape);
  return g.op('ScatterElements', [g.zerosLike(x), everywhere, row], { axis, reduction: 'add' });
}

/** Of each line along an axis the elements that `indices` names, which has x's rank. Attribute `axis`. */
export const GatherElements: Operator = {
  normalize: (attributes, inputs) => ({
    axis: axisOf(intOf(attributes, 'axis', 0), required(inputs, 0).shape.length),
  }),
  infer: (inputs) => {
    const [x, indices] = [required(inputs, 0), required(inputs, 1)];
    if (x.shape.length !== indices.shape.length)
      throw new SaliencyError(
        'bad-input',
        `indices of ${showShape(indices.shape)} don't fit ${showShape(x.shape)}`,
      );
    return [{ dtype: x.dtype, shape: indices.shape }];
  },
  gradient: ({ g, node, needs }, [r]) => {
    const [x, indices] = node.inputs as [Value, Value];
    if (!needs[0]) return [];
    const { axis } = node.attributes;
    return [g.op('ScatterElements', [g.zerosLike(x), indices, r!], { axis, reduction: 'add' }), undefined];
  },
};

/** The part of x at each index, where an index (the last axis of `indices`) names places along the first axes. */
export const GatherND: Operator = {
  infer: (inputs, attributes) => {
    const { dtype, shape } = required(inputs, 0);
    const places = required(inputs, 1).shape;
    if (intOf(attributes, 'batch_dims', 0) !== 0)
      throw new SaliencyError('unsupported', 'GatherND with batch_dims is not supported');
    const depth = fixedSize(places.at(-1)!, 'the length of an index');
    if (depth > shape.length)
      throw new SaliencyError('bad-input', `indices of ${depth} numbers don't fit ${showShape(shape)}`);
    return [{ dtype, shape: [...places.slice(0, -1), ...shape.slice(depth)] }];
  },
  gradient: ({ g, node, needs }, [r]) => {
    const [x, indices] = node.inputs as [Value, Value];
    if (!needs[0]) return [];
    return [g.op('ScatterND', [g.zerosLike(x), indices, r!], { reduction: 'add' }), undefined];
  },
};

/** How scattered elements meet those that are there. */
function reductionOf(attributes: Attributes): string {
  const reduction = stringOf(attributes, 'reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add')
    throw new SaliencyError('unsupported', `scattering with reduction "${reduction}" is not supported`);
  return reduction;
}

/** What is scattered into keeps its shape; indices and updates must be there. */
function scattered(inputs: readonly (Value | undefined)[]): readonly OutputType[] {
  const [{ dtype, shape }] = [0, 1, 2].map((index) => required(inputs, index)) as [Value];
  return [{ dtype, shape }];
}

/** A copy of x with `updates` put (attribute `reduction`: `none`) or added (`add`) at indices as GatherND has them. */
export const ScatterND: Operator = {
  normalize: (attributes) => ({ reduction: reductionOf(attributes) }),
  infer: scattered,
  gradient: ({ g, node, needs }, [r]) => {
    const [, indices, updates] = node.inputs as [Value, Value, Value];
    const kept = () =>
      node.attributes.reduction === 'add'
        ? r!
        : g.op('ScatterND', [r!, indices, g.zerosLike(updates)], { reduction: 'none' });
    return [needs[0] ? kept() : undefined, undefined, needs[2] ? g.op('GatherND', [r!, indices]) : undefined];
  },
};

/** A copy of x with `updates` put or added at indices as GatherElements has them. Attributes `axis`, `reduction`. */
export const ScatterElements: Operator = {
  normalize: (attributes, inputs) => ({
    axis: axisOf(intOf(attributes, 'axis', 0), required(inputs, 0).shape.length),
    reduction: reductionOf(attributes),
  }),
  infer: scattered,
  gradient: ({ g, node, needs }, [r]) => {
    const [, indices, updates] = node.inputs as [Value, Value, Value];
    const { axis, reduction } = node.attributes;
    const kept = () =>
      reduction === 'add' ? r! : g.op('ScatterElements', [r!, indices, g.zerosLike(updates)], { axis });
    return [
      needs[0] ? kept() : undefined,
      undefined,
      needs[2] ? g.op('GatherElements', [r!, indices], { axis }) : undefined,
    ];
  },
};

/** Attributes `blocksize`, `mode` (`DCR` or `CRD`). Used by backward programs and pixel shuffles. */
export const DepthToSpace: Operator = {
  normalize: (attributes) => ({
    blocksize: intOf(attributes, 'blocksize'),
    mode: stringOf(attributes, 'mode', 'DCR'),
  }),
  infer: (inputs, attributes) => {
    const { dtype, shape } = required(inputs, 0);
    const block = intOf(attributes, 'blocksize');
    if (shape.length !== 4)
      throw new SaliencyError('bad-input', `${showShape(shape)} is no tensor of [N, C, H, W]`);
    const [n, c, h, w] = shape as [Dim, number, number, number];
    if (c % (block * block) !== 0)
      throw new SaliencyError('bad-input', `${c} channels don't divide into blocks of ${block}`);
    return [{ dtype, shape: [n, c / (block * block), h * block, w * block] }];
  },
  gradient: ({ g, node }, [r]) => {
    const { shape } = node.inputs[0]!;
    const block = intOf(node.attributes, 'blocksize');
    const [n, c, h, w] = shape as [Dim, number, number, number];
    const places = g.reshape(r!, [n, c / (block * block), h, block, w, block]);
    return [g.reshape(g.transpose(places, blockOrders[node.attributes.mode as 'DCR' | 'CRD']), shape)];
  },
};

/** Axes [n, c, h, i, w, j] of blocks of i × j in the order in which channels hold them: the block first, or last. */
const blockOrders = { DCR: [0, 3, 5, 1, 2, 4], CRD: [0, 1, 3, 5, 2, 4] };
