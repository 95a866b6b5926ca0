/**
 * Shapiro-Wilk test of normality.
 *
 * Null hypothesis: the sample was drawn from a normal distribution. W is the squared correlation of the ordered
 * sample with weights close to the expected normal order statistics; small W speaks against normality. Values are
 * independent. p is an approximation by Royston, exact for three values. Ties are taken as they are, and many of them speak
 * against normality too; missing values are errors.
 *
 * Royston 1995, "Remark AS R94: A Remark on Algorithm AS 181: The W-test for Normality", doi:10.2307/2986146;
 * weights from Royston 1992, doi:10.1007/BF01891203. For three values the distribution of W is exact: Shapiro and
 * Wilk 1965, doi:10.1093/biomet/52.3-4.591, corollary 4.
 */
import { SaliencyError } from '@regional-saliency/core';
import { normalQuantile, normalUpper } from './distributions';
import { mean } from './moments';
import { readSample, type Sample } from './sample';

export interface ShapiroWilkResult {
  /** W, in (0, 1]. */
  statistic: number;
  p: number;
}

/**
 * @param sample at least 3 values, not all the same. Royston checked the p-value up to 5000 values; beyond, it is
 *   an extrapolation (as in SciPy, which warns).
 * @throws SaliencyError `bad-input` for fewer values, NaN, or values that are all the same
 */
export function shapiroWilk(sample: Sample, name = 'the sample'): ShapiroWilkResult {
  const ordered = readSample(sample, name, 3).sort();
  const n = ordered.length;
  const range = ordered[n - 1]! - ordered[0]!;
  if (range === 0) {
    throw new SaliencyError(
      'bad-input',
      `${name} has the same value ${n} times: Shapiro-Wilk is undefined without spread, leave this sample out`,
    );
  }
  // W does not see shift and scale. Taken from a middle value, differences of close numbers are exact.
  const middle = ordered[n >> 1]!;
  const scaled = ordered.map((value) => (value - middle) / range);
  if (n === 3) return threeValues(scaled);

  const unexplained = oneMinusSquaredCorrelation(scaled, weights(n));
  return { statistic: 1 - unexplained, p: normalUpper(normalized(unexplained, n)) };
}

/** Weights of the ordered sample: antisymmetric, of unit length. The outer ones are corrected by polynomials. */
function weights(n: number): Float64Array {
  const scores = Float64Array.from({ length: n }, (_, i) =>
    i < n / 2 ? normalQuantile((i + 1 - 0.375) / (n + 0.25)) : -normalQuantile((n - i - 0.375) / (n + 0.25)),
  );
  if (n % 2 === 1) scores[n >> 1] = 0;
  let squares = 0;
  for (const score of scores) squares += score * score;

  const u = 1 / Math.sqrt(n);
  const corrections = [
    [0.221157, -0.147981, -2.07119, 4.434685, -2.706056],
    [0.042981, -0.293762, -1.752461, 5.682633, -3.582633],
  ];
  const corrected = n > 5 ? 2 : 1;
  let squaresLeft = squares;
  let lengthLeft = 1;
  const outer: number[] = [];
  for (let k = 0; k < corrected; k++) {
    const score = scores[n - 1 - k]!;
    const weight = score / Math.sqrt(squares) + polynomial([0, ...corrections[k]!], u);
    squaresLeft -= 2 * score * score;
    lengthLeft -= 2 * weight * weight;
    outer.push(weight);
  }
  const result = scores.map((score) => score * Math.sqrt(lengthLeft / squaresLeft));
  outer.forEach((weight, k) => {
    result[n - 1 - k] = weight;
    result[k] = -weight;
  });
  return result;
}

/**
 * 1 − r² of a sample with weights of mean zero and unit length, as the length of what the weights leave over:
 * where r is almost one, subtracting from one would keep no digits.
 */
function oneMinusSquaredCorrelation(values: Float64Array, unit: Float64Array): number {
  const center = mean(values);
  const deviations = values.map((value) => value - center);
  const length = Math.sqrt(deviations.reduce((sum, deviation) => sum + deviation * deviation, 0));
  let along = 0;
  deviations.forEach((deviation, i) => {
    along += (deviation / length) * unit[i]!;
  });
  let left = 0;
  deviations.forEach((deviation, i) => {
    left += (deviation / length - along * unit[i]!) ** 2;
  });
  return left;
}

/** Royston's transformation of 1 − W to a value that is standard normal under the null hypothesis. */
function normalized(unexplained: number, n: number): number {
  if (n <= 11) {
    const bound = -2.273 + 0.459 * n;
    const mu = polynomial([0.544, -0.39978, 0.025054, -0.0006714], n);
    const sigma = Math.exp(polynomial([1.3822, -0.77857, 0.062767, -0.0020322], n));
    return (-Math.log(bound - Math.log(unexplained)) - mu) / sigma;
  }
  const x = Math.log(n);
  const mu = polynomial([-1.5861, -0.31082, -0.083751, 0.0038915], x);
  const sigma = Math.exp(polynomial([-0.4803, -0.082676, 0.0030302], x));
  return (Math.log(unexplained) - mu) / sigma;
}

/**
 * Three values with gaps u and v: W = 3/4 + 3uv / 4(u² + uv + v²), and p = 6/π (arcsin √W − π/3), which is
 * 6/π arctan(√3 m / (2M + m)) in the smaller gap m and the larger M. In this form a small p keeps all its digits;
 * SciPy's one minus an arc cosine keeps them to 1e-16 of one.
 */
function threeValues(ordered: Float64Array): ShapiroWilkResult {
  const u = ordered[1]! - ordered[0]!;
  const v = ordered[2]! - ordered[1]!;
  const smaller = Math.min(u, v);
  const larger = Math.max(u, v);
  return {
    statistic: 0.75 + (0.75 * u * v) / (u * u + u * v + v * v),
    p: Math.min(1, (6 / Math.PI) * Math.atan((Math.sqrt(3) * smaller) / (2 * larger + smaller))),
  };
}

/** c₀ + c₁x + c₂x² + … */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((value, coefficient) => value * x + coefficient, 0);
}
