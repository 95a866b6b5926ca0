/**
 * Mann-Whitney U test (Wilcoxon rank sum) of two independent groups.
 *
 * Null hypothesis: both groups have the same distribution. Values are independent; only their order counts. Without ties p is
 * exact, or the normal approximation where groups are larger; with ties it is that, with their mean ranks and the variance
 * that they leave. Missing values are errors.
 *
 * Mann and Whitney 1947, doi:10.1214/aoms/1177730491. Normal approximation with tie correction: Hollander, Wolfe
 * and Chicken 2013, Nonparametric Statistical Methods, section 4.1.
 */
import { SaliencyError } from '@regional-saliency/core';
import { type Alternative, normalUpper, symmetricP, unknownAlternative } from './distributions';
import { readGroups, type Sample } from './sample';
import type { TwoGroupOptions, TwoGroupResult } from './two-group-test';

export interface MannWhitneyOptions extends TwoGroupOptions {
  /**
   * `exact` counts all arrangements of untied values; `asymptotic` is the normal approximation with tie correction.
   * `auto`, the default, is SciPy's choice: exact where a group has at most 8 values and nothing is tied.
   */
  method?: 'auto' | 'exact' | 'asymptotic';
  /** Whether the normal approximation moves U by one half towards its mean; default true. */
  continuity?: boolean;
}

export interface MannWhitneyDetails {
  method: 'exact' | 'asymptotic';
  /** Whether any value occurs twice. */
  ties: boolean;
  /** The standardized U, where the normal approximation was taken. */
  z?: number;
}

/**
 * @param a at least 2 values
 * @param b at least 2 values
 * @returns U of group A: the pairs in which A's value is the larger, ties counted half; 0 to nA·nB
 * @throws SaliencyError `bad-input` for fewer values, NaN, or where all values are the same. `exact` with ties takes
 *   the distribution without ties at the next whole U that gives the larger p, as SciPy does.
 */
export function mannWhitney(
  a: Sample,
  b: Sample,
  options: MannWhitneyOptions = {},
): TwoGroupResult<MannWhitneyDetails> {
  const { alternative = 'two-sided', method = 'auto', continuity = true } = options;
  const [x, y] = readGroups(a, b, 2);
  const { u, tieTerm } = uStatistic(x, y);
  const ties = tieTerm > 0;
  const result = (p: number, details: MannWhitneyDetails) => ({
    test: 'mann-whitney',
    statistic: u,
    p,
    details,
  });
  switch (
    method === 'auto' ? (!ties && Math.min(x.length, y.length) <= 8 ? 'exact' : 'asymptotic') : method
  ) {
    case 'exact':
      return result(exactP(u, x.length, y.length, alternative), { method: 'exact', ties });
    case 'asymptotic': {
      const z = standardized(u, x.length, y.length, tieTerm, continuity, alternative);
      return result(symmetricP(z, alternative, normalUpper), { method: 'asymptotic', ties, z });
    }
    default:
      throw new SaliencyError(
        'unknown-name',
        `Mann-Whitney has no method '${method}': use 'auto', 'exact' or 'asymptotic'`,
      );
  }
}

/** U of the first group, and the sum of t³ − t over groups of t tied values. */
function uStatistic(x: Float64Array, y: Float64Array): { u: number; tieTerm: number } {
  const pooled = Float64Array.from([...x, ...y]).sort();
  const n = pooled.length;
  if (pooled[0] === pooled[n - 1]) {
    throw new SaliencyError(
      'bad-input',
      `all ${n} values are the same: Mann-Whitney is undefined without an order, leave this comparison out`,
    );
  }
  const ordered = x.slice().sort();
  let u = (-x.length * (x.length + 1)) / 2;
  let tieTerm = 0;
  let next = 0;
  for (let start = 0, end = 0; start < n; start = end) {
    while (end < n && pooled[end] === pooled[start]) end++;
    const tied = end - start;
    tieTerm += tied ** 3 - tied;
    // Tied values share the mean of their ranks, which count from 1.
    const rank = (start + 1 + end) / 2;
    for (; next < ordered.length && ordered[next] === pooled[start]; next++) u += rank;
  }
  return { u, tieTerm };
}

function standardized(
  u: number,
  m: number,
  n: number,
  tieTerm: number,
  continuity: boolean,
  alternative: Alternative,
): number {
  const count = m + n;
  const deviation = Math.sqrt(((m * n) / 12) * (count + 1 - tieTerm / (count * (count - 1))));
  const distance = u - (m * n) / 2;
  // The correction always raises p: it adds the probability of the observed U itself.
  const towards = alternative === 'two-sided' ? Math.sign(distance) : alternative === 'greater' ? 1 : -1;
  return (distance - (continuity ? 0.5 * towards : 0)) / deviation;
}

function exactP(u: number, m: number, n: number, alternative: Alternative): number {
  const other = m * n - u;
  switch (alternative) {
    case 'two-sided':
      return Math.min(1, 2 * exactUpper(Math.floor(Math.max(u, other)), m, n));
    case 'greater':
      return exactUpper(Math.floor(u), m, n);
    case 'less':
      return exactUpper(Math.floor(other), m, n);
    default:
      throw unknownAlternative(alternative);
  }
}

/**
 * P(U ≥ u) without ties, as a quotient of whole numbers.
 *
 * The arrangements with U = k are the coefficient of q^k in the Gaussian binomial
 * ∏ᵢ (1 − q^(n+i)) / (1 − q^i), i = 1…m. Big integers keep the counts exact, where floating point would not.
 */
function exactUpper(u: number, m: number, n: number): number {
  const [few, many] = m < n ? [m, n] : [n, m];
  // The distribution is symmetric: P(U ≥ u) = P(U ≤ mn − u); count on the side with fewer terms.
  const mirrored = m * n - u;
  const last = Math.min(mirrored, u - 1);
  const counts = new Array<bigint>(Math.max(0, last + 1)).fill(0n);
  if (last >= 0) counts[0] = 1n;
  let arrangements = 1n;
  for (let i = 1; i <= few; i++) {
    for (let k = last; k >= many + i; k--) counts[k]! -= counts[k - many - i]!;
    for (let k = i; k <= last; k++) counts[k]! += counts[k - i]!;
    arrangements = (arrangements * BigInt(many + i)) / BigInt(i);
  }
  const tail = counts.reduce((sum, count) => sum + count, 0n);
  return quotient(last === mirrored ? tail : arrangements - tail, arrangements);
}

/** numerator / denominator of positive whole numbers that may be far outside the range of float64. */
function quotient(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return 0;
  const bits = (value: bigint) => 4 * value.toString(16).length;
  const shift = Math.max(0, bits(denominator) - bits(numerator) + 64);
  const scaled = Number((numerator << BigInt(shift)) / denominator);
  // In two steps, since 2^shift itself may be out of range.
  return scaled / 2 ** Math.floor(shift / 2) / 2 ** Math.ceil(shift / 2);
}
