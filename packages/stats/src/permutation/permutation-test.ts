/**
 * The permutation test of many columns of scores at once (region × method), with max-T over all of them.
 *
 * Null hypothesis of each column: given the labels' design (design.ts), its scores are exchangeable, so that every
 * arrangement of the labels was as likely as the observed one. Nothing is assumed about their distribution. The columns keep
 * their dependence, since all are permuted together. `pMaxT` and `pStepDown` keep the chance of any false rejection at the
 * level whichever of the null hypotheses are true (strong control), where the joint distribution of the columns whose null
 * hypothesis is true does not depend on the others (subset pivotality). A test of means, Student's statistic above all,
 * rejects for unequal variances too, where groups differ in size; Welch's statistic holds for these in large samples.
 *
 * Images that share a patient are no two chances: `clusters` permutes labels among patients, by their means (clusters.ts).
 *
 * Ties: values as far apart as 2⁻²³ of the largest that the statistic can reach count as equal (tally.ts says why).
 * Missing values: refused, since columns share their permutations.
 * Exactness: where there are at most `permutations` arrangements, all are taken, and p is the share that is at least as
 * extreme. Else they are drawn, and p = (1 + hits) / (1 + permutations), which is never 0: Phipson and Smyth 2010,
 * doi:10.2202/1544-6115.1585. Two-sided means the absolute value of the statistic; SciPy's is twice the smaller one-sided p,
 * which differs where the distribution is skewed.
 * On a backend: one program, a matrix product, in float32. Whatever its rounding leaves open is computed again in float64, so
 * that every backend gives the p of float64.
 *
 * Fisher 1935, The Design of Experiments; Westfall and Young 1993, Resampling-Based Multiple Testing; studentized statistics:
 * Janssen 1997, doi:10.1016/S0167-7152(97)00043-6.
 */
import { type Backend, SaliencyError } from '@regional-saliency/core';
import type { Alternative } from '../distributions';
import { difference, isRounding, type Moments, magnitude, moments } from '../moments';
import { type Arrangements, arrangementsOf } from './arrangements';
import { gatherClusters } from './clusters';
import { type Centred, centred, midRanks, type PermutationScores, readColumns } from './columns';
import { type PermutationDesign, readDesign } from './design';
import { correlation, type Kernel, welchOf } from './kernel';
import { type Tally, tallyOf } from './tally';

/**
 * - `mean-difference`: mean of A less mean of B, in the scores' unit; with strata, the mean over strata that fits best.
 *   Columns of larger scores weigh more in max-T: use it where all have one unit.
 * - `student`: its t, pooled over the groups (and within strata; the paired t for pairs).
 * - `welch`: t for unequal variances.
 * - `mann-whitney`: U of A; max-T compares columns by its z, with the deviation that ties leave.
 * - `pearson`, `spearman`: r of scores and y (with strata: of what is left when each stratum's mean is taken away).
 */
export type PermutationStatistic =
  | 'mean-difference'
  | 'student'
  | 'welch'
  | 'mann-whitney'
  | 'pearson'
  | 'spearman';

export interface PermutationTestOptions {
  readonly scores: PermutationScores;
  readonly design: PermutationDesign;
  /** Default `student` for two groups and pairs, `pearson` for a correlation. */
  readonly statistic?: PermutationStatistic;
  /** Default 'two-sided'. */
  readonly alternative?: Alternative;
  /** All arrangements are taken if there are no more than this (default 9999), else so many are drawn. */
  readonly permutations?: number;
  /** Of the draws; default 0. */
  readonly seed?: number;
  /** Runs the matrix products; without one they are computed here, in float64. p is the same. */
  readonly backend?: Backend;
}

/** A plain object, ready for JSON; arrays have one number a column. */
export interface PermutationTestResult {
  /** Positive where A's scores are larger, or where scores grow with y. */
  statistic: number[];
  /** Of each column by itself. */
  p: number[];
  /** Corrected for all columns by the distribution of the largest statistic; never below p. */
  pMaxT: number[];
  /** The same, where what was rejected before no longer counts: never above pMaxT, with the same promise. */
  pStepDown: number[];
  /** How many arrangements were looked at; where they were drawn, the observed one is not counted. */
  permutations: number;
  exact: boolean;
}

/** Labels and values of so many numbers are held at a time. */
const HELD = 2 ** 18;

/**
 * @returns p-values after at most `permutations` arrangements, in memory that does not grow with them
 * @throws SaliencyError `bad-input` for scores and designs that can't be used (columns.ts, design.ts, clusters.ts), a column without spread
 *   where the statistic needs one, a bad count or seed; `unknown-name` for a statistic that the design has not; `backend`
 *   where the backend can't run the program, or computes it in less than float32
 */
