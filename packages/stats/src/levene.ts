/**
 * Levene's test of equal variances.
 *
 * Null hypothesis: all groups have the same variance. It is a one-way analysis of variance of the absolute
 * deviations from each group's centre. It assumes independent values; p is an approximation for any distribution, on medians
 * close to the level or below it. Ties mean nothing to it; missing values are errors.
 *
 * Levene 1960 (mean), in Contributions to Probability and Statistics, Stanford University Press; Brown and Forsythe
 * 1974 (median and trimmed mean), doi:10.1080/01621459.1974.10482955.
 */
import { SaliencyError } from '@regional-saliency/core';
import { fUpper } from './distributions';
import { isRounding, type Moments, magnitude, mean, moments } from './moments';
import { readSample, type Sample } from './sample';

/** Median for skewed groups (the default, as in SciPy), mean for symmetric ones, trimmed mean for heavy tails. */
export type LeveneCenter = 'mean' | 'median' | 'trimmed';

export interface LeveneOptions {
  center?: LeveneCenter;
  /** Share of the values that `trimmed` leaves out at each end, in [0, 0.5); default 0.05. */
  proportionToCut?: number;
}

export interface LeveneResult {
  /** W, which has an F distribution under the null hypothesis. */
  statistic: number;
  p: number;
  /** Degrees of freedom: groups − 1, values − groups. */
  df: [number, number];
}

/**
 * @param groups two or more groups of at least 3 values each: two values are always equally far from their centre
 * @throws SaliencyError `bad-input` for fewer groups or values, NaN, or where no group's deviations vary
 */
export function levene(groups: readonly Sample[], options: LeveneOptions = {}): LeveneResult {
  const { center = 'median', proportionToCut = 0.05 } = options;
  if (groups.length < 2) {
    throw new SaliencyError(
      'bad-input',
      `Levene compares groups, but ${groups.length} was given: give two or more`,
    );
  }
  if (!(proportionToCut >= 0 && proportionToCut < 0.5)) {
    throw new SaliencyError(
      'bad-input',
      `proportionToCut is ${proportionToCut}: give the share to leave out at each end, from 0 to below 0.5`,
    );
  }
  const samples = groups.map((group, index) => readSample(group, groupName(index), 3));
  const deviations = samples.map((sample) => {
    const { origin, rest } = centerOf(sample, center, proportionToCut);
    return sample.map((value) => Math.abs(value - origin - rest));
  });

  const count = samples.reduce((sum, sample) => sum + sample.length, 0);
  const df: [number, number] = [samples.length - 1, count - samples.length];
  const within = deviations.reduce((sum, group) => sum + moments(group).squares, 0);
  if (isRounding(within, count, magnitude(...samples))) {
    throw new SaliencyError(
      'bad-input',
      "in every group the values are equally far from the group's centre: Levene is undefined, use more varied data",
    );
  }
  const means = deviations.map(mean);
  const grand = means.reduce((sum, value, i) => sum + value * deviations[i]!.length, 0) / count;
  const between = means.reduce((sum, value, i) => sum + deviations[i]!.length * (value - grand) ** 2, 0);
  const statistic = ((df[1] / df[0]) * between) / within;
  return { statistic, p: fUpper(statistic, ...df), df };
}

function centerOf(
  sample: Float64Array,
  center: LeveneCenter,
  proportionToCut: number,
): Pick<Moments, 'origin' | 'rest'> {
  const ordered = sample.slice().sort();
  const n = ordered.length;
  switch (center) {
    case 'mean':
      return moments(sample);
    case 'median':
      return moments(ordered.subarray((n - 1) >> 1, (n >> 1) + 1));
    case 'trimmed': {
      const cut = Math.floor(proportionToCut * n);
      return moments(ordered.subarray(cut, n - cut));
    }
    default:
      throw new SaliencyError(
        'unknown-name',
        `Levene has no center '${center}': use 'mean', 'median' or 'trimmed'`,
      );
  }
}

function groupName(index: number): string {
  return `group ${String.fromCharCode(65 + (index % 26))}`;
}
