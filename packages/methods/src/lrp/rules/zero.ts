/**
 * LRP-0: relevance in proportion to each input's contribution, the ε-rule without its ε.
 *
 * Bach et al. 2015, doi 10.1371/journal.pone.0130140, eq. 56. Zennit: Epsilon with ε = 0, whose 0/0 is NaN; here an outcome
 * of exactly 0 has no relevance to hand on.
 */
import { basicRule, same } from '../basic';
import type { LrpRule } from '../context';

/** LRP-0: shares by what each input contributes. */
export function zero(): LrpRule {
  return basicRule({
    branches: () => [{ input: same, weights: same, bias: same }],
    divide: ({ g }, r, [z]) => {
      const none = g.op('Equal', [z!, g.scalar(0)]);
      return [g.where(none, g.scalar(0), g.div(r, g.where(none, g.scalar(1), z!)))];
    },
  });
}
