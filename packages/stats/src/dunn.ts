/**
 * Dunn's comparison of all pairs of groups by the ranks that Kruskal and Wallis' test gives.
 *
 * Null hypothesis of each pair: both groups have the same distribution. Values are independent; only their order counts.
 * Tied values share the mean of their ranks, and the variance is corrected for them. p is the normal approximation,
 * corrected for the number of pairs. Missing values are errors.
 *
 * Dunn 1964, doi:10.1080/00401706.1964.10490181.
 */
import { normalUpper } from './distributions';
import { forPairs, type PostHocResult } from './group-test';
import { holm } from './holm';
import { rankGroups } from './kruskal-wallis';
import type { Correction } from './p-values';
import type { Sample } from './sample';

export interface DunnOptions {
  /** Any of the registry `corrections`, or one's own; default `holm`. */
  correction?: Correction;
}

export interface DunnDetails {
  /** p of each comparison before the correction. */
  uncorrected: number[];
}

/**
 * @param groups two or more groups of at least 1 value
 * @returns of each pair the difference of mean ranks, z (positive where the first is above the second) and p
 * @throws SaliencyError `bad-input` for fewer groups or values, NaN, or where all values are the same
 */
export function dunn(groups: readonly Sample[], options: DunnOptions = {}): PostHocResult<DunnDetails> {
  const { sizes, meanRanks, variance } = rankGroups(groups, "Dunn's comparison");
  const compared = forPairs(sizes.length, (a, b) => {
    const difference = meanRanks[a]! - meanRanks[b]!;
    const statistic = difference / Math.sqrt(variance * (1 / sizes[a]! + 1 / sizes[b]!));
    return { a, b, difference, statistic };
  });
  const uncorrected = compared.map(({ statistic }) => 2 * normalUpper(Math.abs(statistic)));
  const corrected = (options.correction ?? holm)(uncorrected);
  return {
    test: 'dunn',
    comparisons: compared.map((comparison, i) => ({ ...comparison, p: corrected[i]! })),
    details: { uncorrected },
  };
}
