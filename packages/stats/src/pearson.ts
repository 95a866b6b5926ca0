/**
 * Pearson's product-moment correlation.
 *
 * Null hypothesis: no linear relation. p is exact for independent images whose two variables are jointly normal; the
 * interval, by Fisher's transformation, is close. Ties mean nothing to it; missing values are errors: leave out the
 * whole image.
 *
 * Pearson 1895, doi:10.1098/rspl.1895.0041; p and interval as in `correlation.ts`.
 */
import {
  type CorrelationOptions,
  type CorrelationResult,
  coefficient,
  correlationP,
  fisherInterval,
  readVariables,
} from './correlation';
import type { Sample } from './sample';

/**
 * @param x at least 3 values
 * @param y as many values, in the same order of images
 * @throws SaliencyError `bad-input` for fewer values, variables of different sizes, NaN, a variable without spread, or
 *   a bad level
 */
export function pearson(
  x: Sample,
  y: Sample,
  options: CorrelationOptions = {},
): CorrelationResult<{ df: number }> {
  const [a, b] = readVariables(x, y);
  const n = a.length;
  const found = coefficient(a, b);
  return {
    correlation: 'pearson',
    value: found.r,
    p: correlationP(found, n, options.alternative ?? 'two-sided'),
    interval: fisherInterval(found, n, 1, options.level),
    details: { df: n - 2 },
  };
}
