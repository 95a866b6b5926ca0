/** The form of an operator's reference implementation. */
import type { Node, Value } from '@regional-saliency/core';
import { SaliencyError } from '@regional-saliency/core';
import type { Values } from './values';

/**
 * Computes a node's outputs from its inputs (undefined: an optional input that is not there).
 *
 * @param batch the size of N in this run
 */
export type Kernel = (
  inputs: readonly (Values | undefined)[],
  node: Node,
  batch: number,
) => readonly Values[];

/** A kernel with one output, from inputs that are all there but perhaps the last ones. */
export function single(compute: (inputs: Values[], node: Node, batch: number) => Values): Kernel {
  return (inputs, node, batch) => [compute(inputs as Values[], node, batch)];
}

export function numberOf(node: Node, key: string): number {
  const value = node.attributes[key];
  if (typeof value !== 'number')
    throw new SaliencyError('unsupported', `${node.op}: "${key}" must be a number`);
  return value;
}

export function numbersOf(node: Node, key: string): number[] {
  return [...(node.attributes[key] as readonly number[])];
}

export function isWhole({ dtype }: Value): boolean {
  return !dtype.includes('float');
}
