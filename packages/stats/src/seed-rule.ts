/**
 * The seed study's decision rule: which test compares two groups, and what to do over several regions.
 *
 * Each group is tested for normality (Shapiro-Wilk) and both for equal variances (Levene on medians). Where all three
 * p-values are above the level, Student's t-test is taken; otherwise the Mann-Whitney U test. Over regions, p is
 * corrected by Bonferroni. Null hypothesis, ties and exactness are those of the test that is taken; missing values are
 * errors. The rule reproduces the study's printed results; that a choice of test by pretests disturbs the level of the
 * whole is known (Zimmerman 2004, doi:10.1348/000711004849222), which is why a study may name any other test instead.
 */
import { SaliencyError } from '@regional-saliency/core';
import { bonferroni } from './bonferroni';
import { type LeveneResult, levene } from './levene';
import { mannWhitney } from './mann-whitney';
import { readGroups, type Sample } from './sample';
import { type ShapiroWilkResult, shapiroWilk } from './shapiro-wilk';
import { student } from './student';
import type { TwoGroupOptions, TwoGroupResult } from './two-group-test';

export interface SeedRuleDetails {
  /** The test that was taken, whose statistic and p the result has. */
  chosen: 'student' | 'mann-whitney';
  /** Normality of group A and of group B. */
  shapiroWilk: [ShapiroWilkResult, ShapiroWilkResult];
  /** Equality of variances, on medians. */
  levene: LeveneResult;
  alpha: number;
}

/**
 * Compares two groups by the seed study's rule.
 *
 * @param a at least 3 values, not all the same
 * @param b at least 3 values, not all the same
 * @param options `alpha` (default 0.05) is the level of the three pretests
 * @throws SaliencyError `bad-input` for fewer values, NaN, or a group whose values are all the same
 */
export function seedRule(
  a: Sample,
  b: Sample,
  options: TwoGroupOptions = {},
): TwoGroupResult<SeedRuleDetails> {
  const { alpha = 0.05 } = options;
  if (!(alpha > 0 && alpha < 1)) {
    throw new SaliencyError('bad-input', `alpha is ${alpha}: give a level between 0 and 1, such as 0.05`);
  }
  const [x, y] = readGroups(a, b, 3);
  const normality: [ShapiroWilkResult, ShapiroWilkResult] = [
    shapiroWilk(x, 'group A'),
    shapiroWilk(y, 'group B'),
  ];
  const variances = levene([x, y]);
  const assumed = normality.every((group) => group.p > alpha) && variances.p > alpha;
  const { statistic, p } = assumed ? student(x, y, options) : mannWhitney(x, y, options);
  return {
    test: 'seed-rule',
    statistic,
    p,
    details: {
      chosen: assumed ? 'student' : 'mann-whitney',
      shapiroWilk: normality,
      levene: variances,
      alpha,
    },
  };
}

/** One region's result with its p corrected over all regions. */
export interface RegionResult extends TwoGroupResult<SeedRuleDetails> {
  /** min(1, regions · p) */
  pCorrected: number;
}

/**
 * The whole procedure: the rule on each region, Bonferroni over regions.
 *
 * @param regions for each region, the scores of the two groups
 */
export function seedRuleOverRegions(
  regions: ReadonlyArray<readonly [a: Sample, b: Sample]>,
  options: TwoGroupOptions = {},
): RegionResult[] {
  const results = regions.map(([a, b]) => seedRule(a, b, options));
  const corrected = bonferroni(results.map((result) => result.p));
  return results.map((result, index) => ({ ...result, pCorrected: corrected[index]! }));
}
