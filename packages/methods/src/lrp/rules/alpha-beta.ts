/**
 * LRP-αβ: positive contributions share α times the relevance, negative ones take β times of it away.
 *
 * Bach et al. 2015, doi 10.1371/journal.pone.0130140, eq. 60. Zennit: AlphaBeta (a positive bias is a positive
 * contribution, a negative one a negative).
 */
import { SaliencyError } from '@regional-saliency/core';
import { type Branch, basicRule, negative, positive, timesInput } from '../basic';
import type { LrpRule } from '../context';
import { stabilize } from '../stabilize';

/**
 * @param alpha at least 1
 * @param beta alpha - 1
 * @throws SaliencyError `bad-input` for other numbers, with which relevance would not be kept
 */
export function alphaBeta(alpha = 2, beta = 1, epsilon = 1e-6): LrpRule {
  if (!(beta >= 0 && alpha - beta === 1)) {
    throw new SaliencyError(
      'bad-input',
      `the alpha-beta rule needs alpha - beta = 1 and beta of at least 0, not alpha ${alpha} and beta ${beta}`,
    );
  }
  return basicRule({
    branches: ({ isNonNegative }, input) => (isNonNegative(input) ? [up, down] : [up, upToo, down, downToo]),
    divide: ({ g }, r, sums) => {
      const half = sums.length / 2;
      const whole = (parts: typeof sums) => parts.reduce((sum, part) => g.add(sum, part));
      // Where a sum is 0 so is each of its parts, and the sign of ε does not matter.
      const gain = g.div(r, stabilize(g, whole(sums.slice(0, half)), epsilon, true));
      const loss = g.div(r, stabilize(g, whole(sums.slice(half)), -epsilon, true));
      return sums.map((_, index) => (index < half ? gain : loss));
    },
    reduce: (g, inputs, gradients) => {
      const half = inputs.length / 2;
      const gain = timesInput(g, inputs.slice(0, half), gradients.slice(0, half));
      const loss = timesInput(g, inputs.slice(half), gradients.slice(half));
      const weighted = (part: typeof gain, by: number) => g.mul(part, g.scalar(by));
      return beta === 0 ? weighted(gain, alpha) : g.sub(weighted(gain, alpha), weighted(loss, beta));
    },
  });
}

/** What adds to the sum: positive inputs by positive weights, negative inputs by negative weights. */
const up: Branch = { input: positive, weights: positive, bias: positive };
const upToo: Branch = { input: negative, weights: negative };
/** What takes from it. */
const down: Branch = { input: positive, weights: negative, bias: negative };
const downToo: Branch = { input: negative, weights: positive };
