/**
 * Spearman's rank correlation.
 *
 * Null hypothesis: the two variables are independent. Images are independent; only the order of values counts. It is
 * Pearson's correlation of ranks, tied values sharing the mean of theirs. p is exact for fewer than ten images, over all
 * orders of one variable, ties included; for more it is that of t, as SciPy's is for any number: of 5 images that would
 * reject 8 % instead of 5 (benchmarks/operating.ts). The interval is Fisher's
 * with the variance of Bonett and Wright, (1 + r²/2) / (n − 3), for ranks. Missing values are errors: leave out the
 * whole image.
 *
 * Spearman 1904, doi:10.2307/1412159; Bonett and Wright 2000, doi:10.1007/BF02294183.
 */
import { SaliencyError } from '@regional-saliency/core';
import {
  type CorrelationOptions,
  type CorrelationResult,
  coefficient,
  correlationP,
  fisherInterval,
  readVariables,
} from './correlation';
import { type Alternative, unknownAlternative } from './distributions';
import { midRanks } from './ranks';
import type { Sample } from './sample';

export interface SpearmanOptions extends CorrelationOptions {
  /** `t`, `exact` for at most 10 images, or `auto`, the default: exact for fewer than 10, else t. */
  method?: 'auto' | 't' | 'exact';
}

export interface SpearmanDetails {
  method: 't' | 'exact';
  /** Whether a value of either variable occurs twice. */
  ties: boolean;
}

/** From here on t is near enough, at levels as usual. */
const ENOUGH_FOR_T = 10;

/** 10! orders are counted by 2¹⁰ sets; twelve times as much for each image more. */
const MOST_COUNTED = 10;

/**
 * @param x at least 3 values
 * @param y as many values, in the same order of images
 * @throws SaliencyError `bad-input` for fewer values, variables of different sizes, NaN, a variable whose values are all
 *   the same, a bad level, or `exact` with more than 10 images
 */
export function spearman(
  x: Sample,
  y: Sample,
  options: SpearmanOptions = {},
): CorrelationResult<SpearmanDetails> {
  const { alternative = 'two-sided' } = options;
  const [u, v] = readVariables(x, y);
  const [a, b] = [midRanks(u), midRanks(v)];
  const n = a.ranks.length;
  const method = chosen(options.method ?? 'auto', n);
  const found = coefficient(a.ranks, b.ranks);
  return {
    correlation: 'spearman',
    value: found.r,
    p: method === 't' ? correlationP(found, n, alternative) : exactP(a.ranks, b.ranks, alternative),
    interval: fisherInterval(found, n, 1 + found.r ** 2 / 2, options.level),
    details: { method, ties: a.tieTerm + b.tieTerm > 0 },
  };
}

function chosen(method: 'auto' | 't' | 'exact', n: number): 't' | 'exact' {
  switch (method) {
    case 'auto':
      return n < ENOUGH_FOR_T ? 'exact' : 't';
    case 't':
    case 'exact':
      return method;
    default:
      throw new SaliencyError(
        'unknown-name',
        `Spearman has no method '${method}': use 'auto', 't' or 'exact'`,
      );
  }
}

/**
 * The share of the n! orders of y whose Σ rank(x) rank(y) is as far out; two-sided p is twice the smaller one-sided p.
 *
 * Images are given their ranks of y one after the other: the orders that have used the same set of ranks are counted
 * together, by their sum so far. Doubled ranks make the sums whole.
 */
function exactP(x: Float64Array, y: Float64Array, alternative: Alternative): number {
  const n = x.length;
  if (n > MOST_COUNTED) {
    throw new SaliencyError(
      'bad-input',
      `${n} images are too many to count all orders: take the method 't', or a permutation test`,
    );
  }
  const [a, b] = [Array.from(x, (rank) => 2 * rank), Array.from(y, (rank) => 2 * rank)];
  const observed = a.reduce((sum, rank, i) => sum + rank * b[i]!, 0);
  // The sum is largest where both are in the same order.
  const [rising, alike] = [x, y].map((ranks) => ranks.slice().sort());
  const most = 4 * rising!.reduce((sum, rank, i) => sum + rank * alike![i]!, 0);
  const counts = Array.from({ length: 2 ** n }, () => undefined as Float64Array | undefined);
  counts[0] = new Float64Array(most + 1).fill(1, 0, 1);
  for (let used = 0; used < 2 ** n - 1; used++) {
    const here = counts[used]!;
    const image = a[bitCount(used)]!;
    for (let j = 0; j < n; j++) {
      if ((used >> j) & 1) continue;
      counts[used | (1 << j)] ??= new Float64Array(most + 1);
      const next = counts[used | (1 << j)]!;
      const step = image * b[j]!;
      for (let sum = 0; sum + step <= most; sum++) next[sum + step]! += here[sum]!;
    }
    counts[used] = undefined;
  }
  const final = counts[2 ** n - 1]!;
  const orders = final.reduce((total, count) => total + count, 0);
  const less = final.subarray(0, observed + 1).reduce((total, count) => total + count, 0) / orders;
  const greater = final.subarray(observed).reduce((total, count) => total + count, 0) / orders;
  switch (alternative) {
    case 'two-sided':
      return Math.min(1, 2 * Math.min(less, greater));
    case 'less':
      return less;
    case 'greater':
      return greater;
    default:
      throw unknownAlternative(alternative);
  }
}

function bitCount(set: number): number {
  let count = 0;
  for (let rest = set; rest > 0; rest &= rest - 1) count++;
  return count;
}
