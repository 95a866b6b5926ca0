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
  /** For each column, how many arrangements reached its observed value. */
  readonly hits: Float64Array;
  /** … the largest weighted value of all columns did. */
  readonly maxHits: Float64Array;
  /** … that of the columns no more extreme than it did; p-values of it still have to be made monotone by `order`. */
  readonly stepHits: Float64Array;
  /** Columns, the most extreme first. */
  readonly order: readonly number[];
  /**
   * Counts more arrangements.
   *
   * @param values one row an arrangement, off by no more than the tolerance
   * @param exact the value of one of these rows in float64, asked for where the tolerance leaves a decision open
   */
  add(values: ArrayLike<number>, exact: (row: number, column: number) => number): void;
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
  const order = Int32Array.from(weighted.keys()).sort((i, j) => weighted[j]! - weighted[i]!);
  const slack = tolerance === 0 ? 0 : tolerance * Math.max(...weights);

  const hits = new Float64Array(columns);
  const stepHits = new Float64Array(columns);
  /** How many maxima reach a column's bound first, in the order. */
  const reached = new Float64Array(columns);
  const row = new Float64Array(columns);

  /** The largest weighted value, in float64, of the columns from `from` in the order. */
  function exactLargest(near: number, from: number, exact: (column: number) => number): number {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = from; k < columns; k++) {
      const column = order[k]!;
      // The others can't be the largest.
      if (row[column]! < near - 2 * slack) continue;
      largest = Math.max(largest, weights[column]! * side(exact(column)));
    }
    return largest;
  }

  function addRow(exact: (column: number) => number): void {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = columns - 1; k >= 0; k--) {
      const column = order[k]!;
      if (row[column]! > largest) largest = row[column]!;
      const bound = weighted[column]!;
      if (largest >= bound + slack) stepHits[column]!++;
      else if (!(largest < bound - slack) && exactLargest(largest, k, exact) >= bound) stepHits[column]!++;
    }
    let left = slack;
    for (let k = 0; k < columns; k++) {
      const bound = weighted[order[k]!]!;
      if (!(largest >= bound + left) && !(largest < bound - left)) {
        largest = exactLargest(largest, 0, exact);
        left = 0;
      }
      if (largest >= bound + left) {
        reached[k]!++;
        break;
      }
    }
  }

  return {
    hits,
    stepHits,
    order: Array.from(order),
    get maxHits() {
      const counts = new Float64Array(columns);
      let sum = 0;
      for (let k = 0; k < columns; k++) {
        sum += reached[k]!;
        counts[order[k]!] = sum;
      }
      return counts;
    },
    add: (values, exact) => {
      for (let at = 0, start = 0; start < values.length; at++, start += columns) {
        const ofRow = (column: number) => exact(at, column);
        for (let column = 0; column < columns; column++) {
          const value = side(values[start + column]!);
          const bound = bounds[column]!;
          if (value >= bound + tolerance) hits[column]!++;
          else if (!(value < bound - tolerance) && side(ofRow(column)) >= bound) hits[column]!++;
          row[column] = value * weights[column]!;
        }
        addRow(ofRow);
      }
    },
  };
}

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
