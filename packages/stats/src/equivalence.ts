/**
 * Equivalence of two means by two one-sided t-tests (TOST).
 *
 * Null hypothesis: the true difference of means, A − B, is at or beyond one of the bounds; a small p says that it lies
 * between them. p is the larger of the two one-sided p-values, and is at or below alpha just where the interval of
 * confidence 1 − 2 alpha lies within the bounds. Assumptions are those of the t-test that is taken. Ties mean nothing to
 * it; missing values are errors. p is exact under the assumptions for bounds in raw units. Bounds in standardized units
 * are multiplied by a standard deviation of the same data, which p takes as known: an approximation.
 *
 * Schuirmann 1987, doi:10.1007/BF01068419. Standardized bounds: Lakens 2017, doi:10.1177/1948550617697177.
 */
import { SaliencyError } from '@regional-saliency/core';
import { studentUpper } from './distributions';
import { difference, isRounding, magnitude, moments } from './moments';
import { readPairs } from './paired-test';
import { readGroups, type Sample } from './sample';
import { upperQuantile } from './upper-quantile';

export interface EquivalenceOptions {
  /** The differences that would still count as the same: `[low, high]`, or one number for both sides of zero. */
  bounds: number | readonly [low: number, high: number];
  /**
   * What the bounds are in: `raw`, the values' own unit, or `standardized`, standard deviations: the pooled one
   * (student), the root of the mean variance (welch), or that of the differences (pairs). Default 'raw'.
   */
  units?: 'raw' | 'standardized';
  /** Level of each of the two tests, in (0, 0.5); the interval has confidence 1 − 2 alpha. Default 0.05. */
  alpha?: number;
}

export interface TwoGroupEquivalenceOptions extends EquivalenceOptions {
  /** Whether variances are pooled; default 'welch'. */
  test?: 'student' | 'welch';
}

/** A plain object, ready for JSON. */
export interface EquivalenceResult {
  test: 'tost-student' | 'tost-welch' | 'tost-paired';
  /** The larger of the two p-values. */
  p: number;
  /** The mean of A less the mean of B, in the values' own unit, as all below. */
  difference: number;
  interval: { low: number; high: number; level: number };
  bounds: { low: number; high: number };
  /** Against a difference at or below the lower bound. */
  aboveLow: { statistic: number; p: number };
  /** Against a difference at or above the upper bound. */
  belowHigh: { statistic: number; p: number };
  details: { df: number; standardError: number };
}

/**
 * Two independent groups.
 *
 * @param a at least 2 values
 * @param b at least 2 values
 * @throws SaliencyError `bad-input` for fewer values, NaN, bounds that are not low < high, a bad alpha, or where neither
 *   group has any spread
 */
export function equivalence(a: Sample, b: Sample, options: TwoGroupEquivalenceOptions): EquivalenceResult {
  const { test = 'welch' } = options;
  if (test !== 'student' && test !== 'welch') {
    throw new SaliencyError(
      'unknown-name',
      `equivalence of two groups has no test '${test}': use 'student' or 'welch'`,
    );
  }
  const [x, y] = readGroups(a, b, 2);
  const [ofX, ofY] = [moments(x), moments(y)];
  if (isRounding(ofX.squares + ofY.squares, x.length + y.length, magnitude(x, y))) {
    throw withoutSpread('the values within each group are all the same');
  }
  const [dfX, dfY] = [x.length - 1, y.length - 1];
  const mean = difference(ofX, ofY);
  if (test === 'student') {
    const df = dfX + dfY;
    const deviation = Math.sqrt((ofX.squares + ofY.squares) / df);
    const standardError = deviation * Math.sqrt(1 / x.length + 1 / y.length);
    return twoSided('tost-student', { mean, standardError, df, deviation }, options);
  }
  const u = ofX.squares / dfX / x.length;
  const v = ofY.squares / dfY / y.length;
  const share = u / (u + v);
  const df = 1 / (share ** 2 / dfX + (1 - share) ** 2 / dfY);
  const deviation = Math.sqrt((ofX.squares / dfX + ofY.squares / dfY) / 2);
  return twoSided('tost-welch', { mean, standardError: Math.sqrt(u + v), df, deviation }, options);
}

/**
 * Two measurements of the same images.
 *
 * @param a at least 2 values
 * @param b as many values, in the same order of images
 * @throws SaliencyError `bad-input` for fewer values, groups of different sizes, NaN, bounds that are not low < high, a
 *   bad alpha, or where all pairs differ by the same amount
 */
export function pairedEquivalence(a: Sample, b: Sample, options: EquivalenceOptions): EquivalenceResult {
  const [x, y] = readPairs(a, b, 2);
  const { origin, rest, squares } = moments(x.map((value, i) => value - y[i]!));
  if (isRounding(squares, x.length, magnitude(x, y))) {
    throw withoutSpread('all pairs differ by the same amount');
  }
  const df = x.length - 1;
  const deviation = Math.sqrt(squares / df);
  const standardError = deviation / Math.sqrt(x.length);
  return twoSided('tost-paired', { mean: origin + rest, standardError, df, deviation }, options);
}

interface Estimate {
  mean: number;
  standardError: number;
  df: number;
  /** What one standardized unit is. */
  deviation: number;
}

function twoSided(
  test: EquivalenceResult['test'],
  { mean, standardError, df, deviation }: Estimate,
  { bounds, units = 'raw', alpha = 0.05 }: EquivalenceOptions,
): EquivalenceResult {
  if (units !== 'raw' && units !== 'standardized') {
    throw new SaliencyError('unknown-name', `bounds have no units '${units}': use 'raw' or 'standardized'`);
  }
  if (!(alpha > 0 && alpha < 0.5)) {
    throw new SaliencyError('bad-input', `alpha is ${alpha}: give a level between 0 and 0.5, such as 0.05`);
  }
  const unit = units === 'raw' ? 1 : deviation;
  const [low, high] = (typeof bounds === 'number' ? [-bounds, bounds] : [...bounds]) as [number, number];
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    throw new SaliencyError(
      'bad-input',
      `the bounds are ${low} to ${high}: give the smallest and the largest difference that count as none, the first below the second`,
    );
  }
  const tail = (statistic: number) => ({ statistic, p: studentUpper(statistic, df) });
  const aboveLow = tail((mean - low * unit) / standardError);
  const upper = tail((high * unit - mean) / standardError);
  // The same test, said as a difference below the bound is said everywhere else.
  const belowHigh = { statistic: -upper.statistic, p: upper.p };
  const reach = upperQuantile((t) => studentUpper(t, df), alpha) * standardError;
  return {
    test,
    p: Math.max(aboveLow.p, belowHigh.p),
    difference: mean,
    interval: { low: mean - reach, high: mean + reach, level: 1 - 2 * alpha },
    bounds: { low: low * unit, high: high * unit },
    aboveLow,
    belowHigh,
    details: { df, standardError },
  };
}

function withoutSpread(what: string): SaliencyError {
  return new SaliencyError(
    'bad-input',
    `${what}: equivalence by t is undefined without spread, compare the difference with the bounds yourself`,
  );
}
