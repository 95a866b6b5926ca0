/**
 * LRP-z⁺: only positive contributions count: positive inputs by positive weights and negative by negative.
 *
 * Montavon et al. 2017, "Explaining nonlinear classification decisions with deep Taylor decomposition", doi
 * 10.1016/j.patcog.2016.11.008. Zennit: ZPlus (a positive bias takes its part once).
 */
import { basicRule, negative, positive, same } from '../basic';
import type { LrpRule } from '../context';
import { stabilize } from '../stabilize';

/** LRP-z⁺: shares by positive contributions alone. */
export function zPlus(epsilon = 1e-6): LrpRule {
  return basicRule({
    branches: ({ isNonNegative }, input) =>
      isNonNegative(input)
        ? [{ input: same, weights: positive, bias: positive }]
        : [
            { input: positive, weights: positive, bias: positive },
            { input: negative, weights: negative },
          ],
    divide: ({ g }, r, sums) => {
      const whole = sums.reduce((sum, part) => g.add(sum, part));
      const share = g.div(r, stabilize(g, whole, epsilon, true));
      return sums.map(() => share);
    },
  });
}
