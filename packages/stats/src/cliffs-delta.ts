/**
 * Cliff's delta: the chance that a value of A is above one of B, less the chance that it is below.
 *
 * Values are independent; only their order counts, and ties count for neither side. Missing values are errors.
 *
 * Cliff 1993, doi:10.1037/0033-2909.114.3.494, with the unbiased variance given there and its least value,
 * (1 − δ²) / (nA nB − 1). The interval leans towards zero as the distribution of δ does, with Student's t on
 * nA + nB − 2 degrees of freedom: Feng and Cliff 2004, doi:10.22237/jmasm/1099267560. Where the groups don't overlap the
 * variance is 0 and says nothing; the interval is then Wilson's for n successes of n, n being the smaller group
 * (Wilson 1927, doi:10.1080/01621459.1927.10502953): from (n − t²) / (n + t²) to 1.
 */
import { studentUpper } from './distributions';
import { confidence, type EffectOptions, type EffectResult } from './effect';
import { readGroups, type Sample } from './sample';
import { upperQuantile } from './upper-quantile';

/**
 * @param a at least 2 values
 * @param b at least 2 values
 * @returns δ in [−1, 1], positive where A is mostly above B; 2U / (nA nB) − 1 in Mann and Whitney's U
 * @throws SaliencyError `bad-input` for fewer values, NaN or a bad level
 */
export function cliffsDelta(a: Sample, b: Sample, options: EffectOptions = {}): EffectResult {
  const level = confidence(options.level);
  const [x, y] = readGroups(a, b, 2);
  const { delta, variance } = dominance(x, y);
  const t = upperQuantile((value) => 2 * studentUpper(value, x.length + y.length - 2), 1 - level);
  const interval = { ...deltaInterval(delta, variance, t, Math.min(x.length, y.length)), level };
  return { effect: 'cliffs-delta', value: delta, interval };
}

function dominance(x: Float64Array, y: Float64Array): { delta: number; variance: number } {
  const [m, n] = [x.length, y.length];
  const ofX = dominances(x, y);
  const ofY = dominances(y, x);
  const total = ofX.rows.reduce((sum, value) => sum + value, 0);
  const delta = total / (m * n);
  const spread = (rows: readonly number[]) => {
    const middle = rows.reduce((sum, value) => sum + value, 0) / rows.length;
    return rows.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  };
  const pairs = ofX.untied - total * delta;
  const unbiased = (spread(ofX.rows) + spread(ofY.rows) - pairs) / (m * n * (m - 1) * (n - 1));
  return { delta, variance: Math.max(unbiased, (1 - delta * delta) / (m * n - 1)) };
}

/** For each value how many of the others are below less how many are above, and how many pairs are not tied. */
function dominances(values: Float64Array, others: Float64Array): { rows: number[]; untied: number } {
  const ordered = others.slice().sort();
  let untied = 0;
  const rows = Array.from(values, (value) => {
    const below = firstFrom(ordered, (other) => other >= value);
    const above = ordered.length - firstFrom(ordered, (other) => other > value);
    untied += below + above;
    return below - above;
  });
  return { rows, untied };
}

/** The first index from which on a condition holds. */
function firstFrom(ordered: Float64Array, holds: (value: number) => boolean): number {
  let low = 0;
  let high = ordered.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(ordered[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function deltaInterval(
  delta: number,
  variance: number,
  t: number,
  smaller: number,
): { low: number; high: number } {
  if (Math.abs(delta) === 1) {
    const bound = (smaller - t * t) / (smaller + t * t);
    return delta > 0 ? { low: bound, high: 1 } : { low: -1, high: -bound };
  }
  const outside = 1 - delta * delta;
  const middle = delta * outside;
  const spread = t * t * variance;
  const width = Math.sqrt(spread * (outside * outside + spread));
  return {
    low: Math.max(-1, (middle - width) / (outside + spread)),
    high: Math.min(1, (middle + width) / (outside + spread)),
  };
}
