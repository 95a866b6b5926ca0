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
   * @param exact the value of one of these rows in float64, asked for where the tolerance leaves a decision open
   */
  add(values: Float32Array | Float64Array, exact: (row: number, column: number) => number): void;
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
  const [sure, unlikely] = [bound.map((at) => at + tolerance), bound.map((at) => at - tolerance)];
  const [sureMax, unlikelyMax] = [
    weightedBound.map((at) => at + slack),
    weightedBound.map((at) => at - slack),
  ];

  const hits = new Float64Array(columns);
  const stepHits = new Float64Array(columns);
  /** How many maxima reach this column's bound and none before. */
  const reached = new Float64Array(columns);

  /** The largest weighted value, in float64, from place `from` on; `near` is what was found for it. */
  function exactLargest(values: Values, row: number, exact: Exact, near: number, from: number): number {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = from; k < columns; k++) {
      // The others can't be the largest.
      if (side(values[row * columns + order[k]!]!) * weight[k]! < near - 2 * slack) continue;
      largest = Math.max(largest, side(exact(row, order[k]!)) * weight[k]!);
    }
    return largest;
  }

  function addRow(values: Values, row: number, exact: Exact): void {
    const start = row * columns;
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = columns - 1; k >= 0; k--) {
      const value = side(values[start + order[k]!]!);
      if (value >= sure[k]!) hits[k]!++;
      // What is no number is not below either.
      else if (!(value < unlikely[k]!) && side(exact(row, order[k]!)) >= bound[k]!) hits[k]!++;
      largest = Math.max(largest, value * weight[k]!);
      if (largest >= sureMax[k]!) stepHits[k]!++;
      else if (!(largest < unlikelyMax[k]!)) {
        if (exactLargest(values, row, exact, largest, k) >= weightedBound[k]!) stepHits[k]!++;
      }
    }
    for (let k = 0; k < columns; k++) {
      if (largest < unlikelyMax[k]!) continue;
      if (!(largest >= sureMax[k]!)) {
        const largestExactly = exactLargest(values, row, exact, largest, 0);
        while (k < columns && largestExactly < weightedBound[k]!) k++;
      }
      if (k < columns) reached[k]!++;
      return;
    }
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
      for (let row = 0; row * columns < values.length; row++) addRow(values, row, exact);
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
type Exact = (row: number, column: number) => number;

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
