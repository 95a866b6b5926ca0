/**
 * Games and Howell's comparison of all pairs of groups whose variances may differ.
 *
 * Null hypothesis of each pair: both groups have the same mean. It assumes independent values and normal groups. Each
 * pair has its own error and degrees of freedom, as in Welch's t-test, and p by the studentized range of all groups:
 * the chance that any pair is found to differ is close to the level, and above it at times in groups of fewer than six
 * values. Ties mean nothing to it; missing values are errors.
 *
 * Games and Howell 1976, doi:10.3102/10769986001002113.
 */
import { confidence } from './effect';
import { forPairs, type PostHocResult } from './group-test';
import { difference } from './moments';
import type { Sample } from './sample';
import { studentizedRangeUpper } from './studentized-range';
import type { PostHocOptions } from './tukey';
import { upperQuantile } from './upper-quantile';
import { meansWithErrors } from './welch-anova';

export interface GamesHowellDetails {
  /** Degrees of freedom of each comparison, not integers in general. */
  df: number[];
}

/**
 * @param groups two or more groups of at least 2 values, none of them constant
 * @returns of each pair the difference of means, q (positive where the first is above the second), p and interval
 * @throws SaliencyError `bad-input` for fewer groups or values, NaN, a group without spread, or a bad level
 */
export function gamesHowell(
  groups: readonly Sample[],
  options: PostHocOptions = {},
): PostHocResult<GamesHowellDetails> {
  const level = confidence(options.level);
  const means = meansWithErrors(groups, "Games and Howell's comparison");
  const compared = forPairs(means.length, (a, b) => {
    const [x, y] = [means[a]!, means[b]!];
    const share = x.error / (x.error + y.error);
    const df = 1 / (share ** 2 / (x.size - 1) + (1 - share) ** 2 / (y.size - 1));
    const upper = (q: number) => studentizedRangeUpper(q, means.length, df);
    const apart = difference(x, y);
    const error = Math.sqrt((x.error + y.error) / 2);
    const width = upperQuantile(upper, 1 - level) * error;
    const interval = { low: apart - width, high: apart + width, level };
    const comparison = { a, b, difference: apart, statistic: apart / error, interval };
    return { df, comparison: { ...comparison, p: upper(Math.abs(apart / error)) } };
  });
  return {
    test: 'games-howell',
    comparisons: compared.map(({ comparison }) => comparison),
    details: { df: compared.map(({ df }) => df) },
  };
}
