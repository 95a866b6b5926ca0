/**
 * Welch's t-test of two independent groups.
 *
 * Null hypothesis: both groups have the same mean. It assumes independent values and normal groups; their variances may
 * differ. p is a close approximation, since its degrees of freedom are estimated. Ties mean nothing to it; missing values
 * are errors.
 *
 * Welch 1947, doi:10.1093/biomet/34.1-2.28; degrees of freedom of Satterthwaite 1946, doi:10.2307/3002019.
 */
import { SaliencyError } from '@regional-saliency/core';
import { studentUpper, symmetricP } from './distributions';
import { difference, isRounding, magnitude, moments } from './moments';
import { readGroups, type Sample } from './sample';
import type { TwoGroupOptions, TwoGroupResult } from './two-group-test';

/**
 * @param a at least 2 values
 * @param b at least 2 values
 * @returns t, positive where the mean of A is above that of B; `details.df` is not an integer in general
 * @throws SaliencyError `bad-input` for fewer values, NaN, or where neither group has any spread
 */
export function welch(a: Sample, b: Sample, options: TwoGroupOptions = {}): TwoGroupResult<{ df: number }> {
  const [x, y] = readGroups(a, b, 2);
  const ofX = moments(x);
  const ofY = moments(y);
  if (isRounding(ofX.squares + ofY.squares, x.length + y.length, magnitude(x, y))) {
    throw new SaliencyError(
      'bad-input',
      'the values within each group are all the same: t is undefined without spread, use the permutation test',
    );
  }
  // Squared standard errors of the two means.
  const u = ofX.squares / (x.length - 1) / x.length;
  const v = ofY.squares / (y.length - 1) / y.length;
  const t = difference(ofX, ofY) / Math.sqrt(u + v);
  // Shares rather than squares of u and v, which may underflow.
  const share = u / (u + v);
  const df = 1 / (share ** 2 / (x.length - 1) + (1 - share) ** 2 / (y.length - 1));
  const p = symmetricP(t, options.alternative ?? 'two-sided', (value) => studentUpper(value, df));
  return { test: 'welch', statistic: t, p, details: { df } };
}
