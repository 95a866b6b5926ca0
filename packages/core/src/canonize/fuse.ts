/**
 * Recognises functions that exporters write out in primitives (Gelu, Swish, PRelu, LayerNormalization), and puts the one node
 * in their place: rules treat such a function whole, and the writer says it in the opset's own way again.
 */
import type { Builder } from '../builder';
import { type Graph, type Node, nodesOf, readersOf, type Value } from '../graph';
import { rewrite } from '../rewrite';
import { gelu } from './gelu';
import { hardSwish } from './hard-swish';
import { layerNorm } from './layer-norm';
import { pRelu } from './prelu';
import { swish } from './swish';

/** What a node, with what lies before it, is together: an operator of `x`. */
export interface Found {
  readonly x: Value;
  /** The operator on x, which may be x as it now is. */
  build(g: Builder, x: Value): { op: string; inputs: readonly Value[]; attributes: Node['attributes'] };
}

/** Looks whether a function ends in this node. */
export type Pattern = (node: Node) => Found | undefined;

/** A pattern's last node with all that lies between it and x. */
interface Match {
  readonly found: Found;
  readonly inside: ReadonlySet<Node>;
}

const patterns: readonly Pattern[] = [gelu, swish, hardSwish, layerNorm, pRelu];

/** @param keep values that must stay as they are because somebody asks for them */
export function fuse(graph: Graph, keep: ReadonlySet<Value>): Graph {
  const readers = readersOf(graph);
  const outputs = new Set(Object.values(graph.outputs));
  const matches = new Map<Node, Match>();
  // Last nodes first, so that of two functions of which one contains the other the larger is taken.
  const taken = new Set<Node>();
  for (const node of nodesOf(graph).reverse()) {
    if (taken.has(node)) continue;
    for (const pattern of patterns) {
      const found = pattern(node);
      const inside = found && between(node, found.x);
      if (!inside || ![...inside].every((each) => each === node || isPrivate(each, inside))) continue;
      matches.set(node, { found, inside });
      for (const each of inside) taken.add(each);
      break;
    }
  }
  if (matches.size === 0) return graph;

  /** Whether only the function itself sees what the node computes. */
  function isPrivate(node: Node, inside: ReadonlySet<Node>): boolean {
    return node.outputs.every(
      (output) =>
        !outputs.has(output) &&
        !keep.has(output) &&
        (readers.get(output) ?? []).every((reader) => inside.has(reader)),
    );
  }

  // A name of a value that disappears now means what took its place.
  const moved = new Map<Value, Value>();
  for (const [node, { inside }] of matches)
    for (const each of inside) for (const output of each.outputs) moved.set(output, node.outputs[0]!);
  const names = new Map([...graph.names].map(([name, value]) => [name, moved.get(value) ?? value]));
  const current = new Map<Value, Value>();
  return rewrite({ ...graph, names }, (g, node, inputs) => {
    for (const [index, input] of inputs.entries()) if (input) current.set(node.inputs[index]!, input);
    const match = matches.get(node);
    if (!match) return undefined;
    const { x } = match.found;
    const { op, inputs: now, attributes } = match.found.build(g, current.get(x) ?? x);
    return [
      g.op(op, now, attributes, {
        name: node.name,
        scopes: node.scopes,
        outputs: [node.outputs[0]!.name],
      }),
    ];
  });
}

/** The nodes from `last` back to x. */
function between(last: Node, x: Value): Set<Node> {
  const inside = new Set<Node>();
  const stack = [last];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (inside.has(node)) continue;
    inside.add(node);
    for (const input of node.inputs) if (input?.node && input !== x) stack.push(input.node);
  }
  return inside;
}
