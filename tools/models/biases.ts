/** A model with its biases at zero: of it LRP's z⁺ and ε rules must conserve all relevance. */
import {
  canonize,
  type Graph,
  isFixed,
  rewrite,
  rolesOf,
  showShape,
  type Value,
} from '@regional-saliency/core';

/** Where normalisations take what they add, and the mean that they take away. */
const additions: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [2, 3],
  InstanceNormalization: [2],
  LayerNormalization: [2],
};

/** Batch norms are folded first, as LRP does, so that what they add is a bias of the layer before them. */
export function withoutBiases(model: Graph): Graph {
  const graph = canonize(model);
  const { biases } = rolesOf(graph);
  const added = new Set(biases.values());
  return rewrite(graph, (g, node, inputs) => {
    const zero = (value: Value) => {
      if (value.shape.some((size) => typeof size !== 'number'))
        throw new Error(`a bias of ${showShape(value.shape)}`);
      const shape = value.shape as readonly number[];
      return g.constant(new Float32Array(shape.reduce((size, each) => size * each, 1)), shape);
    };
    const places =
      node.op === 'Add' && node.inputs.some((value) => value && added.has(value))
        ? [node.inputs.findIndex((value) => value && added.has(value))]
        : ['Conv', 'ConvTranspose', 'Gemm'].includes(node.op)
          ? [2]
          : (additions[node.op] ?? []);
    const now = inputs.map((value, at) =>
      value && places.includes(at) && isFixed(value) ? zero(value) : value,
    );
    if (now.every((value, at) => value === inputs[at])) return undefined;
    const names = node.outputs.map(({ name }) => name);
    return g.node(node.op, now, node.attributes, { ...node, outputs: names }).outputs;
  });
}
