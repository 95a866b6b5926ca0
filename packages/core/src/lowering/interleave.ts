/**
 * Interleaving phases: what a stride took apart is put together again.
 *
 * For strides s, part p holds the elements whose index along each spatial axis is p modulo s.
 */
import type { Builder } from '../builder';
import type { Dim } from '../dimension';
import type { Value } from '../graph';

/**
 * @param parts one [N, C, ...sizes] tensor a phase, row-major over the phases of all axes
 * @returns [N, C, ...sizes·strides]
 */
export function interleave(g: Builder, parts: readonly Value[], strides: readonly number[]): Value {
  const joined = g.concat(parts, 1);
  const [n, channels, ...sizes] = parts[0]!.shape as [Dim, number, ...number[]];
  if (strides.every((stride) => stride === 1)) return joined;
  // DepthToSpace is what every backend has a kernel for; phases first, then channels, is its DCR order.
  if (strides.length === 2 && strides[0] === strides[1]) {
    return g.op('DepthToSpace', [joined], { blocksize: strides[0], mode: 'DCR' });
  }
  const rank = strides.length;
  const apart = g.reshape(joined, [n, ...strides, channels, ...sizes]);
  const perm = [0, rank + 1];
  for (let axis = 0; axis < rank; axis++) perm.push(rank + 2 + axis, 1 + axis);
  const sizesBack = sizes.map((size, axis) => size * strides[axis]!);
  return g.reshape(g.transpose(apart, perm), [n, channels, ...sizesBack]);
}

/** All tuples below the limits, row-major. */
export function tuples(limits: readonly number[]): number[][] {
  let all: number[][] = [[]];
  for (const limit of limits) {
    all = all.flatMap((head) => Array.from({ length: limit }, (_, at) => [...head, at]));
  }
  return all;
}
