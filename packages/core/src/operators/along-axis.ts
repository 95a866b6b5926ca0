/** Linear maps along one axis, as products with a matrix: exact on every backend, and their own gradient transposed. */
import type { Builder } from '../builder';
import { fixedSize } from '../dimension';
import type { Value } from '../graph';

/** Row `o` holds what each element of the axis gives to element `o` of the result. */
export interface AxisMap {
  readonly axis: number;
  /** Row-major [out, in]. */
  readonly matrix: Float32Array;
  readonly from: number;
  readonly to: number;
}

/** x with each map's axis mapped; the axis then has `to` elements. */
export function mapAxes(g: Builder, x: Value, maps: readonly AxisMap[]): Value {
  return maps.reduce((part, { axis, matrix, from, to }) => {
    const turned = new Float32Array(matrix.length);
    for (let i = 0; i < from; i++) for (let o = 0; o < to; o++) turned[i * to + o] = matrix[o * from + i]!;
    return alongAxis(g, part, axis, g.constant(turned, [from, to]));
  }, x);
}

/** The gradient of `mapAxes`: what arrives at the result is given back to where it came from. */
export function unmapAxes(g: Builder, r: Value, maps: readonly AxisMap[]): Value {
  return maps.reduceRight(
    (part, { axis, matrix, from, to }) => alongAxis(g, part, axis, g.constant(matrix, [to, from])),
    r,
  );
}

/** The axis is brought to the end, where all else is one matrix of rows. */
function alongAxis(g: Builder, x: Value, axis: number, matrix: Value): Value {
  const last = x.shape.length - 1;
  const perm = x.shape.map((_, at) => at);
  [perm[axis], perm[last]] = [last, axis];
  return g.transpose(g.matMul(g.transpose(x, perm), matrix), perm);
}

/** The map of a Pad that repeats elements: which one each padded place repeats. */
export function padMap(axis: number, size: number, begin: number, end: number, mode: string): AxisMap {
  const to = begin + size + end;
  const matrix = new Float32Array(to * size);
  for (let at = 0; at < to; at++) matrix[at * size + repeatedPlace(at - begin, size, mode)] = 1;
  return { axis, matrix, from: size, to };
}

function repeatedPlace(at: number, size: number, mode: string): number {
  if (mode === 'edge') return Math.min(Math.max(at, 0), size - 1);
  if (mode === 'wrap') return ((at % size) + size) % size;
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const within = ((at % period) + period) % period;
  return Math.min(within, period - within);
}

/** The size of an axis that such a map works on. */
export const mappedSize = (x: Value, axis: number) => fixedSize(x.shape[axis]!, 'a mapped axis');
