/**
 * Counts the arrangements that are at least as extreme as the observed one: for each column by itself, for the largest of
 * all columns (single-step max-T) and for the largest of the columns that are left (step-down max-T).
 *
 * Westfall and Young 1993, Resampling-Based Multiple Testing, algorithms 2.5 and 2.8.
 */
import { type Alternative, unknownAlternative } from '../distributions';

/**
 * Values that differ by no more count as equal: float32's machine epsilon, where 1 is the largest value there can be. Scores
 * that were computed in float32 say no more than that about their order.
 */
export const TIE = 2 ** -23;

export interface Tally {
  /** Columns, the most extreme first. */
  readonly order: readonly number[];
  /**
   * Counts more arrangements.
   *
   * @param values one row an arrangement, off by no more than the tolerance
   * @param exact one of these rows in float64, asked for where the tolerance leaves a decision open
   */
  add(values: Float32Array | Float64Array, exact: (row: number) => Float64Array): void;
  counts(): Counts;
}

/** For each column, how many arrangements there were in which … */
export interface Counts {
  /** its own value reached the observed one; */
  readonly hits: Float64Array;
  /** the largest weighted value of all columns did; */
  readonly maxHits: Float64Array;
  /** that of the columns no more extreme than it did: p-values of it still have to be made monotone by the order. */
  readonly stepHits: Float64Array;
}

/** Rows are counted so many at a time, column by column: few enough to stay in the processor's nearest memory. */
const BLOCK = 64;

/**
 * @param observed each column's value, in float64
 * @param weights what values are multiplied by before columns are compared with each other
 * @param tolerance 0 for values in float64
 */
export function tallyOf(
  observed: Float64Array,
  weights: Float64Array,
  alternative: Alternative,
  tolerance: number,
): Tally {
  const side = sideOf(alternative);
  const columns = observed.length;
  const bounds = observed.map((value) => side(value) - TIE);
  const weighted = bounds.map((bound, column) => bound * weights[column]!);
  // The most extreme first; what follows is in this order.
  const order = Int32Array.from(weighted.keys()).sort((i, j) => weighted[j]! - weighted[i]!);
  const ordered = (values: Float64Array) => Float64Array.from(order, (column) => values[column]!);
  const [bound, weight, weightedBound] = [ordered(bounds), ordered(weights), ordered(weighted)];
  const slack = tolerance === 0 ? 0 : tolerance * Math.max(...weights);

  const hits = new Float64Array(columns);
  const stepHits = new Float64Array(columns);
  /** How many maxima reach this column's bound and none before. */
  const reached = new Float64Array(columns);

  const largest = new Float64Array(BLOCK);
  const blockHits = new Float64Array(columns);
  const blockStepHits = new Float64Array(columns);

  /** Counts these rows, at most a block, or none of them where a value is within the tolerance of a bound. */
  function count(values: Values, from: number, to: number, isExact: boolean): boolean {
    const [near, nearMax] = isExact ? [0, 0] : [tolerance, slack];
    const rows = to - from;
    largest.fill(Number.NEGATIVE_INFINITY);
    for (let k = columns - 1; k >= 0; k--) {
      const times = weight[k]!;
      const [sure, unlikely] = [bound[k]! + near, bound[k]! - near];
      const [sureMax, unlikelyMax] = [weightedBound[k]! + nearMax, weightedBound[k]! - nearMax];
      let [certain, possible, certainMax, possibleMax] = [0, 0, 0, 0];
      for (let row = 0, at = from * columns + order[k]!; row < rows; row++, at += columns) {
        const value = side(values[at]!);
        const most = Math.max(largest[row]!, value * times);
        largest[row] = most;
        // Sums of comparisons instead of branches, which a processor can't foresee here.
        certain += Number(value >= sure);
        certainMax += Number(most >= sureMax);
        // What is no number is not below either.
        possible += Number(!(value < unlikely));
        possibleMax += Number(!(most < unlikelyMax));
      }
      if (!isExact && (certain !== possible || certainMax !== possibleMax)) return false;
      blockHits[k] = certain;
      blockStepHits[k] = certainMax;
    }
    for (let k = 0; k < columns; k++) {
      hits[k]! += blockHits[k]!;
      stepHits[k]! += blockStepHits[k]!;
    }
    for (let row = 0; row < rows; row++) {
      const k = firstReached(largest[row]!);
      if (k < columns) reached[k]!++;
    }
    return true;
  }

  /** Bounds fall from place to place. */
  function firstReached(value: number): number {
    let [from, to] = [0, columns];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (value >= weightedBound[middle]!) to = middle;
      else from = middle + 1;
    }
    return from;
  }

  /** Of rows of which one is open, the halves are tried, down to that one. */
  function add(values: Values, from: number, to: number, exact: (row: number) => Float64Array): void {
    if (count(values, from, to, tolerance === 0)) return;
    if (to - from === 1) {
      count(exact(from), 0, 1, true);
      return;
    }
    const middle = (from + to) >> 1;
    add(values, from, middle, exact);
    add(values, middle, to, exact);
  }

  const byColumn = (counts: Float64Array) => {
    const result = new Float64Array(columns);
    counts.forEach((count, k) => {
      result[order[k]!] = count;
    });
    return result;
  };
  return {
    order: Array.from(order),
    add: (values, exact) => {
      const rows = values.length / columns;
      for (let from = 0; from < rows; from += BLOCK) add(values, from, Math.min(from + BLOCK, rows), exact);
    },
    counts: () => {
      let sum = 0;
      const maxHits = reached.map((count) => {
        sum += count;
        return sum;
      });
      return { hits: byColumn(hits), maxHits: byColumn(maxHits), stepHits: byColumn(stepHits) };
    },
  };
}

type Values = Float32Array | Float64Array;

function sideOf(alternative: Alternative): (value: number) => number {
  switch (alternative) {
    case 'two-sided':
      return Math.abs;
    case 'greater':
      return (value) => value;
    case 'less':
      return (value) => -value;
    default:
      throw unknownAlternative(alternative);
  }
}
