/**
 * LRP-ε: relevance in proportion to each input's contribution, damped where the sum is small.
 *
 * Bach et al. 2015, "On Pixel-Wise Explanations for Non-Linear Classifier Decisions by Layer-Wise Relevance
 * Propagation", doi 10.1371/journal.pone.0130140. Zennit: Epsilon.
 */
import { basicRule, same } from '../basic';
import type { LrpRule } from '../context';
import { stabilize } from '../stabilize';

/** LRP-ε: shares by what each input contributes, sums kept `value` away from 0. */
export function epsilon(value = 1e-6): LrpRule {
  return basicRule({
    branches: () => [{ input: same, weights: same, bias: same }],
    divide: ({ g }, r, [z]) => [g.div(r, stabilize(g, z!, value))],
  });
}
