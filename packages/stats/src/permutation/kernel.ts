/**
 * What is computed for every arrangement and column: a statistic between −1 and 1, in float64 here, and as a program that
 * a backend runs in float32.
 *
 * Both are matrix products of labels [arrangements × images] with scores [images × columns]. The difference of means,
 * Student's t, Pearson's and Spearman's r, the paired t and U are all one of them: given the scores, each is the same
 * increasing function of the correlation of labels and scores within strata, whose lengths no arrangement changes.
 * Welch's t needs the squares of group A as well.
 */
import { Builder, type Graph, N, type Value } from '@regional-saliency/core';
import type { Centred } from './columns';

export interface Kernel {
  /** The statistic of the labels from `start` in `rows` with a column, in float64. */
  value(rows: Float64Array, start: number, column: number): number;
  /** The same for each column: the same sums in the same order, and so the same bits. */
  all(rows: Float64Array, start: number, values: Float64Array): void;
  /** From `labels` [N, images] to `values` [N, columns]. */
  readonly program: () => Graph;
  /** What a value of the program may be off by, in float32 and whatever the order of its sums. */
  readonly tolerance: number;
}

/** Float32's unit roundoff. */
const U = 2 ** -24;

/**
 * The bound of k roundings in a row, k·u / (1 − k·u): Higham 2002, Accuracy and Stability of Numerical Algorithms, lemma 3.1,
 * doi:10.1137/1.9780898718027. Where that many roundings mean nothing any more it is infinite, and all is recomputed.
 */
function roundings(k: number): number {
  return k * U < 0.01 ? (k * U) / (1 - k * U) : Number.POSITIVE_INFINITY;
}

/**
 * The correlation of labels and scores within strata.
 *
 * @param labels as observed, and within strata `length` long
 */
export function correlation(columns: readonly Centred[], labels: Float64Array, length: number): Kernel {
  const images = labels.length;
  const weights = matrixOf(columns.map(({ unit }) => unit.map((value) => value / length)));
  return {
    value: (rows, start, column) => product(rows, start, weights, column),
    all: (rows, start, values) => products(rows, start, weights, values),
    program: () => programOf(images, (g, given) => g.matMul(given, constant(g, weights))),
    // Labels and weights are rounded, each product is, and each sum: as many, by Cauchy and Schwarz, of this size.
    tolerance: (roundings(images + 4) * Math.hypot(...labels)) / length,
  };
}

/**
 * t / √(t² + n − 2) of Welch's t, which has no infinities: with d the difference of means and v its squared standard error,
 * d / √(d² + (n − 2) v).
 *
 * @param ofA how many of the labels are 1; the others are 0
 */
export function welchOf(columns: readonly Centred[], images: number, ofA: number): Kernel {
  const weights = matrixOf(columns.map(({ unit }) => unit));
  const squares = { ...weights, data: weights.data.map((value) => value * value) };
  const own = new Float64Array(columns.length);
  const ofB = images - ofA;
  const perSum = 1 / ofA + 1 / ofB;
  const perA = (images - 2) / (ofA * (ofA - 1));
  const perB = (images - 2) / (ofB * (ofB - 1));

  // A column's sum is 0 and its squares sum to 1, so that those of A say those of B.
  const gamma = roundings(images + 8);
  const offDifference = gamma * Math.sqrt(ofA) * perSum;
  const offSpread = gamma * (3 * perA + (2 + Math.sqrt(ofA / ofB)) * perB);
  const least = Math.min(perSum, perA, perB);
  // What the root is taken of must not lose its first digit, or first derivatives say too little.
  const part = (2 * offDifference) / Math.sqrt(least) + offSpread / (2 * least);
  // Of the sum and the sum of squares in A.
  const of = (sum: number, square: number) => {
    const difference = sum * perSum;
    const spread =
      perA * Math.max(0, square - (sum * sum) / ofA) + perB * Math.max(0, 1 - square - (sum * sum) / ofB);
    return difference / Math.sqrt(difference * difference + spread);
  };
  return {
    value: (rows, start, column) =>
      of(product(rows, start, weights, column), product(rows, start, squares, column)),
    all: (rows, start, values) => {
      products(rows, start, weights, values);
      products(rows, start, squares, own);
      for (let column = 0; column < own.length; column++) values[column] = of(values[column]!, own[column]!);
    },
    program: () =>
      programOf(images, (g, labels) => {
        const sum = g.matMul(labels, constant(g, weights));
        const squared = g.matMul(labels, constant(g, squares));
        const difference = g.mul(sum, g.scalar(perSum));
        const square = g.mul(sum, sum);
        const spreadOfA = g.sub(squared, g.mul(square, g.scalar(1 / ofA)));
        const spreadOfB = g.sub(g.sub(g.scalar(1), squared), g.mul(square, g.scalar(1 / ofB)));
        const spread = g.add(g.mul(spreadOfA, g.scalar(perA)), g.mul(spreadOfB, g.scalar(perB)));
        return g.div(difference, g.op('Sqrt', [g.add(g.mul(difference, difference), spread)]));
      }),
    tolerance: part < 0.1 ? 2 * part : Number.POSITIVE_INFINITY,
  };
}

/** [images × columns], row-major. */
interface Matrix {
  readonly data: Float64Array;
  readonly images: number;
  readonly columns: number;
}

function matrixOf(columns: readonly Float64Array[]): Matrix {
  const images = columns[0]!.length;
  const data = new Float64Array(images * columns.length);
  columns.forEach((column, at) => {
    column.forEach((value, image) => {
      data[image * columns.length + at] = value;
    });
  });
  return { data, images, columns: columns.length };
}

function product(
  rows: Float64Array,
  start: number,
  { data, images, columns }: Matrix,
  column: number,
): number {
  let sum = 0;
  for (let image = 0; image < images; image++) sum += rows[start + image]! * data[image * columns + column]!;
  return sum;
}

function products(
  rows: Float64Array,
  start: number,
  { data, images, columns }: Matrix,
  sums: Float64Array,
): void {
  sums.fill(0);
  for (let image = 0, at = 0; image < images; image++, at += columns) {
    const label = rows[start + image]!;
    // Adding zeros changes nothing.
    if (label === 0) continue;
    for (let column = 0; column < columns; column++) sums[column]! += label * data[at + column]!;
  }
}

function programOf(images: number, make: (g: Builder, labels: Value) => Value): Graph {
  const g = new Builder();
  const labels = g.input('labels', [N, images]);
  return g.finish({ inputs: [labels], outputs: { values: make(g, labels) } });
}

const constant = (g: Builder, { data, images, columns }: Matrix) =>
  g.constant(Float32Array.from(data), [images, columns]);
