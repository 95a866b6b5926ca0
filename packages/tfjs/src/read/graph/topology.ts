/**
 * The nodes of a GraphModel's topology (TensorFlow's GraphDef in protobuf's JSON form), checked and in an order in which
 * each comes after all it reads.
 */
import { SaliencyError } from '@regional-saliency/core';
import { type NodeAttributes, nodeAttributes } from './attributes';

/** One output of a node. */
export interface Reference {
  readonly node: string;
  readonly output: number;
}

export interface TopologyNode {
  readonly name: string;
  readonly op: string;
  /** What it reads; control inputs, which only order side effects, are left out. */
  readonly inputs: readonly Reference[];
  readonly attributes: NodeAttributes;
}

export type Topology = ReadonlyMap<string, TopologyNode>;

/** @throws SaliencyError `bad-file` where a node has no name, the name of another, or reads one that is not there */
export function readTopology(topology: unknown): Topology {
  const list = (topology as { node?: unknown } | null | undefined)?.node;
  if (!Array.isArray(list)) {
    throw new SaliencyError('bad-file', 'its modelTopology has no list of nodes: it is no graph-model');
  }
  const nodes = new Map<string, TopologyNode>();
  for (const item of list as unknown[]) {
    const node = nodeOf(item);
    if (nodes.has(node.name)) throw new SaliencyError('bad-file', `two nodes are called "${node.name}"`);
    nodes.set(node.name, node);
  }
  for (const { name, op, inputs } of nodes.values()) {
    const missing = inputs.find((input) => !nodes.has(input.node));
    if (missing) {
      throw new SaliencyError(
        'bad-file',
        `${op} "${name}" reads "${missing.node}", which no node of the model is called`,
      );
    }
  }
  return nodes;
}

function nodeOf(item: unknown): TopologyNode {
  const { name, op, input = [], attr = {} } = (item ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || name === '' || typeof op !== 'string' || op === '') {
    throw new SaliencyError('bad-file', 'a node of the topology has no name or no operator');
  }
  if (!Array.isArray(input) || !input.every((each) => typeof each === 'string' && each !== '')) {
    throw new SaliencyError('bad-file', `the inputs of ${op} "${name}" are not a list of names`);
  }
  if (typeof attr !== 'object' || attr === null) {
    throw new SaliencyError('bad-file', `the attributes of ${op} "${name}" are not an object`);
  }
  const inputs = (input as string[]).filter((each) => !each.startsWith('^')).map(referenceOf);
  return { name, op, inputs, attributes: nodeAttributes(attr as Record<string, unknown>) };
}

/** `name`, or `name:1` for an output that is not the first. */
export function referenceOf(text: string): Reference {
  const [, node = text, output = '0'] = /^(.*?):(\d+)$/.exec(text) ?? [];
  return { node, output: Number(output) };
}

/**
 * The nodes that the given ones are computed from, themselves included, each after all it reads.
 *
 * @throws SaliencyError `bad-file` where nodes read each other in a circle
 */
export function sortedBehind(topology: Topology, names: Iterable<string>): TopologyNode[] {
  const sorted: TopologyNode[] = [];
  const open = new Set<string>();
  const done = new Set<string>();
  const stack = [...names].reverse();
  while (stack.length > 0) {
    const name = stack.at(-1)!;
    const node = topology.get(name)!;
    const missing = done.has(name) ? [] : node.inputs.filter((input) => !done.has(input.node));
    if (missing.length === 0) {
      stack.pop();
      if (done.has(name)) continue;
      done.add(name);
      sorted.push(node);
      continue;
    }
    open.add(name);
    const circle = missing.find((input) => open.has(input.node));
    if (circle) throw new SaliencyError('bad-file', `the node "${circle.node}" reads its own result`);
    for (const input of [...missing].reverse()) stack.push(input.node);
  }
  return sorted;
}

/** The nodes that the given ones are computed from, in no order: circles do no harm. */
export function reachable(topology: Topology, names: Iterable<string>): TopologyNode[] {
  const found = new Set<string>(names);
  for (const name of found) for (const input of topology.get(name)!.inputs) found.add(input.node);
  return [...found].map((name) => topology.get(name)!);
}
