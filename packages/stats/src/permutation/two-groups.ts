/**
 * Two-sample permutation test.
 *
 * Null hypothesis: both groups have the same distribution, so that every division of the pooled values into groups
 * of these sizes is equally likely. Nothing is assumed about that distribution. Where there are few divisions all
 * are taken and p is exact; otherwise p comes from divisions drawn at random. Statistics as close as their rounding are
 * ties, and count as at least as extreme. Missing values are errors. Values of one patient are no two chances: with
 * `clusters`, patients are divided, each with the mean of its values (clusters.ts says when that is exact).
 *
 * Fisher 1935, The Design of Experiments. Random divisions, with the observed one counted among them so that p is
 * never zero: Phipson and Smyth 2010, doi:10.2202/1544-6115.1585.
 */
import { SaliencyError } from '@regional-saliency/core';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { type Alternative, unknownAlternative } from '../distributions';
import { difference, mean, moments } from '../moments';
import { readGroups, type Sample } from '../sample';
import type { TwoGroupOptions, TwoGroupResult } from '../two-group-test';
import { clusterMeans } from './clusters';
import type { Label } from './design';

export interface PermutationOptions extends TwoGroupOptions {
  /** A number for two groups; default: mean of A minus mean of B. The arrays are reused, don't keep or change them. */
  statistic?: (a: Float64Array, b: Float64Array) => number;
  /** Which cluster each value of A is from: a patient's name, say. Each cluster then counts once, by its mean. */
  clusters?: ArrayLike<Label>;
  /** The same of B; no cluster may be in both. */
  clustersB?: ArrayLike<Label>;
}

export interface PermutationDetails {
  method: 'exact' | 'random';
  /** How many divisions were looked at, the observed one not counted where they were random. */
  permutations: number;
}

/** Two statistics are equal if they differ by at most this part of the largest absolute one: rounding, not data. */
const TIE = 1e-12;

/** As many statistics as are kept at once: 160 MB. */
const MOST = 2e7;

/**
 * @param a at least 2 values
 * @param b at least 2 values
 * @param options `permutations`: all divisions are taken if there are no more than this (default 9999), else so many
 *   are drawn by `seed`. The draw depends on the pooled values and the seed, not on the order within a group.
 * @returns p: the share of divisions at least as extreme as the observed one, or (1 + hits) / (1 + permutations) for
 *   random ones. Two-sided p is twice the smaller one-sided p, as in SciPy.
 * @throws SaliencyError `bad-input` for fewer values (or clusters), NaN, a statistic that isn't finite, a bad count or seed,
 *   clusters that are not one a value, or one that is in both groups
 */
export function permutation(
  a: Sample,
  b: Sample,
  options: PermutationOptions = {},
): TwoGroupResult<PermutationDetails> {
  const { alternative = 'two-sided', permutations = 9999, seed = 0 } = options;
  const [x, y] = unitsOf(a, b, options);
  if (!(Number.isInteger(permutations) && permutations > 0 && permutations <= MOST)) {
    throw new SaliencyError(
      'bad-input',
      `permutations is ${permutations}: give a whole number from 1 to ${MOST}`,
    );
  }
  if (!Number.isInteger(seed)) {
    throw new SaliencyError('bad-input', `the permutation test's seed is ${seed}: give a whole number`);
  }
  const statistic = options.statistic ?? meanDifference;
  // The difference of means doesn't see a shift, but its rounding does, and would hide ties.
  const shift = options.statistic ? 0 : mean(Float64Array.from([...x, ...y]));
  const observed = statistic(x, y);
  const pooled = Float64Array.from([...x, ...y], (value) => value - shift).sort();

  const divisions = binomial(pooled.length, x.length);
  const exact = divisions <= permutations;
  const chosen = exact
    ? everyChoice(pooled.length, x.length)
    : randomChoices(pooled.length, x.length, permutations, seed);
  const null_ = new Float64Array(exact ? divisions : permutations);
  let filled = 0;
  let largest = Math.abs(observed);
  const groupA = new Float64Array(x.length);
  const groupB = new Float64Array(y.length);
  for (const inA of chosen) {
    divide(pooled, inA, groupA, groupB);
    const value = statistic(groupA, groupB);
    if (!Number.isFinite(value)) {
      throw new SaliencyError(
        'bad-input',
        `the permutation test's statistic is ${value} for a division of the values: give one that is finite for all`,
      );
    }
    null_[filled++] = value;
    largest = Math.max(largest, Math.abs(value));
  }

  const tie = TIE * largest;
  let below = 0;
  let above = 0;
  for (const value of null_) {
    if (value <= observed + tie) below++;
    if (value >= observed - tie) above++;
  }
  const own = exact ? 0 : 1;
  const p = (hits: number) => (hits + own) / (null_.length + own);
  return {
    test: 'permutation',
    statistic: observed,
    p: pick(alternative, p(below), p(above)),
    details: { method: exact ? 'exact' : 'random', permutations: null_.length },
  };
}

