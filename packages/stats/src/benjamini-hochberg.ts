/**
 * Benjamini and Hochberg's correction: the expected share of false rejections among all rejections is at most the
 * level, if the comparisons are independent or positively dependent.
 *
 * Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.
 */
import { ascending, type Correction, readPValues } from './p-values';

/** The i-th smallest p (from 1) times m / i, and no more than any after it. */
export const benjaminiHochberg: Correction = (p) => {
  const values = readPValues(p);
  const corrected = new Array<number>(values.length);
  let ceiling = 1;
  const order = ascending(values);
  for (let rank = order.length; rank >= 1; rank--) {
    const index = order[rank - 1]!;
    ceiling = Math.min(ceiling, (values[index]! * values.length) / rank);
    corrected[index] = ceiling;
  }
  return corrected;
};
