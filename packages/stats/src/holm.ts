/**
 * Holm's step-down correction: Bonferroni's promise, and never fewer rejections.
 *
 * Holm 1979, https://www.jstor.org/stable/4615733.
 */
import { ascending, type Correction, readPValues } from './p-values';

/** The i-th smallest p (from 0) times m − i, and no less than any before it. */
export const holm: Correction = (p) => {
  const values = readPValues(p);
  const corrected = new Array<number>(values.length);
  let floor = 0;
  ascending(values).forEach((index, rank) => {
    floor = Math.max(floor, Math.min(1, (values.length - rank) * values[index]!));
    corrected[index] = floor;
  });
  return corrected;
};
