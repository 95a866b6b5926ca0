/** Typed reading of a node's attributes, with errors that name the node. */
import type { Dim } from './dimension';
import { fixedSize } from './dimension';
import { SaliencyError } from './errors';
import type { Attributes } from './graph';

export function intOf(attributes: Attributes, key: string, fallback?: number): number {
  const value = attributes[key] ?? fallback;
  if (typeof value !== 'number')
    throw new SaliencyError('unsupported', `attribute "${key}" must be a number`);
  return value;
}

export function intsOf(attributes: Attributes, key: string, fallback?: readonly number[]): number[] {
  const value = attributes[key] ?? fallback;
  if (!Array.isArray(value))
    throw new SaliencyError('unsupported', `attribute "${key}" must be a list of integers`);
  return value.map((item) => fixedSize(item as Dim, `attribute "${key}"`));
}

export function dimsOf(attributes: Attributes, key: string): Dim[] {
  const value = attributes[key];
  if (!Array.isArray(value))
    throw new SaliencyError('unsupported', `attribute "${key}" must be a list of dimensions`);
  return [...(value as Dim[])];
}

export function stringOf(attributes: Attributes, key: string, fallback: string): string {
  const value = attributes[key] ?? fallback;
  if (typeof value !== 'string')
    throw new SaliencyError('unsupported', `attribute "${key}" must be a string`);
  return value;
}

/** Axes counted from the end (-1 is the last) made to count from the front. */
export function axisOf(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(at) || at < 0 || at >= Math.max(rank, 1)) {
    throw new SaliencyError('bad-input', `axis ${axis} does not exist in a tensor of ${rank} dimensions`);
  }
  return at;
}
