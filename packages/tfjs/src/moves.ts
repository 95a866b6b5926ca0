/** Moving elements with few tfjs operators: reshapes at a batch size, transposes, slices with steps, crops. */
import { type Dim, shapeAt } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';

/** A reshape to a shape that may depend on the batch size. */
export function reshapeAt(x: tf.Tensor, dims: readonly Dim[], batch: number): tf.Tensor {
  return tf.reshape(x, shapeAt(dims, batch));
}

/**
 * A transpose with neighbouring axes that stay together merged: tfjs's kernels are fast up to rank 4 and slow above.
 */
export function transposeOf(x: tf.Tensor, perm: readonly number[]): tf.Tensor {
  const groups: number[][] = [];
  for (const axis of perm) {
    if (x.shape[axis] === 1) continue;
    const last = groups.at(-1);
    const next = last && nextWide(x.shape, last.at(-1)!);
    if (last && next === axis) last.push(axis);
    else groups.push([axis]);
  }
  const target = perm.map((axis) => x.shape[axis]!);
  const order = [...groups].sort((a, b) => a[0]! - b[0]!);
  if (groups.every((group, at) => group === order[at])) return tf.reshape(x, target);
  const merged = order.map((group) => group.reduce((size, axis) => size * x.shape[axis]!, 1));
  const small = tf.transpose(
    tf.reshape(x, merged),
    groups.map((group) => order.indexOf(group)),
  );
  return tf.reshape(small, target);
}

/** The next axis that is not of size 1. */
function nextWide(shape: readonly number[], axis: number): number {
  let next = axis + 1;
  while (shape[next] === 1) next++;
  return next;
}

/** Part of one axis, `x[…, start : start + count * step : step, …]`; a negative step goes down. */
export function sliceAxis(x: tf.Tensor, axis: number, start: number, count: number, step = 1): tf.Tensor {
  const size = x.shape[axis]!;
  if (start === 0 && step === 1 && count === size) return tf.clone(x);
  if (step < 0) return sliceAxis(tf.reverse(x, [axis]), axis, size - 1 - start, count, -step);
  const cut = (tensor: tf.Tensor, from: number, length: number) => {
    const begin = tensor.shape.map(() => 0);
    const shape = [...tensor.shape];
    begin[axis] = from;
    shape[axis] = length;
    return tf.slice(tensor, begin, shape);
  };
  if (step === 1 || count <= 1) return cut(x, start, count);
  // tfjs's own strided slice costs 40 ns an element on wasm: cut rows of `step` elements, and keep the first of each.
  const span = count * step;
  const missing = Math.max(0, start + span - size);
  const pads = x.shape.map((_, at): [number, number] => [0, at === axis ? missing : 0]);
  const rows = cut(missing > 0 ? pad(x, pads, 0) : x, start, span);
  const before = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const after = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const first = tf.slice(tf.reshape(rows, [before * count, step * after]), [0, 0], [before * count, after]);
  return tf.reshape(first, [...x.shape.slice(0, axis), count, ...x.shape.slice(axis + 1)]);
}

/** Pads one axis with zeros; negative pads cut. */
export function padAxes(x: tf.Tensor, pads: readonly (readonly [number, number])[], value = 0): tf.Tensor {
  let part = x;
  for (const [axis, [before, after]] of pads.entries()) {
    const start = Math.max(0, -before);
    const length = part.shape[axis]! - start - Math.max(0, -after);
    if (length !== part.shape[axis]) part = sliceAxis(part, axis, start, length);
  }
  const wider = pads.map(([before, after]): [number, number] => [Math.max(0, before), Math.max(0, after)]);
  if (wider.every(([before, after]) => before === 0 && after === 0)) return part === x ? tf.clone(x) : part;
  return pad(part, wider, value);
}

/** Above rank 4 one axis after another, as rows: webgl's shader for more does not compile (tfjs 4.22). */
function pad(x: tf.Tensor, pads: readonly [number, number][], value: number): tf.Tensor {
  if (x.shape.length <= 4) return tf.pad(x, [...pads], value);
  let part = x;
  for (const [axis, pair] of pads.entries()) {
    if (pair[0] === 0 && pair[1] === 0) continue;
    const shape = [...part.shape];
    const after = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const rows = tf.pad(tf.reshape(part, [-1, shape[axis]!, after]), [[0, 0], pair, [0, 0]], value);
    shape[axis] = rows.shape[1]!;
    part = tf.reshape(rows, shape);
  }
  return part;
}

/**
 * Interleaves along one axis: element `i` of part `r` goes to place `i · parts + r`. The parts have equal shapes.
 * Joining them along the next axis puts the elements in that very order, so this is one concatenation.
 */
export function interleave(parts: readonly tf.Tensor[], axis: number): tf.Tensor {
  const [first] = parts as [tf.Tensor];
  if (parts.length === 1) return tf.clone(first);
  const before = first.shape.slice(0, axis + 1).reduce((a, b) => a * b, 1);
  const after = first.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const rows = parts.map((part) => tf.reshape(part, [before, after]));
  const shape = [...first.shape];
  shape[axis] = shape[axis]! * parts.length;
  return tf.reshape(tf.concat(rows, 1), shape);
}
