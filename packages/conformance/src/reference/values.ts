/** What the interpreter computes with: every element, whatever its type, is a double. */
import { type DType, SaliencyError, sizeOf, stridesOf, type Tensor, tensor } from '@regional-saliency/core';

/** Row-major values; bool is 0 or 1, int64 is exact up to 2^53. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The values of a tensor or of a constant's data. */
export function valuesOf({ data, dtype, shape }: Tensor): Values {
  if (dtype === 'float16' || dtype === 'bfloat16') {
    throw new SaliencyError(
      'unsupported',
      `the reference interpreter does not read ${dtype}; convert it to float32`,
    );
  }
  return { shape, data: Float64Array.from(data as Iterable<number | bigint>, Number) };
}

/** A tensor of the given type; floats of any width stay doubles. */
export function tensorOf({ data, shape }: Values, dtype: DType): Tensor {
  if (dtype.includes('float')) return { data, shape, dtype: 'float64' };
  return tensor(Array.from(data), shape, dtype);
}

/** New values, each computed from its flat position. */
export function filled(shape: readonly number[], element: (at: number) => number): Values {
  const data = new Float64Array(sizeOf(shape));
  for (let at = 0; at < data.length; at++) data[at] = element(at);
  return { shape, data };
}

/** The index along each axis of a flat position. */
export function indexAt(position: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length);
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

/** The flat position that each place of `shape` reads, where a step along each axis moves by `strides`. */
export function positions(shape: readonly number[], strides: readonly number[]): Int32Array {
  const result = new Int32Array(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let position = 0;
  for (let at = 0; at < result.length; at++) {
    result[at] = position;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      position -= index[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** As `positions`, for reading `from` broadcast to `shape`. */
export function broadcastPositions(from: readonly number[], shape: readonly number[]): Int32Array {
  const own = stridesOf(from);
  const extra = shape.length - from.length;
  const strides = shape.map((_, axis) => (axis < extra || from[axis - extra] === 1 ? 0 : own[axis - extra]!));
  return positions(shape, strides);
}

/** Takes the given indices along each axis; -1 is a place outside, which holds `outside`. */
export function pick(x: Values, along: readonly (readonly number[])[], outside = 0): Values {
  const shape = along.map((indices) => indices.length);
  const strides = stridesOf(x.shape);
  return filled(shape, (at) => {
    const index = indexAt(at, shape);
    let position = 0;
    for (const [axis, place] of index.entries()) {
      const source = along[axis]![place]!;
      if (source < 0) return outside;
      position += source * strides[axis]!;
    }
    return x.data[position]!;
  });
}

/** 0, 1, … size - 1. */
export function upTo(size: number): number[] {
  return Array.from({ length: size }, (_, at) => at);
}
