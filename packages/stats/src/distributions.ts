/**
 * Tail probabilities of the normal, Student and F distributions, and the normal quantile.
 *
 * They are thin forms over @stdlib's special functions, always through the function whose result is the tail
 * itself: a p of 1e-300 is never the difference of two numbers near one. @stdlib's ready-made cdf and quantile
 * functions are that difference (its normal quantile is off by 4e-7 at 1e-12 and infinite at 1e-20).
 */

import { SaliencyError } from '@regional-saliency/core';
import betainc from '@stdlib/math-base-special-betainc';
import erfc from '@stdlib/math-base-special-erfc';
import erfcinv from '@stdlib/math-base-special-erfcinv';

/** What is held against the null hypothesis: group A differs from, lies below, or lies above group B. */
export type Alternative = 'two-sided' | 'less' | 'greater';

/** P(Z > z) for a standard normal Z. */
export function normalUpper(z: number): number {
  return 0.5 * erfc(z / Math.SQRT2);
}

/** The z with P(Z < z) = p, for 0 < p < 1. */
export function normalQuantile(p: number): number {
  return p < 0.5 ? -Math.SQRT2 * erfcinv(2 * p) : Math.SQRT2 * erfcinv(2 * (1 - p));
}

/** P(T > t) for Student's t with `df` > 0 degrees of freedom, not necessarily an integer. */
export function studentUpper(t: number, df: number): number {
  const tail = 0.5 * fUpper(t * t, 1, df);
  return t >= 0 ? tail : 1 - tail;
}

/** P(F > f) for Fisher's F with `df1` and `df2` degrees of freedom; f ≥ 0. */
export function fUpper(f: number, df1: number, df2: number): number {
  const explained = df1 * f;
  if (explained > df2) return betainc(df2 / (df2 + explained), df2 / 2, df1 / 2);
  // Here the argument below one half is its complement. betainc takes one minus it for its upper tail, which
  // loses a small argument where both parameters are one half (t with one degree of freedom), so that upper
  // tails above one half come from the lower one.
  const x = explained / (df2 + explained);
  const lower = betainc(x, df1 / 2, df2 / 2);
  return lower < 0.5 ? 1 - lower : betainc(x, df1 / 2, df2 / 2, true, true);
}

/**
 * The p-value of a statistic whose null distribution is symmetric about zero.
 *
 * @param upper P(X > x) of that distribution
 */
export function symmetricP(
  statistic: number,
  alternative: Alternative,
  upper: (x: number) => number,
): number {
  switch (alternative) {
    case 'two-sided':
      return Math.min(1, 2 * upper(Math.abs(statistic)));
    case 'greater':
      return upper(statistic);
    case 'less':
      return upper(-statistic);
    default:
      throw unknownAlternative(alternative);
  }
}

export function unknownAlternative(name: string): SaliencyError {
  return new SaliencyError(
    'unknown-name',
    `there is no alternative '${name}': use 'two-sided', 'less' or 'greater'`,
  );
}
