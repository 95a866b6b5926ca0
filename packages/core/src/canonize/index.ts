/**
 * Canonizers bring models into the form that rules expect. They keep the model's outputs and every name; a name whose
 * value no longer exists (a convolution before its folded batch norm) becomes an alias for what took its place.
 */
import { type Graph, nodesOf, readersOf, type Value } from '../graph';
import { rewrite } from '../rewrite';
import { foldBatchNorm, linearBefore } from './batch-norm';
import { fuse } from './fuse';

/**
 * The same model with activations and norms as single nodes and batch norms folded.
 *
 * @param keep values that must stay as they are because somebody asks for them
 */
export function canonize(graph: Graph, keep: ReadonlySet<Value> = new Set()): Graph {
  return foldBatchNorms(fuse(graph, keep), keep);
}

function foldBatchNorms(graph: Graph, keep: ReadonlySet<Value>): Graph {
  const readers = readersOf(graph);
  const outputs = new Set(Object.values(graph.outputs));
  const moved = new Map<Value, Value>();
  for (const node of nodesOf(graph)) {
    const linear = linearBefore(node);
    if (!linear) continue;
    const inner = linear.outputs[0]!;
    if (readers.get(inner)!.length > 1 || outputs.has(inner) || keep.has(inner)) continue;
    moved.set(inner, node.outputs[0]!);
  }
  if (moved.size === 0) return graph;
  // A name of a value that disappears now means what took its place.
  const names = new Map([...graph.names].map(([name, value]) => [name, moved.get(value) ?? value]));
  return rewrite({ ...graph, names }, (g, node, inputs) => {
    const inner = node.inputs[0];
    if (!inner || moved.get(inner) !== node.outputs[0]) return undefined;
    const linear = inputs[0]!.node!;
    return [foldBatchNorm(g, node, linear, linear.inputs)];
  });
}