/** The values of both groups, or the means of their clusters. */
function unitsOf(
  a: Sample,
  b: Sample,
  { clusters, clustersB }: PermutationOptions,
): [Float64Array, Float64Array] {
  const [x, y] = readGroups(a, b, 2);
  if (!clusters && !clustersB) return [x, y];
  if (!clusters || !clustersB) {
    throw new SaliencyError(
      'bad-input',
      `the permutation test has clusters of group ${clusters ? 'A' : 'B'} only: give those of both groups`,
    );
  }
  const ofB = new Set(Array.from(clustersB));
  const shared = Array.from(clusters).find((name) => ofB.has(name));
  if (shared !== undefined) {
    throw new SaliencyError(
      'bad-input',
      `the cluster ${shared} is in both groups: labels are permuted among clusters, so each has one; give pairs instead`,
    );
  }
  return readGroups(clusterMeans(x, clusters, 'group A'), clusterMeans(y, clustersB, 'group B'), 2);
}

function meanDifference(a: Float64Array, b: Float64Array): number {
  return difference(moments(a), moments(b));
}

function pick(alternative: Alternative, less: number, greater: number): number {
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

/** Values whose index is marked go to A, the rest to B. */
function divide(pooled: Float64Array, inA: Uint8Array, a: Float64Array, b: Float64Array): void {
  let i = 0;
  let j = 0;
  for (let k = 0; k < pooled.length; k++) {
    if (inA[k]) a[i++] = pooled[k]!;
    else b[j++] = pooled[k]!;
  }
}

/** Every way to mark k of n places, as one array that changes. */
function* everyChoice(n: number, k: number): Generator<Uint8Array> {
  const places = Array.from({ length: k }, (_, i) => i);
  const marks = new Uint8Array(n).fill(1, 0, k);
  while (true) {
    yield marks;
    let i = k - 1;
    while (i >= 0 && places[i] === n - k + i) i--;
    if (i < 0) return;
    for (let j = i; j < k; j++) marks[places[j]!] = 0;
    const first = places[i]! + 1;
    for (let j = i; j < k; j++) places[j] = first + j - i;
    for (let j = i; j < k; j++) marks[places[j]!] = 1;
  }
}

/** `count` random ways to mark k of n places, each as likely: the first k steps of a Fisher-Yates shuffle. */
function* randomChoices(n: number, k: number, count: number, seed: number): Generator<Uint8Array> {
  const random = xoroshiro128plus(seed);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const marks = new Uint8Array(n);
  for (let draw = 0; draw < count; draw++) {
    marks.fill(0);
    for (let i = 0; i < k; i++) {
      const j = uniformInt(random, i, n - 1);
      const place = order[j]!;
      order[j] = order[i]!;
      order[i] = place;
      marks[place] = 1;
    }
    yield marks;
  }
}

/** The number of ways to choose k of n; exact while below 2⁵³, which is all that is compared with. */
function binomial(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) ways = (ways * (n - Math.min(k, n - k) + i)) / i;
  return ways;
}
