/**
 * Tukey's honestly significant differences: all pairs of groups, compared at once.
 *
 * Null hypothesis: all groups have the same mean. It assumes independent values and normal groups of equal variance.
 * The chance that any pair is found to differ is the level where groups are of one size, and below it where they are
 * not. p and intervals are exact for groups of one size. Ties mean nothing to it; missing values are errors.
 *
 * Tukey 1953, The Problem of Multiple Comparisons; unequal sizes: Kramer 1956, doi:10.2307/3001469, shown to be
 * conservative by Hayter 1984, doi:10.1214/aos/1176346392.
 */
import { type AnovaDetails, partition } from './anova';
import { confidence } from './effect';
import { forPairs, type PostHocResult } from './group-test';
import { difference } from './moments';
import type { Sample } from './sample';
import { studentizedRangeUpper } from './studentized-range';
import { upperQuantile } from './upper-quantile';

export interface PostHocOptions {
  /** Confidence of all intervals together, in (0, 1); default 0.95. */
  level?: number;
}

/**
 * @param groups two or more groups of at least 1 value, one of them of more
 * @returns of each pair the difference of means, q (positive where the first is above the second), p and interval
 * @throws SaliencyError `bad-input` for fewer groups or values, NaN, where no group has any spread, or a bad level
 */
export function tukeyHsd(
  groups: readonly Sample[],
  options: PostHocOptions = {},
): PostHocResult<Pick<AnovaDetails, 'df'>> {
  const level = confidence(options.level);
  const { df, within, sizes, means } = partition(groups, "Tukey's comparison");
  const upper = (q: number) => studentizedRangeUpper(q, sizes.length, df[1]);
  const critical = upperQuantile(upper, 1 - level);
  const comparisons = forPairs(sizes.length, (a, b) => {
    const apart = difference(means[a]!, means[b]!);
    const error = Math.sqrt((within / df[1] / 2) * (1 / sizes[a]! + 1 / sizes[b]!));
    const interval = { low: apart - critical * error, high: apart + critical * error, level };
    return { a, b, difference: apart, statistic: apart / error, p: upper(Math.abs(apart / error)), interval };
  });
  return { test: 'tukey-hsd', comparisons, details: { df } };
}
