/**
 * The rule for sums and averages: relevance in proportion to what each input adds. Zennit: Norm.
 *
 * For averages it is the ε-rule of a layer without weights; a sum of two tensors shares in the same way.
 */
import type { Value } from '@regional-saliency/core';
import { basicRule, same } from '../basic';
import type { LrpRule } from '../context';
import { stabilize } from '../stabilize';

/** For average pooling and other averages over places. */
export function average(epsilon = 1e-6): LrpRule {
  return basicRule({
    branches: () => [{ input: same, weights: same }],
    divide: ({ g, isNonNegative, node }, r, [z]) => [
      g.div(r, stabilize(g, z!, epsilon, isNonNegative(node.inputs[0]!))),
    ],
  });
}

/** For the sum of a residual connection. */
export function residual(epsilon = 1e-6): LrpRule {
  return ({ g, node, needs, isNonNegative }, [r]) => {
    const [sum] = node.outputs as [Value];
    const share = g.div(r!, stabilize(g, sum, epsilon, isNonNegative(sum)));
    return node.inputs.map((input, index) =>
      needs[index] ? g.sumTo(g.mul(input!, share), input!.shape) : undefined,
    );
  };
}
