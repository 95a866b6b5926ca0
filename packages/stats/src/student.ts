/**
 * Student's t-test of two independent groups.
 *
 * Null hypothesis: both groups have the same mean. It assumes independent values and normal groups of equal variance; p is
 * then exact. Ties mean nothing to it; missing values are errors.
 *
 * Student 1908, doi:10.1093/biomet/6.1.1.
 */
import { SaliencyError } from '@regional-saliency/core';
import { studentUpper, symmetricP } from './distributions';
import { difference, isRounding, magnitude, moments } from './moments';
import { readGroups, type Sample } from './sample';
import type { TwoGroupOptions, TwoGroupResult } from './two-group-test';

/**
 * @param a at least 2 values
 * @param b at least 2 values
 * @returns t, positive where the mean of A is above that of B
 * @throws SaliencyError `bad-input` for fewer values, NaN, or where neither group has any spread
 */
export function student(a: Sample, b: Sample, options: TwoGroupOptions = {}): TwoGroupResult<{ df: number }> {
  const { t, df } = pooledT(...readGroups(a, b, 2));
  const p = symmetricP(t, options.alternative ?? 'two-sided', (x) => studentUpper(x, df));
  return { test: 'student', statistic: t, p, details: { df } };
}

/** The t statistic over the pooled variance, the difference of means in pooled standard deviations, and df. */
export function pooledT(a: Float64Array, b: Float64Array): { t: number; d: number; df: number } {
  const ofA = moments(a);
  const ofB = moments(b);
  const squares = ofA.squares + ofB.squares;
  if (isRounding(squares, a.length + b.length, magnitude(a, b))) {
    throw new SaliencyError(
      'bad-input',
      'the values within each group are all the same: t and effect sizes are undefined without spread, use the permutation test',
    );
  }
  const df = a.length + b.length - 2;
  const d = difference(ofA, ofB) / Math.sqrt(squares / df);
  return { t: d / Math.sqrt(1 / a.length + 1 / b.length), d, df };
}
