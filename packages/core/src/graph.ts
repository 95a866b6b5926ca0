/**
 * The graph: values and nodes, immutable once made, named and typed as in ONNX.
 *
 * A graph is its outputs; its nodes are whatever those outputs are computed from. So a program that a method makes
 * shares the model's own nodes, code that nothing reads disappears by itself, and nothing is ever edited in place.
 *
 * Parameters that are fixed when a graph is made (axes, pads, starts, the shape of a Reshape …) are attributes here
 * even where newer ONNX opsets take them as inputs; inputs are data. The ONNX writer puts them back.
 */
import type { Dim } from './dimension';
import type { Constant, DType, Tensor } from './tensor';

/** What an attribute may hold. Shapes (`Reshape`, `Expand`) may contain multiples of the batch. */
export type Attribute = number | string | readonly Dim[] | readonly string[] | Tensor | Graph;
export type Attributes = Readonly<Record<string, Attribute | undefined>>;

export interface Value {
  /** Unique in its graph and larger than the ids of all values it is computed from. */
  readonly id: number;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  /** The tensor's name in the file it came from, where it has one. */
  readonly name?: string | undefined;
  /** What computes it; absent for inputs and constants. */
  readonly node?: Node | undefined;
  readonly constant?: Constant | undefined;
  /** Its elements, where it is a small integer tensor whose elements are dimensions (a computed shape). */
  readonly content?: readonly Dim[] | undefined;
}

export interface Node {
  /** ONNX's name of the operator, or one of our backward operators: `ConvGrad`, `MaxPoolGrad`. */
  readonly op: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
  /** The node's path in the file it came from (`/layer1/layer1.0/conv1/Conv`), where it has one. */
  readonly name?: string | undefined;
  /** PyTorch's module path from outer to inner (`layer1`, `layer1.0`, `layer1.0.conv1`), where the file tells it. */
  readonly scopes?: readonly string[] | undefined;
}

export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: Readonly<Record<string, Value>>;
  /** Every name by which a value can be asked for: tensor names, node paths, scopes (their last value). */
  readonly names: ReadonlyMap<string, Value>;
  /** Provenance: free text by key, written into the file's metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The nodes that the given values are computed from, each after all it reads. */
export function nodesBehind(values: Iterable<Value>): Node[] {
  const seen = new Set<Node>();
  const stack = [...values];
  while (stack.length > 0) {
    const node = stack.pop()!.node;
    if (!node || seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) if (input) stack.push(input);
  }
  return [...seen].sort((a, b) => a.outputs[0]!.id - b.outputs[0]!.id);
}

/** The nodes of a graph, each after all it reads. */
export function nodesOf(graph: Graph): Node[] {
  return nodesBehind(Object.values(graph.outputs));
}

/** The values that a graph's nodes read and that no node computes: constants, in order of first use. */
export function constantsOf(graph: Graph): Value[] {
  const constants = new Set<Value>();
  for (const value of Object.values(graph.outputs)) if (value.constant) constants.add(value);
  for (const node of nodesOf(graph))
    for (const input of node.inputs) if (input?.constant) constants.add(input);
  return [...constants];
}

/** The nodes that read each value, in order, each once; being an output of the graph is no reader. */
export function readersOf(graph: Graph): Map<Value, Node[]> {
  const readers = new Map<Value, Node[]>();
  for (const node of nodesOf(graph)) {
    for (const input of node.inputs) {
      if (!input) continue;
      const list = readers.get(input);
      if (!list) readers.set(input, [node]);
      else if (list.at(-1) !== node) list.push(node);
    }
  }
  return readers;
}

/** A node as an error message names it: its path where it has one, else its operator and output. */
export function describeNode(node: Node): string {
  const name = node.name || node.outputs[0]?.name;
  if (name) return `${node.op} "${name}"`;
  const id = node.outputs[0]?.id;
  return id === undefined ? node.op : `${node.op} (value ${id})`;
}
