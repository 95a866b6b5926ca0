/**
 * Mean and sum of squares in two passes, so that values far from zero keep their digits.
 *
 * The second pass removes the rounding of the first: Chan, Golub and LeVeque 1983, doi:10.1080/00031305.1983.10483115.
 */

/**
 * A mean as the sum of two numbers, `origin + rest`: the mean of 1e6 ± 1 in one float64 has lost six digits of what
 * such values are about, their differences. `squares` is the sum of squared deviations from it.
 */
export interface Moments {
  origin: number;
  rest: number;
  squares: number;
}

/** Mean and sum of squared deviations of a sample that isn't empty. */
export function moments(values: Float64Array): Moments {
  let total = 0;
  for (const value of values) total += value;
  const origin = total / values.length;
  let residual = 0;
  let squares = 0;
  for (const value of values) {
    const deviation = value - origin;
    residual += deviation;
    squares += deviation * deviation;
  }
  return { origin, rest: residual / values.length, squares: squares - (residual * residual) / values.length };
}

/** Arithmetic mean of a sample that isn't empty, in one number. */
export function mean(values: Float64Array): number {
  const { origin, rest } = moments(values);
  return origin + rest;
}

/** The mean of a less the mean of b. */
export function difference(a: Moments, b: Moments): number {
  return a.origin - b.origin + (a.rest - b.rest);
}

/**
 * Whether a sum of squares is nothing but the rounding of values of this size: `0.1 + 0.2` and `0.3` differ, yet
 * a variance made of such differences means nothing.
 *
 * @param squares a sum of squared deviations of `count` values
 * @param magnitude the largest absolute value that the deviations were taken from
 */
export function isRounding(squares: number, count: number, magnitude: number): boolean {
  const rounding = 4 * Number.EPSILON * magnitude;
  return squares <= count * rounding * rounding;
}

/** The largest absolute value of some samples. */
export function magnitude(...samples: Float64Array[]): number {
  let largest = 0;
  for (const sample of samples) for (const value of sample) largest = Math.max(largest, Math.abs(value));
  return largest;
}
