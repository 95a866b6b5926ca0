/**
 * The density of a sample by a Gaussian kernel: the outline of a violin.
 *
 * The bandwidth is Silverman's rule of thumb, 0.9 · min(s, IQR / 1.34) · n^(−1/5) (Silverman 1986, Density Estimation for
 * Statistics and Data Analysis, eq. 3.31); a violin (Hintze and Nelson 1998, doi:10.1080/00031305.1998.10480559) ends at
 * the sample's extremes, as no image scored beyond them.
 */
import { percentile } from '../overlay/levels';

export interface DensityPoint {
  readonly value: number;
  readonly density: number;
}

/**
 * @param values finite, in any order
 * @param count points of the curve, from the least to the greatest value
 * @returns nothing where there is no curve: fewer than 3 values, or all alike
 */
export function density(values: readonly number[], count = 64): DensityPoint[] {
  const bandwidth = silverman(values);
  if (values.length < 3 || !(bandwidth > 0)) return [];
  const [low, high] = [percentile(values, 0), percentile(values, 100)];
  return Array.from({ length: count }, (_, index) => {
    const value = low + ((high - low) * index) / (count - 1);
    const sum = values.reduce((sum, each) => sum + Math.exp(-(((value - each) / bandwidth) ** 2) / 2), 0);
    return { value, density: sum / (values.length * bandwidth * Math.sqrt(2 * Math.PI)) };
  });
}

/** Silverman's bandwidth; where half of the values are alike, by the standard deviation alone. */
export function silverman(values: readonly number[]): number {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const quartiles = (percentile(values, 75) - percentile(values, 25)) / 1.34;
  return 0.9 * (quartiles > 0 ? Math.min(deviation, quartiles) : deviation) * n ** -0.2;
}
