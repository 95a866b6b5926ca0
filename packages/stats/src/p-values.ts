/**
 * What corrections for multiple comparisons take and give.
 *
 * Each holds for p-values whose chance to be at or below any level is no more than that level, as those of all tests here;
 * what it says of their dependence is in its own file. Equal p-values get equal corrections. Comparisons without a p are left
 * out beforehand, and do not count.
 */
import { SaliencyError } from '@regional-saliency/core';

/**
 * Corrected p-values in the order of the given ones, none above 1. Reject where a corrected p is at most the level.
 *
 * Throws a SaliencyError `bad-input` for a p outside [0, 1] or NaN. No p-values give no p-values.
 */
export type Correction = (p: ArrayLike<number>) => number[];

export function readPValues(p: ArrayLike<number>): number[] {
  const values = Array.from(p);
  const bad = values.findIndex((value) => !(value >= 0 && value <= 1));
  if (bad >= 0) {
    throw new SaliencyError(
      'bad-input',
      `p-value ${bad} is ${values[bad]}: correct only the comparisons that have a p from 0 to 1`,
    );
  }
  return values;
}

/** The indices of the values, smallest first. */
export function ascending(values: readonly number[]): number[] {
  return values.map((_, index) => index).sort((i, j) => values[i]! - values[j]!);
}
