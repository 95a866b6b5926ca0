/**
 * Kruskal and Wallis' analysis of variance of ranks.
 *
 * Null hypothesis: all groups have the same distribution. Values are independent; only their order counts. Tied values
 * share the mean of their ranks, and H is divided by what that takes from the variance. p is the chi-square
 * approximation, as in SciPy: for groups of five or fewer values it is rough. Missing values are errors.
 *
 * Kruskal and Wallis 1952, doi:10.1080/01621459.1952.10483441.
 */
import { SaliencyError } from '@regional-saliency/core';
import { chiSquareUpper } from './chi-square';
import { type GroupResult, readSeveral } from './group-test';
import { midRanks } from './ranks';
import type { Sample } from './sample';

export interface KruskalWallisDetails {
  /** Groups − 1. */
  df: number;
  /** Whether any value occurs twice. */
  ties: boolean;
}

/**
 * @param groups two or more groups of at least 1 value
 * @returns H
 * @throws SaliencyError `bad-input` for fewer groups or values, NaN, or where all values are the same
 */
export function kruskalWallis(groups: readonly Sample[]): GroupResult<KruskalWallisDetails> {
  const ranked = rankGroups(groups, 'Kruskal-Wallis');
  const statistic = rankStatistic(ranked);
  const df = groups.length - 1;
  const p = chiSquareUpper(statistic, df);
  return { test: 'kruskal-wallis', statistic, p, details: { df, ties: ranked.ties } };
}

export interface RankedGroups {
  sizes: number[];
  /** Each group's mean of the ranks of its values among all. */
  meanRanks: number[];
  count: number;
  /** Of one rank, with N − 1 in the denominator: N(N + 1)/12 without ties. */
  variance: number;
  ties: boolean;
}

export function rankGroups(groups: readonly Sample[], test: string): RankedGroups {
  const samples = readSeveral(groups, test, 1);
  const pooled = Float64Array.from(samples.flatMap((sample) => Array.from(sample)));
  const count = pooled.length;
  if (pooled.every((value) => value === pooled[0])) {
    throw new SaliencyError(
      'bad-input',
      `all ${count} values are the same: ${test} is undefined without an order, leave this comparison out`,
    );
  }
  const { ranks, tieTerm } = midRanks(pooled);
  let start = 0;
  const meanRanks = samples.map(({ length }) => {
    const own = ranks.subarray(start, start + length);
    start += length;
    return own.reduce((sum, rank) => sum + rank, 0) / length;
  });
  return {
    sizes: samples.map((sample) => sample.length),
    meanRanks,
    count,
    variance: (count * (count + 1) - tieTerm / (count - 1)) / 12,
    ties: tieTerm > 0,
  };
}

/** H: the squares of the mean ranks about the middle rank, over the variance of a rank. */
export function rankStatistic({ sizes, meanRanks, count, variance }: RankedGroups): number {
  const middle = (count + 1) / 2;
  return meanRanks.reduce((sum, rank, i) => sum + sizes[i]! * (rank - middle) ** 2, 0) / variance;
}
