/** What a layer costs: its parameters, and its multiply-adds for one image. */
import {
  type Attribute,
  constantsOf,
  type Graph,
  type Node,
  nodesOf,
  sizeAt,
  sizeOf,
  type Value,
} from '@regional-saliency/core';

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
    case 'ConvGrad':
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

/** Multiply-adds of a whole program for one image, what its loops repeat included. */
export function allMultiplyAddsOf(graph: Graph): number {
  return nodesOf(graph).reduce((sum, node) => {
    const { body, count } = node.attributes;
    const turns = isGraph(body) ? Number(count ?? 1) * allMultiplyAddsOf(body) : 0;
    return sum + multiplyAddsOf(node) + turns;
  }, 0);
}

/** A loop's body is an attribute of its node. */
export const isGraph = (attribute: Attribute | undefined): attribute is Graph =>
  typeof attribute === 'object' && 'outputs' in attribute;
