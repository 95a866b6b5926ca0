/** Making a graph from a graph: what canonizers and lowerings share. */
import { Builder } from './builder';
import { type Graph, type Node, nodesOf, type Value } from './graph';

/** Given a node and its inputs in the new graph, its new outputs; undefined keeps the node as it is. */
export type Rewriting = (
  g: Builder,
  node: Node,
  inputs: readonly (Value | undefined)[],
) => readonly Value[] | undefined;

/**
 * Walks over a graph from inputs to outputs and replaces nodes. Nodes that nothing above them changed are shared with
 * the old graph; every name follows its value.
 *
 * @param replaced values that stand for others from the start (a new input, say)
 */
export function rewrite(
  graph: Graph,
  rewriting: Rewriting,
  g = new Builder(graph),
  replaced: ReadonlyMap<Value, Value> = new Map(),
): Graph {
  const now = new Map(replaced);
  const current = (value: Value) => now.get(value) ?? value;
  for (const node of nodesOf(graph)) {
    const inputs = node.inputs.map((input) => input && current(input));
    const made = rewriting(g, node, inputs);
    if (made) {
      for (const [index, value] of made.entries()) now.set(node.outputs[index]!, value);
    } else if (inputs.some((input, index) => input !== node.inputs[index])) {
      const copy = g.node(node.op, inputs, node.attributes, { ...node, outputs: namesOf(node) });
      for (const [index, value] of copy.outputs.entries()) now.set(node.outputs[index]!, value);
    }
  }
  const outputs = Object.entries(graph.outputs).map(([name, value]) => [name, current(value)]);
  return {
    inputs: graph.inputs.map(current),
    outputs: Object.fromEntries(outputs),
    names: new Map([...graph.names].map(([name, value]) => [name, current(value)])),
    metadata: graph.metadata,
  };
}

export function namesOf(node: Node): (string | undefined)[] {
  return node.outputs.map((output) => output.name);
}
