/**
 * The shape that every correlation has, so that a study can take any of them by name, and what they share: r without
 * the loss of 1 − r², its t-test and Fisher's interval.
 *
 * Fisher 1915, doi:10.1093/biomet/10.4.507 (t); Fisher 1921, On the "probable error" of a coefficient of correlation
 * deduced from a small sample, Metron 1, 3-32 (interval).
 */
import { SaliencyError } from '@regional-saliency/core';
import { type Alternative, normalQuantile, studentUpper, symmetricP } from './distributions';
import { confidence } from './effect';
import { isRounding, magnitude, moments } from './moments';
import { readSample, type Sample } from './sample';

export interface CorrelationOptions {
  /** Default 'two-sided'; 'greater' is a correlation above zero. */
  alternative?: Alternative;
  /** Confidence of the interval, in (0, 1); default 0.95. */
  level?: number;
}

/** A plain object, ready for JSON. */
export interface CorrelationResult<Details extends object = object> {
  /** The correlation's id in the registry `correlations`. */
  correlation: string;
  /** In [−1, 1]. */
  value: number;
  /** Of no correlation; in [0, 1], before any correction for the number of comparisons. */
  p: number;
  /** Two-sided, whatever the alternative is. From −1 to 1 where there are 3 images, which say nothing about it. */
  interval: { low: number; high: number; level: number };
  details: Details;
}

/** A value of x and the value of y at the same index belong to one image. */
export type Correlation = (x: Sample, y: Sample, options?: CorrelationOptions) => CorrelationResult;

/** @throws SaliencyError `bad-input` for fewer than 3 values, variables of different sizes, NaN or infinity */
export function readVariables(x: Sample, y: Sample): [Float64Array, Float64Array] {
  const [a, b] = [readSample(x, 'variable x', 3), readSample(y, 'variable y', 3)];
  if (a.length !== b.length) {
    throw new SaliencyError(
      'bad-input',
      `variable x has ${a.length} values and variable y has ${b.length}, but each image needs both: leave out the images that have only one`,
    );
  }
  return [a, b];
}

/** A correlation coefficient and 1 − r², which keeps its digits where r is almost one. */
export interface Coefficient {
  r: number;
  unexplained: number;
}

/** The product-moment correlation of two variables of one size. */
export function coefficient(x: Float64Array, y: Float64Array): Coefficient {
  const [u, v] = [unit(x, 'x'), unit(y, 'y')];
  const r = u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  // |v − ru|² is 1 − r² for vectors of unit length, and no difference of two numbers near one.
  const unexplained = u.reduce((sum, value, i) => sum + (v[i]! - r * value) ** 2, 0);
  if (isRounding(unexplained, x.length, 1)) return { r: Math.sign(r), unexplained: 0 };
  return { r: Math.max(-1, Math.min(1, r)), unexplained };
}

/** Deviations from the mean, of unit length. */
function unit(values: Float64Array, name: string): Float64Array {
  const { origin, rest, squares } = moments(values);
  if (isRounding(squares, values.length, magnitude(values))) {
    throw new SaliencyError(
      'bad-input',
      `the values of variable ${name} are all the same: a correlation is undefined without spread, leave this comparison out`,
    );
  }
  const deviations = values.map((value) => value - origin - rest);
  const length = Math.sqrt(squares);
  return deviations.map((deviation) => deviation / length);
}

/** p of r = 0, by t = r √((n − 2) / (1 − r²)) with n − 2 degrees of freedom. */
export function correlationP({ r, unexplained }: Coefficient, n: number, alternative: Alternative): number {
  const t = r / Math.sqrt(unexplained / (n - 2));
  return symmetricP(t, alternative, (value) => studentUpper(value, n - 2));
}

/**
 * Fisher's interval: artanh r has a nearly normal distribution.
 *
 * @param variance of artanh r, times n − 3
 */
export function fisherInterval(
  { r, unexplained }: Coefficient,
  n: number,
  variance: number,
  asked: number | undefined,
): CorrelationResult['interval'] {
  const level = confidence(asked);
  if (n === 3) return { low: -1, high: 1, level };
  const z =
    Math.abs(r) < 0.5
      ? Math.atanh(r)
      : Math.sign(r) * (Math.log1p(Math.abs(r)) - 0.5 * Math.log(unexplained));
  const width = -normalQuantile((1 - level) / 2) * Math.sqrt(variance / (n - 3));
  return { low: Math.tanh(z - width), high: Math.tanh(z + width), level };
}
