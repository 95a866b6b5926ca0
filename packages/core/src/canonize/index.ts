/**
 * Canonizers bring models into the form that rules expect. They keep the model's outputs and every name; a name whose
 * value no longer exists (a convolution before its folded batch norm) becomes an alias for what took its place.
 */
import type { Graph, Value } from '../graph';
import { foldBatchNorms } from './batch-norm';
import { fuse } from './fuse';

/**
 * The same model with activations and norms as single nodes and batch norms folded.
 *
 * @param keep values that must stay as they are because somebody asks for them
 */
export function canonize(graph: Graph, keep: ReadonlySet<Value> = new Set()): Graph {
  return foldBatchNorms(fuse(graph, keep), keep);
}
