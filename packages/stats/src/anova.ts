/**
 * One-way analysis of variance.
 *
 * Null hypothesis: all groups have the same mean. It assumes independent values and normal groups of equal variance.
 * Ties mean nothing to it; missing values are errors. p is exact under these assumptions.
 *
 * Fisher 1925, Statistical Methods for Research Workers, chapter 7.
 */
import { SaliencyError } from '@regional-saliency/core';
import { fUpper } from './distributions';
import { centered, type GroupResult, readSeveral } from './group-test';
import { isRounding, type Moments, magnitude, moments } from './moments';
import type { Sample } from './sample';

export interface AnovaDetails {
  /** Degrees of freedom: groups − 1, values − groups. */
  df: [number, number];
  /** Sums of squares: of the groups' means about the common one, and of the values about their group's. */
  between: number;
  within: number;
}

/**
 * @param groups two or more groups of at least 1 value, one of them of more
 * @returns F, the variance of the means over that within groups
 * @throws SaliencyError `bad-input` for fewer groups or values, NaN, or where no group has any spread
 */
export function anova(groups: readonly Sample[]): GroupResult<AnovaDetails> {
  const { df, between, within } = partition(groups, 'the analysis of variance');
  const statistic = between / df[0] / (within / df[1]);
  return { test: 'anova', statistic, p: fUpper(statistic, ...df), details: { df, between, within } };
}

/** The sums of squares, and each group's size and mean less the common mean. */
export interface Partition extends AnovaDetails {
  sizes: number[];
  means: Moments[];
}

export function partition(groups: readonly Sample[], test: string): Partition {
  const samples = readSeveral(groups, test, 1);
  const sizes = samples.map((sample) => sample.length);
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const df: [number, number] = [samples.length - 1, count - samples.length];
  if (df[1] === 0) {
    throw new SaliencyError(
      'bad-input',
      `every group has 1 value: ${test} needs a group of at least 2 values, add images`,
    );
  }
  const means = centered(samples).map(moments);
  const within = means.reduce((sum, { squares }) => sum + squares, 0);
  if (isRounding(within, count, magnitude(...samples))) {
    throw new SaliencyError(
      'bad-input',
      `the values within each group are all the same: ${test} is undefined without spread, use Kruskal-Wallis`,
    );
  }
  // The common mean is zero but for rounding, which is small beside the means' own spread.
  const grand = means.reduce((sum, { origin, rest }, i) => sum + sizes[i]! * (origin + rest), 0) / count;
  const between = means.reduce(
    (sum, { origin, rest }, i) => sum + sizes[i]! * (origin - grand + rest) ** 2,
    0,
  );
  return { df, between, within, sizes, means };
}
