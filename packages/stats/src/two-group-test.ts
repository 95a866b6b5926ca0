/**
 * The shape that every test of two groups has, so that a study can take any of them by name.
 */
import type { Alternative } from './distributions';
import type { Sample } from './sample';

/** A plain object, ready for JSON. */
export interface TwoGroupResult<Details extends object = object> {
  /** The test's id in the registry `tests`. */
  test: string;
  statistic: number;
  /** In [0, 1], before any correction for the number of comparisons. */
  p: number;
  /** What else the test knows: degrees of freedom, the method taken, the tests it looked at first. */
  details: Details;
}

/** Options that a study may give to any test; each test reads those it knows. */
export interface TwoGroupOptions {
  /** Default 'two-sided'. */
  alternative?: Alternative;
  /** Level of the decisions inside a procedure (seed-rule); default 0.05. */
  alpha?: number;
  /** Arrangements of the permutation test; default 9999. */
  permutations?: number;
  /** Seed of the permutation test; default 0. */
  seed?: number;
}

export type TwoGroupTest = (a: Sample, b: Sample, options?: TwoGroupOptions) => TwoGroupResult;
