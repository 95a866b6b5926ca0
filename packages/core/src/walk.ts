/**
 * The one reverse walk over the graph. What differs between gradient, guided backpropagation, LRP and the rest is only
 * which rule answers at each node.
 */
import type { Builder } from './builder';
import { SaliencyError } from './errors';
import { describeNode, type Node, nodesBehind, type Value } from './graph';
import { operators } from './operators';
import type { Rule, RuleContext } from './operators/operator';

export interface WalkOptions {
  /** Where relevance starts: values and the relevance each of them has. */
  readonly seeds: ReadonlyMap<Value, Value>;
  /** The values whose relevance is wanted; nodes that lead to none of them are not visited. */
  readonly wrt: readonly Value[];
  /** Values whose relevance is wanted besides, where there is a path to them. */
  readonly beside?: readonly Value[] | undefined;
  /** The rule for a node; undefined: its gradient. */
  readonly ruleOf?: ((node: Node) => Rule | undefined) | undefined;
  /** Names the method in errors. */
  readonly method?: string | undefined;
}

/**
 * Sends relevance from the seeds back to the wanted values.
 *
 * @returns the relevance of every value that was reached
 * @throws SaliencyError `unsupported` at a node without a rule, or where a wanted value is not reached
 */
export function walk(
  g: Builder,
  { seeds, wrt, beside = [], ruleOf, method = 'gradient' }: WalkOptions,
): Map<Value, Value> {
  const nodes = nodesBehind(seeds.keys());
  const wanted = new Set(wrt);
  const leadsToWanted = new Set([...wrt, ...beside]);
  for (const node of nodes) {
    if (node.inputs.some((input) => input && leadsToWanted.has(input))) {
      for (const output of node.outputs) leadsToWanted.add(output);
    }
  }
  const relevance = new Map(seeds);
  for (const node of nodes.reverse()) {
    const arriving = node.outputs.map((output) => relevance.get(output));
    if (!arriving.some(Boolean)) continue;
    const needs = node.inputs.map((input) => input !== undefined && leadsToWanted.has(input));
    if (!needs.some(Boolean)) continue;
    const rule = ruleOf?.(node) ?? gradientRule(node, method);
    if (!rule) continue;
    const shares = inContext(node, method, () => rule({ g, node, needs }, arriving));
    for (const [index, share] of shares.entries()) {
      const input = node.inputs[index];
      if (!share || !input || !needs[index]) continue;
      const before = relevance.get(input);
      relevance.set(input, before ? g.add(before, share) : share);
    }
  }
  for (const value of wanted) {
    if (relevance.has(value)) continue;
    const name = value.name ?? value.node?.name ?? `value ${value.id}`;
    throw new SaliencyError(
      'unsupported',
      `${method}: no differentiable path leads from the output to "${name}"; choose another layer or output, or a method that needs only predictions`,
    );
  }
  return relevance;
}

/** The gradient rule of a node; undefined where its derivative is zero everywhere. */
function gradientRule(node: Node, method: string): Rule | undefined {
  const rule = operators[node.op]?.gradient;
  if (rule === undefined) {
    throw new SaliencyError(
      'unsupported',
      `${method} can't pass ${describeNode(node)}: the operator ${node.op} has no gradient rule; explain a layer behind it, or use a method that needs only predictions`,
    );
  }
  return rule ?? undefined;
}

/** Errors of a rule name the node and the method. */
function inContext<T>(node: Node, method: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SaliencyError) || error.message.includes(describeNode(node))) throw error;
    throw new SaliencyError(error.code, `${method} can't pass ${describeNode(node)}: ${error.message}`, {
      cause: error,
    });
  }
}

/** The node's own operator on other inputs: what LRP rules run with modified inputs and weights. */
export function forward({ g, node }: RuleContext, inputs: readonly (Value | undefined)[]): Value {
  return g.op(node.op, inputs, node.attributes);
}

/**
 * Vector-Jacobian product of the node's operator at other inputs.
 *
 * @param r what arrives at the first output
 * @returns one value an input that `needs` it
 */
export function vjp(
  { g, node, needs }: RuleContext,
  inputs: readonly (Value | undefined)[],
  r: Value,
): readonly (Value | undefined)[] {
  const moved = g.node(node.op, inputs, node.attributes);
  const rule = operators[node.op]?.gradient;
  if (!rule) throw new SaliencyError('unsupported', `the operator ${node.op} has no gradient rule`);
  return rule({ g, node: moved, needs }, [r]);
}
