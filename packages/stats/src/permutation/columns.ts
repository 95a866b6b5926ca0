/**
 * Columns of scores, one a comparison (region × method), centred and of unit length.
 */
import { SaliencyError } from '@regional-saliency/core';
import { isRounding, magnitude, moments } from '../moments';

/** A table of scores. */
export interface PermutationScores {
  /** Row-major: all columns of the first image, then those of the next. */
  readonly data: ArrayLike<number>;
  readonly shape: readonly [images: number, columns: number];
  /** What errors call the columns. */
  readonly names?: readonly string[];
}

/** @throws SaliencyError `bad-input` where shape and data don't belong together, or a score is missing or infinite */
export function readColumns({ data, shape, names }: PermutationScores): {
  columns: Float64Array[];
  nameOf: (column: number) => string;
} {
  const [images, count] = shape;
  const nameOf = (column: number) =>
    names?.[column] === undefined ? `column ${column}` : `"${names[column]}"`;
  if (
    !(
      Number.isInteger(images) &&
      Number.isInteger(count) &&
      images > 0 &&
      count > 0 &&
      data.length === images * count
    )
  ) {
    throw new SaliencyError(
      'bad-input',
      `scores of shape [${shape.join(', ')}] hold ${images * count} values of at least one image and column, but ${data.length} were given`,
    );
  }
  const columns = Array.from({ length: count }, (_, column) =>
    Float64Array.from({ length: images }, (_, image) => {
      const score = data[image * count + column]!;
      if (Number.isFinite(score)) return score;
      throw new SaliencyError(
        'bad-input',
        `${nameOf(column)} has ${score} for image ${image}: the columns share their permutations, so leave out the image or the column`,
      );
    }),
  );
  return { columns, nameOf };
}

/** Values as their distance from the mean of their stratum. */
export interface Centred {
  /** Of unit length; zeros where there is no spread. */
  readonly unit: Float64Array;
  /** What it was divided by: the root of the sum of squares within strata. */
  readonly length: number;
}

export function centred(values: Float64Array, strata: readonly Int32Array[]): Centred {
  const unit = new Float64Array(values.length);
  for (const places of strata) {
    const { origin, rest } = moments(Float64Array.from(places, (place) => values[place]!));
    for (const place of places) unit[place] = values[place]! - origin - rest;
  }
  // Divided by the largest first, whose square may be no number.
  const largest = magnitude(unit);
  const squares = unit.reduce((sum, value) => sum + (largest === 0 ? 0 : (value / largest) ** 2), 0);
  const flat = largest === 0 || isRounding(squares, values.length, magnitude(values) / largest);
  const length = flat ? 0 : largest * Math.sqrt(squares);
  return { unit: unit.map((value) => (flat ? 0 : value / largest / Math.sqrt(squares))), length };
}

/** Ranks from 1; equal values share the mean of theirs. */
export function midRanks(values: Float64Array): Float64Array {
  const order = Array.from(values.keys()).sort((i, j) => values[i]! - values[j]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let at = start; at < end; at++) ranks[order[at]!] = (start + 1 + end) / 2;
  }
  return ranks;
}