export async function permutationTest(options: PermutationTestOptions): Promise<PermutationTestResult> {
  const { alternative = 'two-sided', permutations = 9999, seed = 0, backend } = options;
  if (!(Number.isSafeInteger(permutations) && permutations > 0)) {
    throw new SaliencyError('bad-input', `permutations is ${permutations}: give a whole number from 1`);
  }
  if (!Number.isInteger(seed)) {
    throw new SaliencyError('bad-input', `the permutation test's seed is ${seed}: give a whole number`);
  }
  const { labels, weights, kernel, statistic } = problemOf(options);
  const arrangements = arrangementsOf(labels, permutations, seed);
  const observed = weights.map((_, column) => kernel.value(labels.labels, 0, column));
  const tally = tallyOf(observed, weights, alternative, backend ? kernel.tolerance : 0);
  if (backend) await runOn(backend, arrangements, kernel, labels.labels.length, tally);
  else run(arrangements, kernel, labels.labels.length, weights.length, tally);

  const own = arrangements.exact ? 0 : 1;
  const share = (counts: Float64Array) =>
    Array.from(counts, (count) => (count + own) / (arrangements.count + own));
  const { hits, maxHits, stepHits } = tally.counts();
  const pStepDown = share(stepHits);
  let floor = 0;
  for (const column of tally.order) {
    floor = Math.max(floor, pStepDown[column]!);
    pStepDown[column] = floor;
  }
  return {
    statistic: Array.from(observed, statistic),
    p: share(hits),
    pMaxT: share(maxHits),
    pStepDown,
    permutations: arrangements.count,
    exact: arrangements.exact,
  };
}

/** Arrangements a few at a time: the labels of each, one row after another. */
function* chunks(arrangements: Arrangements, images: number, columns: number): Generator<Float64Array> {
  const most = Math.max(1, Math.floor(HELD / (images + columns)));
  const rows = new Float64Array(Math.min(most, arrangements.count) * images);
  for (let left = arrangements.count; left > 0; left -= most) {
    const chunk = left < most ? rows.subarray(0, left * images) : rows;
    arrangements.next(chunk);
    yield chunk;
  }
}

function run(
  arrangements: Arrangements,
  kernel: Kernel,
  images: number,
  columns: number,
  tally: Tally,
): void {
  let values = new Float64Array();
  for (const rows of chunks(arrangements, images, columns)) {
    const count = rows.length / images;
    if (values.length !== count * columns) values = new Float64Array(count * columns);
    for (let row = 0; row < count; row++) {
      kernel.all(rows, row * images, values.subarray(row * columns, (row + 1) * columns));
    }
    tally.add(values, (row) => values.subarray(row * columns, (row + 1) * columns));
  }
}

async function runOn(
  backend: Backend,
  arrangements: Arrangements,
  kernel: Kernel,
  images: number,
  tally: Tally,
): Promise<void> {
  const columns = tally.order.length;
  const session = await backend.load(kernel.program());
  const exact = new Float64Array(columns);
  let labels = new Float32Array();
  try {
    for (const rows of chunks(arrangements, images, columns)) {
      if (labels.length !== rows.length) labels = new Float32Array(rows.length);
      labels.set(rows);
      const shape = [rows.length / images, images];
      const { values } = await session.run({
        labels: { data: labels, shape, dtype: 'float32' },
      });
      const found = values!.data as Float32Array;
      for (let column = 0; column < columns; column++) {
        if (Math.abs(found[column]! - kernel.value(rows, 0, column)) <= kernel.tolerance) continue;
        throw new SaliencyError(
          'backend',
          `${backend.name} computes matrix products with larger errors than float32 has: leave the backend out, or use another`,
        );
      }
      tally.add(found, (row) => {
        kernel.all(rows, row * images, exact);
        return exact;
      });
    }
  } finally {
    await session.dispose();
  }
}

interface Problem {
  readonly labels: ReturnType<typeof readDesign>;
  readonly kernel: Kernel;
  /** What columns are multiplied by before the largest is taken. */
  readonly weights: Float64Array;
  /** What is reported for a column, of which the kernel gave `value`. */
  readonly statistic: (value: number, column: number) => number;
}

