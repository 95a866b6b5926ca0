/**
 * LRP-γ: what works in the direction of the outcome counts 1 + γ times. γ = 0 is the ε-rule, large γ is z⁺.
 *
 * Montavon et al. 2019, "Layer-Wise Relevance Propagation: An Overview", doi 10.1007/978-3-030-28954-6_10; for inputs and
 * outputs of either sign: Andéol et al. 2021, arXiv 2105.14306. Zennit: Gamma, which sends nothing through an outcome of
 * exactly 0.
 */
import type { Value } from '@regional-saliency/core';
import { type Branch, basicRule, type Modify, negative, positive } from '../basic';
import type { LrpContext, LrpRule } from '../context';
import { stabilize } from '../stabilize';

/**
 * LRP-γ: positive contributions count (1 + γ) times.
 *
 * @param value γ, 0 or more
 */
export function gamma(value = 0.25, epsilon = 1e-6): LrpRule {
  const more =
    (part: Modify): Modify =>
    (g, w) =>
      g.add(w, g.mul(part(g, w), g.scalar(value)));
  const [up, down] = [more(positive), more(negative)];
  // For an outcome above 0, and for one below.
  const above: Branch[] = [
    { input: positive, weights: up, bias: up },
    { input: negative, weights: down },
  ];
  const below: Branch[] = [
    { input: positive, weights: down, bias: down },
    { input: negative, weights: up },
  ];
  return basicRule({
    branches: ({ isNonNegative }, input) => {
      const count = isNonNegative(input) ? 1 : 2;
      return [...above.slice(0, count), ...below.slice(0, count)];
    },
    divide: (context, r, sums) => {
      const { g } = context;
      const half = sums.length / 2;
      const outcome = outcomeOf(context);
      const zero = g.scalar(0);
      const share = (parts: readonly Value[], holds: Value) => {
        const sum = parts.reduce((sum, part) => g.add(sum, part));
        return g.where(holds, g.div(r, stabilize(g, sum, epsilon)), zero);
      };
      const gain = share(sums.slice(0, half), g.greater(outcome, zero));
      const loss = share(sums.slice(half), g.less(outcome, zero));
      return sums.map((_, index) => (index < half ? gain : loss));
    },
  });
}

/** What the layer gives in the model, its bias included. */
function outcomeOf({ g, node, roles }: LrpContext): Value {
  const [output] = node.outputs as [Value];
  const bias = roles.biases.get(node);
  return bias ? g.add(output, bias) : output;
}
