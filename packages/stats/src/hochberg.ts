/**
 * Hochberg's step-up correction: Bonferroni's promise, and never fewer rejections than Holm's, if the comparisons are
 * independent or positively dependent.
 *
 * Hochberg 1988, doi:10.1093/biomet/75.4.800; positive dependence: Sarkar 1998, doi:10.1214/aos/1028144846.
 */
import { ascending, type Correction, readPValues } from './p-values';

/** The i-th smallest p (from 0) times m − i, and no more than any after it. */
export const hochberg: Correction = (p) => {
  const values = readPValues(p);
  const corrected = new Array<number>(values.length);
  let ceiling = 1;
  const order = ascending(values);
  for (let rank = order.length - 1; rank >= 0; rank--) {
    const index = order[rank]!;
    ceiling = Math.min(ceiling, (values.length - rank) * values[index]!);
    corrected[index] = ceiling;
  }
  return corrected;
};
