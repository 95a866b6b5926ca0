/** What a layer costs: its parameters, and its multiply-adds for one image. */
import { constantsOf, type Graph, type Node, sizeAt, sizeOf, type Value } from '@regional-saliency/core';

const size = (value: Value | undefined) =>
  (value?.shape ?? []).reduce<number>((product, dim) => product * sizeAt(dim, 1), 1);

const isWeight = (value: Value | undefined): value is Value =>
  value?.constant !== undefined && value.dtype.includes('float') && value.shape.length > 0;

/** Elements of the constants that a node reads. */
export function parametersOf(node: Node): number {
  return node.inputs.filter(isWeight).reduce((sum, value) => sum + size(value), 0);
}

/** Elements of a model's constants, each counted once. */
export function allParametersOf(graph: Graph): number {
  return constantsOf(graph)
    .filter(isWeight)
    .reduce((sum, value) => sum + sizeOf(value.constant!.shape), 0);
}

/** Multiply-adds of convolutions and matrix products; other operators count none, as is usual. */
export function multiplyAddsOf(node: Node): number {
  const [input, weight] = node.inputs;
  const output = node.outputs[0];
  const tail = (value: Value | undefined, from: number) =>
    (value?.shape ?? []).slice(from).reduce<number>((product, dim) => product * sizeAt(dim, 1), 1);
  switch (node.op) {
    // Each output reads its group's input channels times the window; each input of a transposed one likewise writes.
    case 'Conv':
      return size(output) * tail(weight, 1);
    case 'ConvTranspose':
      return size(input) * tail(weight, 1);
    case 'Gemm':
    case 'MatMul': {
      const transposed = node.op === 'Gemm' && Number(node.attributes.transA ?? 0) === 1;
      const inner = input?.shape.at(transposed ? 0 : -1);
      return inner === undefined ? 0 : size(output) * sizeAt(inner, 1);
    }
    default:
      return 0;
  }
}
