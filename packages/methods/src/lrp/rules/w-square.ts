/**
 * LRP-w²: relevance in proportion to the squared weights, whatever the input is. For first layers whose input is not bounded.
 *
 * Montavon et al. 2017, doi 10.1016/j.patcog.2016.11.008, eq. 12. Zennit: WSquare (a bias takes its square).
 */
import { basicRule, ones, squared } from '../basic';
import type { LrpRule } from '../context';
import { stabilize } from '../stabilize';

/** Shares by the squares of the weights. */
export function wSquare(epsilon = 1e-6): LrpRule {
  return basicRule({
    branches: () => [{ input: ones, weights: squared, bias: squared }],
    divide: ({ g }, r, [z]) => [g.div(r, stabilize(g, z!, epsilon, true))],
    reduce: (_g, _inputs, [share]) => share!,
  });
}