function problemOf({ scores, design: given, statistic: wanted }: PermutationTestOptions): Problem {
  const { read, design, designed } = tableOf(scores, given);
  const { strata } = designed;
  const name = wanted ?? (design.kind === 'correlation' ? 'pearson' : 'student');
  checkStatistic(name, design);

  const ranked = name === 'spearman' || name === 'mann-whitney';
  const values = ranked ? read.columns.map(midRanks) : read.columns;
  const columns = values.map((column) => centred(column, strata));
  const flat = columns.findIndex(({ length }) => length === 0);
  if (flat >= 0 && name !== 'mean-difference') {
    throw new SaliencyError(
      'bad-input',
      `${read.nameOf(flat)} has no spread${strata.length > 1 ? ' within strata' : ''}: ${name} is undefined without, leave the column out`,
    );
  }

  // Any unit does for y; ranks are numbers of float32, and so are marks of a group.
  const marks = centred(name === 'spearman' ? midRanks(designed.labels) : designed.labels, strata);
  const grouped = design.kind !== 'correlation';
  const labels = { labels: grouped ? designed.labels : marks.unit, strata };
  const length = grouped ? marks.length : 1;
  const same = new Float64Array(columns.length).fill(1);
  const ofA = designed.labels.reduce((sum, label) => sum + label, 0);
  const linear = () => correlation(columns, labels.labels, length);
  switch (name) {
    case 'mean-difference': {
      const largest = Math.max(...columns.map((column) => column.length));
      const weights = largest === 0 ? same : Float64Array.from(columns, (column) => column.length / largest);
      return {
        labels,
        weights,
        kernel: linear(),
        statistic: (r, column) => (r * columns[column]!.length) / length,
      };
    }
    case 'student': {
      const df = designed.labels.length - strata.length - 1;
      const statistic = (r: number, column: number) => {
        const left = unexplained(columns[column]!, marks, r);
        if (left === 0) throw withoutSpread(read.nameOf(column));
        return r * Math.sqrt(df / left);
      };
      return { labels, weights: same, kernel: linear(), statistic };
    }
    case 'welch': {
      const statistic = (_: number, column: number) => {
        const t = welchT(values[column]!, labels.labels);
        if (t === undefined) throw withoutSpread(read.nameOf(column));
        return t;
      };
      return { labels, weights: same, kernel: welchOf(columns, labels.labels.length, ofA), statistic };
    }
    case 'mann-whitney': {
      const statistic = (_: number, column: number) =>
        values[column]!.reduce((sum, rank, image) => sum + rank * labels.labels[image]!, 0) -
        (ofA * (ofA + 1)) / 2;
      return { labels, weights: same, kernel: linear(), statistic };
    }
    default:
      return { labels, weights: same, kernel: linear(), statistic: (r) => r };
  }
}

/** Rows are images, or clusters of them where the design has these. */
function tableOf(scores: PermutationScores, design: PermutationDesign) {
  const read = readColumns(scores);
  const designed = readDesign(design, scores.shape[0]);
  if (!design.clusters) return { read, design, designed };
  const gathered = gatherClusters(read.columns, design, design.clusters);
  return {
    read: { ...read, columns: gathered.columns },
    design: gathered.design,
    designed: readDesign(gathered.design, gathered.columns[0]!.length, 'cluster'),
  };
}

function checkStatistic(name: PermutationStatistic, design: PermutationDesign): void {
  const known: Record<PermutationDesign['kind'], readonly PermutationStatistic[]> = {
    'two-sample':
      'strata' in design && design.strata
        ? ['mean-difference', 'student']
        : ['mean-difference', 'student', 'welch', 'mann-whitney'],
    paired: ['mean-difference', 'student'],
    correlation: ['pearson', 'spearman'],
  };
  if (known[design.kind].includes(name)) return;
  const strata = 'strata' in design && design.strata ? ' with strata' : '';
  throw new SaliencyError(
    'unknown-name',
    `the design '${design.kind}'${strata} has no statistic '${name}': use ${known[design.kind].join(' or ')}`,
  );
}

/** 1 − r² as the length of what the labels leave over: where r is almost one, subtracting from one would keep no digits. */
function unexplained(column: Centred, labels: Centred, r: number): number {
  let left = 0;
  column.unit.forEach((value, image) => {
    left += (value - r * labels.unit[image]!) ** 2;
  });
  return left > column.unit.length * (4 * Number.EPSILON) ** 2 ? left : 0;
}

/** Undefined where neither group has any spread. */
function welchT(values: Float64Array, labels: Float64Array): number | undefined {
  const ofA = values.filter((_, image) => labels[image] === 1);
  const ofB = values.filter((_, image) => labels[image] === 0);
  const [a, b] = [moments(ofA), moments(ofB)];
  if (isRounding(a.squares + b.squares, values.length, magnitude(values))) return undefined;
  const variance = ({ squares }: Moments, count: number) => squares / (count - 1) / count;
  return difference(a, b) / Math.sqrt(variance(a, ofA.length) + variance(b, ofB.length));
}

const withoutSpread = (column: string) =>
  new SaliencyError(
    'bad-input',
    `${column} has no spread within the groups: t is undefined without, use mean-difference`,
  );
