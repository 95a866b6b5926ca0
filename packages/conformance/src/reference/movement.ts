/** Operators that move elements and compute nothing. */
import { type Dim, SaliencyError, shapeAt, sizeOf, stridesOf } from '@regional-saliency/core';
import { type Kernel, numberOf, numbersOf, single } from './kernel';
import { broadcastPositions, filled, indexAt, pick, positions, upTo, type Values } from './values';

const Reshape: Kernel = single(([x], node, batch) => ({
  ...x!,
  shape: shapeAt(node.attributes.shape as readonly Dim[], batch),
}));

const Flatten: Kernel = single(([x], node) => {
  const axis = numberOf(node, 'axis');
  return { ...x!, shape: [sizeOf(x!.shape.slice(0, axis)), sizeOf(x!.shape.slice(axis))] };
});

const Squeeze: Kernel = single(([x], node) => {
  const axes = numbersOf(node, 'axes');
  return { ...x!, shape: x!.shape.filter((_, axis) => !axes.includes(axis)) };
});

const Unsqueeze: Kernel = single(([x], node) => {
  const shape = [...x!.shape];
  for (const axis of numbersOf(node, 'axes')) shape.splice(axis, 0, 1);
  return { ...x!, shape };
});

const Transpose: Kernel = single(([x], node) => {
  const perm = numbersOf(node, 'perm');
  const strides = stridesOf(x!.shape);
  const shape = perm.map((axis) => x!.shape[axis]!);
  const reads = positions(
    shape,
    perm.map((axis) => strides[axis]!),
  );
  return filled(shape, (at) => x!.data[reads[at]!]!);
});

const Expand: Kernel = single(([x], node, batch) => {
  const to = shapeAt(node.attributes.shape as readonly Dim[], batch);
  const rank = Math.max(to.length, x!.shape.length);
  const shape = upTo(rank).map((axis) => {
    const own = x!.shape[axis - rank + x!.shape.length] ?? 1;
    return own === 1 ? (to[axis - rank + to.length] ?? 1) : own;
  });
  const reads = broadcastPositions(x!.shape, shape);
  return filled(shape, (at) => x!.data[reads[at]!]!);
});

const Concat: Kernel = single((parts, node) => {
  const axis = numberOf(node, 'axis');
  const shape = [...parts[0]!.shape];
  shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  return filled(shape, (at) => {
    const index = indexAt(at, shape);
    let part = 0;
    while (index[axis]! >= parts[part]!.shape[axis]!) index[axis]! -= parts[part++]!.shape[axis]!;
    return parts[part]!.data[flatAt(index, parts[part]!)]!;
  });
});

function flatAt(index: readonly number[], { shape }: Values): number {
  return index.reduce((position, at, axis) => position * shape[axis]! + at, 0);
}

/** Everything along every axis, but `indices` along one. */
function along(x: Values, axis: number, indices: readonly number[]): (readonly number[])[] {
  return x.shape.map((size, other) => (other === axis ? indices : upTo(size)));
}

const Split: Kernel = ([x], node) => {
  const axis = numberOf(node, 'axis');
  let start = 0;
  return numbersOf(node, 'split').map((size) => {
    const indices = upTo(size).map((at) => start + at);
    start += size;
    return pick(x!, along(x!, axis, indices));
  });
};

const Slice: Kernel = single(([x], node) => {
  const kept = x!.shape.map((size) => upTo(size));
  const [starts, ends, steps] = ['starts', 'ends', 'steps'].map((key) => numbersOf(node, key));
  for (const [i, axis] of numbersOf(node, 'axes').entries()) {
    const step = steps![i]!;
    kept[axis] = [];
    for (let at = starts![i]!; step > 0 ? at < ends![i]! : at > Math.max(ends![i]!, -1); at += step)
      kept[axis].push(at);
  }
  return pick(x!, kept);
});

/** Where each place of a padded axis comes from; -1 is the padding of mode `constant`. */
function paddedAxis(size: number, before: number, after: number, mode: string): number[] {
  return upTo(before + size + after).map((at) => {
    const place = at - before;
    if (place >= 0 && place < size) return place;
    if (mode === 'constant') return -1;
    if (mode === 'wrap') return ((place % size) + size) % size;
    if (mode === 'edge') return Math.min(Math.max(place, 0), size - 1);
    if (mode === 'reflect') {
      const period = 2 * (size - 1);
      const phase = ((place % period) + period) % period;
      return phase < size ? phase : period - phase;
    }
    throw new SaliencyError(
      'unsupported',
      `Pad: the mode "${mode}" is not known to the reference interpreter`,
    );
  });
}

