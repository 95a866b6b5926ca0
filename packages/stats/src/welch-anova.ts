/**
 * Welch's analysis of variance.
 *
 * Null hypothesis: all groups have the same mean. It assumes independent values and normal groups; their variances may
 * differ. Ties mean nothing to it; missing values are errors. p is a close approximation; for two groups it is that of
 * Welch's t-test.
 *
 * Welch 1951, doi:10.1093/biomet/38.3-4.330.
 */
import { SaliencyError } from '@regional-saliency/core';
import { fUpper } from './distributions';
import { centered, type GroupResult, nameOf, readSeveral } from './group-test';
import { isRounding, type Moments, magnitude, moments } from './moments';
import type { Sample } from './sample';

export interface WelchAnovaDetails {
  /** Degrees of freedom; the second is not an integer in general. */
  df: [number, number];
}

/**
 * @param groups two or more groups of at least 2 values, none of them constant
 * @throws SaliencyError `bad-input` for fewer groups or values, NaN, or a group without spread
 */
export function welchAnova(groups: readonly Sample[]): GroupResult<WelchAnovaDetails> {
  const means = meansWithErrors(groups, "Welch's analysis of variance");
  const k = means.length;
  const weights = means.map(({ error }) => 1 / error);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => weight / total);
  const grand = means.reduce((sum, { mean }, i) => sum + shares[i]! * mean, 0);
  const between = means.reduce((sum, { mean }, i) => sum + weights[i]! * (mean - grand) ** 2, 0);
  const spread = means.reduce((sum, { size }, i) => sum + (1 - shares[i]!) ** 2 / (size - 1), 0);
  const statistic = between / (k - 1) / (1 + ((2 * (k - 2)) / (k * k - 1)) * spread);
  const df: [number, number] = [k - 1, (k * k - 1) / (3 * spread)];
  return { test: 'welch-anova', statistic, p: fUpper(statistic, ...df), details: { df } };
}

/** A group's mean less the common mean, and the squared standard error of it. */
export interface MeanWithError extends Moments {
  size: number;
  mean: number;
  error: number;
}

export function meansWithErrors(groups: readonly Sample[], test: string): MeanWithError[] {
  const samples = readSeveral(groups, test, 2);
  return centered(samples).map((sample, index) => {
    const { origin, rest, squares } = moments(sample);
    if (isRounding(squares, sample.length, magnitude(samples[index]!))) {
      throw new SaliencyError(
        'bad-input',
        `the values of ${nameOf(index)} are all the same: ${test} weighs groups by their variance, leave this group out or use Kruskal-Wallis`,
      );
    }
    const size = sample.length;
    return { origin, rest, squares, size, mean: origin + rest, error: squares / (size - 1) / size };
  });
}
