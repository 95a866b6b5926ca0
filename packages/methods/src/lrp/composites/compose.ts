/**
 * Composites from rules and other composites: by operator, by name, with a special first layer, and the first of several
 * that has an answer. Zennit: LayerMapComposite, NameMapComposite, SpecialFirstLayerMapComposite, MixedComposite.
 */
import { type Graph, isFixed, layersMatching, type Node, type Role } from '@regional-saliency/core';
import type { Composite, LrpRule, Position } from '../context';

/** What a node is for: its role, or a product or quotient with fixed numbers. */
export type Kind = Role | 'scale';

/** What a node is for, where that is known. */
export function kindOf(node: Node, { roles }: Position): Kind | undefined {
  return roles.of.get(node) ?? (isScale(node) ? 'scale' : undefined);
}

function isScale({ op, inputs }: Node): boolean {
  const [a, b] = inputs;
  if (op === 'Mul') return isFixed(a!) !== isFixed(b!);
  return op === 'Div' && isFixed(b!) && !isFixed(a!);
}

/**
 * The rule of an operator (`Conv`, `Gemm`, `Relu`) or, where that has none, of what the node is for (`linear`,
 * `activation`, `residual`, `gate` …). `MatMul` means products with fixed weights, biases of theirs included; for products
 * of two computed matrices there is `bilinear`.
 */
export function byOperator(rules: Readonly<Record<string, LrpRule>>): Composite {
  return (node, position) => {
    const kind = kindOf(node, position);
    const own = kind === 'bilinear' || kind === 'bias' ? undefined : rules[node.op];
    return own ?? (kind && rules[kind]);
  };
}

/**
 * The rule of a layer by name, or by pattern: `*` stands for anything within a dotted part, `**` for anything. A pattern
 * with a star means the linear layers among those it matches. Of several names for one layer the first holds.
 *
 * @throws SaliencyError `unknown-name`, when a program is made, for a name that matches nothing
 */
export function byName(rules: Readonly<Record<string, LrpRule>>): Composite {
  const known = new WeakMap<Graph, ReadonlyMap<Node, LrpRule>>();
  return (node, position) => {
    let named = known.get(position.model);
    if (!named) {
      named = namedNodes(rules, position);
      known.set(position.model, named);
    }
    return named.get(node);
  };
}

function namedNodes(
  rules: Readonly<Record<string, LrpRule>>,
  { model, roles }: Position,
): Map<Node, LrpRule> {
  const named = new Map<Node, LrpRule>();
  for (const [pattern, rule] of Object.entries(rules)) {
    for (const { node } of layersMatching(model, pattern).values()) {
      // A dense layer's name may mean the Add of its bias; the layer is the product before it.
      const product =
        node && roles.of.get(node) === 'bias' ? node.inputs.find((input) => input?.node)?.node : node;
      if (!product || named.has(product)) continue;
      if (!pattern.includes('*') || roles.of.get(product) === 'linear') named.set(product, rule);
    }
  }
  return named;
}

/** One composite for the layers that no other linear layer comes before, another for the rest. */
export function specialFirst(first: Composite, rest: Composite): Composite {
  return (node, position) => (position.first ? first(node, position) : undefined) ?? rest(node, position);
}

/** The answer of the first composite that has one. */
export function mixed(...composites: readonly Composite[]): Composite {
  return (node, position) => {
    for (const composite of composites) {
      const rule = composite(node, position);
      if (rule) return rule;
    }
    return undefined;
  };
}
