/** Images in and out of runs: slices of a batch, and results of slices put together again along their batch axis. */
import { type Dim, isBatch } from './dimension';
import { arrayOf, sizeOf, type Tensor, type TypedArray } from './tensor';

/**
 * The axis along which a value has its images: the one that is a multiple of N, or of the batch that a file has fixed.
 * Undefined for a value that is the same for every batch.
 */
export function batchAxis(shape: readonly Dim[], fixed: number | undefined): number | undefined {
  const axis = fixed === undefined ? shape.findIndex(isBatch) : shape.indexOf(fixed);
  if (axis >= 0) return axis;
  // A layer may have folded places into its first axis: batch · places rows.
  return fixed !== undefined && Number(shape[0]) % fixed === 0 ? 0 : undefined;
}

/** The given rows of a tensor's first axis; a view where they follow each other. */
export function takeRows(tensor: Tensor, rows: readonly number[]): Tensor {
  const size = sizeOf(tensor.shape.slice(1));
  const shape = [rows.length, ...tensor.shape.slice(1)];
  if (rows.every((row, at) => row === rows[0]! + at)) {
    const first = (rows[0] ?? 0) * size;
    return { ...tensor, data: tensor.data.subarray(first, first + rows.length * size), shape };
  }
  const data = new arrayOf[tensor.dtype](rows.length * size);
  for (const [at, row] of rows.entries()) copy(tensor.data, row * size, size, data, at * size);
  return { ...tensor, data, shape };
}

/** The given rows, each the only one where there is one. */
export function takeRowsOrOnly(tensor: Tensor, rows: readonly number[]): Tensor {
  return takeRows(tensor, tensor.shape[0] === 1 ? rows.map(() => 0) : rows);
}

/** The first `count` of what a tensor holds along an axis. */
export function firstAlong(tensor: Tensor, axis: number, count: number): Tensor {
  const shape = tensor.shape.with(axis, count);
  const [from, to] = [tensor.shape, shape].map((own) => sizeOf(own.slice(axis))) as [number, number];
  const data = new arrayOf[tensor.dtype](sizeOf(shape));
  for (let outer = 0; outer * to < data.length; outer++)
    copy(tensor.data, outer * from, to, data, outer * to);
  return { ...tensor, data, shape };
}

/** Tensors put behind each other along an axis. */
export function joinAlong(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors as [Tensor];
  if (tensors.length === 1) return first;
  const along = tensors.reduce((sum, tensor) => sum + tensor.shape[axis]!, 0);
  const shape = first.shape.with(axis, along);
  const data = new arrayOf[first.dtype](sizeOf(shape));
  const whole = sizeOf(shape.slice(axis));
  let begin = 0;
  for (const tensor of tensors) {
    const part = sizeOf(tensor.shape.slice(axis));
    for (let outer = 0; outer * whole < data.length; outer++) {
      copy(tensor.data, outer * part, part, data, outer * whole + begin);
    }
    begin += part;
  }
  return { ...first, data, shape };
}

function copy(from: TypedArray, start: number, size: number, to: TypedArray, at: number): void {
  to.set(from.subarray(start, start + size) as never, at);
}
