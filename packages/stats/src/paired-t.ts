/**
 * Student's t-test of pairs.
 *
 * Null hypothesis: the differences within pairs, A − B, have mean zero. It assumes normal differences from independent
 * pairs; the two measurements themselves need not be normal. Ties mean nothing to it. Missing values are errors:
 * leave out the whole pair.
 *
 * Student 1908, doi:10.1093/biomet/6.1.1.
 */
import { SaliencyError } from '@regional-saliency/core';
import { studentUpper, symmetricP } from './distributions';
import { isRounding, magnitude, moments } from './moments';
import { type PairedOptions, type PairedResult, readPairs } from './paired-test';
import type { Sample } from './sample';

export interface PairedTDetails {
  /** Pairs − 1. */
  df: number;
  /** The mean of A − B. */
  meanDifference: number;
}

/**
 * @param a at least 2 values
 * @param b as many values, in the same order of images
 * @returns t, positive where the mean of A is above that of B
 * @throws SaliencyError `bad-input` for fewer values, groups of different sizes, NaN, or where all pairs differ by the
 *   same amount
 */
export function pairedT(a: Sample, b: Sample, options: PairedOptions = {}): PairedResult<PairedTDetails> {
  const [x, y] = readPairs(a, b, 2);
  const differences = x.map((value, i) => value - y[i]!);
  const { origin, rest, squares } = moments(differences);
  if (isRounding(squares, x.length, magnitude(x, y))) {
    throw new SaliencyError(
      'bad-input',
      'all pairs differ by the same amount: t is undefined without spread, use the Wilcoxon signed rank test',
    );
  }
  const df = x.length - 1;
  const meanDifference = origin + rest;
  const statistic = meanDifference / Math.sqrt(squares / df / x.length);
  const p = symmetricP(statistic, options.alternative ?? 'two-sided', (t) => studentUpper(t, df));
  return { test: 'paired-t', statistic, p, details: { df, meanDifference } };
}
