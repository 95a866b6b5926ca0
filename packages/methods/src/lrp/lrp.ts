/**
 * Layer-wise relevance propagation with any composite.
 *
 * Bach et al. 2015, doi 10.1371/journal.pone.0130140. Relevance starts as 1 at the target (Zennit: the attributor is
 * given a one-hot output). Batch norms are folded into linear layers first, as the rules presuppose.
 */
import {
  type Method,
  type Node,
  nodesOf,
  nonNegativity,
  type Roles,
  type Rule,
  type Value,
} from '@regional-saliency/core';
import type { Composite } from './context';

/**
 * A method of a composite.
 *
 * @param id the method's name in messages and metadata
 */
export function lrp(
  id: string,
  composite: Composite,
  options: Readonly<Record<string, unknown>> = {},
): Method {
  return {
    id,
    options,
    mergesNorms: true,
    build: ({ input, inputs, model, roles, backward }) => {
      const isNonNegative = nonNegativity();
      const firsts = firstLinear(nodesOf(model), inputs, roles);
      const ruleOf = (node: Node): Rule | undefined => {
        const rule = composite(node, { model, roles, first: firsts.has(node) });
        return rule && ((context, relevance) => rule({ ...context, roles, isNonNegative }, relevance));
      };
      return backward([input], ruleOf).get(input)!;
    },
  };
}

/** The linear layers that read an input before any other linear layer did. */
function firstLinear(nodes: readonly Node[], inputs: readonly Value[], roles: Roles): Set<Node> {
  const firsts = new Set<Node>();
  const fromInput = new Set<Value>(inputs);
  const fromLinear = new Set<Value>();
  for (const node of nodes) {
    const reads = (values: ReadonlySet<Value>) => node.inputs.some((value) => value && values.has(value));
    if (!reads(fromInput)) continue;
    const isLinear = roles.of.get(node) === 'linear';
    const isLater = reads(fromLinear);
    if (isLinear && !isLater) firsts.add(node);
    for (const output of node.outputs) {
      fromInput.add(output);
      if (isLinear || isLater) fromLinear.add(output);
    }
  }
  return firsts;
}