const Pad: Kernel = single(([x], node) => {
  const pads = numbersOf(node, 'pads');
  const rank = x!.shape.length;
  const mode = node.attributes.mode as string;
  const kept = x!.shape.map((size, axis) => paddedAxis(size, pads[axis]!, pads[axis + rank]!, mode));
  return pick(x!, kept, numberOf(node, 'value'));
});

function checkedIndex(index: number, size: number): number {
  const at = index < 0 ? index + size : index;
  if (!(at >= 0 && at < size))
    throw new SaliencyError('bad-input', `index ${index} is not within 0..${size - 1}`);
  return at;
}

const Gather: Kernel = single(([x, indices], node) => {
  const axis = numberOf(node, 'axis');
  const places = Array.from(indices!.data, (index) => checkedIndex(index, x!.shape[axis]!));
  const { data } = pick(x!, along(x!, axis, places));
  return { data, shape: [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)] };
});

const GatherElements: Kernel = single(([x, indices], node) => {
  const axis = numberOf(node, 'axis');
  return filled(indices!.shape, (at) => {
    const index = indexAt(at, indices!.shape);
    index[axis] = checkedIndex(indices!.data[at]!, x!.shape[axis]!);
    return x!.data[flatAt(index, x!)]!;
  });
});

const ScatterElements: Kernel = single(([x, indices, updates], node) => {
  const axis = numberOf(node, 'axis');
  const data = Float64Array.from(x!.data);
  for (let at = 0; at < indices!.data.length; at++) {
    const index = indexAt(at, indices!.shape);
    index[axis] = checkedIndex(indices!.data[at]!, x!.shape[axis]!);
    const place = flatAt(index, x!);
    data[place] = updates!.data[at]! + (node.attributes.reduction === 'add' ? data[place]! : 0);
  }
  return { ...x!, data };
});

/** For each index (a row of `indices`), where the part of x that it names begins, and how long such a part is. */
function partsOf(x: Values, indices: Values): { begins: number[]; size: number } {
  const depth = indices.shape.at(-1)!;
  const strides = stridesOf(x.shape);
  const begins = upTo(sizeOf(indices.shape.slice(0, -1))).map((row) =>
    upTo(depth).reduce((begin, axis) => {
      const at = checkedIndex(indices.data[row * depth + axis]!, x.shape[axis]!);
      return begin + at * strides[axis]!;
    }, 0),
  );
  return { begins, size: sizeOf(x.shape.slice(depth)) };
}

const GatherND: Kernel = single(([x, indices]) => {
  const { begins, size } = partsOf(x!, indices!);
  const shape = [...indices!.shape.slice(0, -1), ...x!.shape.slice(indices!.shape.at(-1)!)];
  return filled(shape, (at) => x!.data[begins[Math.floor(at / size)]! + (at % size)]!);
});

const ScatterND: Kernel = single(([x, indices, updates], node) => {
  const { begins, size } = partsOf(x!, indices!);
  const data = Float64Array.from(x!.data);
  for (let at = 0; at < updates!.data.length; at++) {
    const place = begins[Math.floor(at / size)]! + (at % size);
    data[place] = updates!.data[at]! + (node.attributes.reduction === 'add' ? data[place]! : 0);
  }
  return { ...x!, data };
});

const DepthToSpace: Kernel = single(([x], node) => {
  const block = numberOf(node, 'blocksize');
  const [n, c, h, w] = x!.shape as [number, number, number, number];
  const channels = c / block ** 2;
  const shape = [n, channels, h * block, w * block];
  return filled(shape, (at) => {
    const [image, channel, y, x_] = indexAt(at, shape) as [number, number, number, number];
    const inBlock = (y % block) * block + (x_ % block);
    const source =
      node.attributes.mode === 'CRD' ? channel * block ** 2 + inBlock : inBlock * channels + channel;
    return x!.data[((image * c + source) * h + Math.floor(y / block)) * w + Math.floor(x_ / block)]!;
  });
});

export const movement: Record<string, Kernel> = {
  Reshape,
  Flatten,
  Squeeze,
  Unsqueeze,
  Transpose,
  Expand,
  Concat,
  Split,
  Slice,
  Pad,
  Gather,
  GatherElements,
  GatherND,
  ScatterElements,
  ScatterND,
  DepthToSpace,
};
