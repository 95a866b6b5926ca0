/**
 * The shapes that tests of several groups and the comparisons of their pairs have, so that a study can take any of
 * them by name.
 */
import { SaliencyError } from '@regional-saliency/core';
import { mean } from './moments';
import { readSample, type Sample } from './sample';

/** A plain object, ready for JSON. */
export interface GroupResult<Details extends object = object> {
  /** The test's id in the registry `groupTests`. */
  test: string;
  statistic: number;
  /** In [0, 1], before any correction for the number of comparisons. */
  p: number;
  /** What else the test knows: degrees of freedom, sums of squares. */
  details: Details;
}

/** Whether any of two or more groups differs from the others. */
export type GroupTest = (groups: readonly Sample[]) => GroupResult;

/** One pair of groups. */
export interface PairComparison {
  /** Indices of the groups. */
  a: number;
  b: number;
  /** The mean (Dunn: the mean rank) of the first group less that of the second. */
  difference: number;
  /** Positive where the first group is above the second. */
  statistic: number;
  /** In [0, 1], corrected for all pairs. */
  p: number;
  /** Of the difference; all intervals hold the truth together with the confidence `level`. */
  interval?: { low: number; high: number; level: number };
}

/** A plain object, ready for JSON. */
export interface PostHocResult<Details extends object = object> {
  /** The procedure's id in the registry `postHocTests`. */
  test: string;
  /** Groups 0 and 1, 0 and 2, …, 1 and 2, … */
  comparisons: PairComparison[];
  details: Details;
}

/** Which of the groups differ. */
export type PostHocTest = (groups: readonly Sample[]) => PostHocResult;

/**
 * @param test what an error calls the test
 * @param least the fewest values of a group
 * @throws SaliencyError `bad-input` for fewer than two groups, fewer values, NaN or infinity
 */
export function readSeveral(groups: readonly Sample[], test: string, least: number): Float64Array[] {
  if (groups.length < 2) {
    throw new SaliencyError(
      'bad-input',
      `${test} compares groups, but ${groups.length} ${groups.length === 1 ? 'was' : 'were'} given: give two or more`,
    );
  }
  return groups.map((group, index) => readSample(group, nameOf(index), least));
}

/** Group A to group Z, then by number. */
export function nameOf(index: number): string {
  return `group ${index < 26 ? String.fromCharCode(65 + index) : index + 1}`;
}

/** The values less their common mean: values far from zero keep the digits that tell them apart. */
export function centered(samples: readonly Float64Array[]): Float64Array[] {
  const origin = mean(Float64Array.from(samples.flatMap((sample) => Array.from(sample))));
  return samples.map((sample) => sample.map((value) => value - origin));
}

/** A value for each pair of groups, in the order of `PostHocResult.comparisons`. */
export function forPairs<T>(groups: number, value: (a: number, b: number) => T): T[] {
  const pairs: T[] = [];
  for (let a = 0; a < groups; a++) for (let b = a + 1; b < groups; b++) pairs.push(value(a, b));
  return pairs;
}
