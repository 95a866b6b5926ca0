/**
 * Benjamini and Yekutieli's correction: Benjamini and Hochberg's promise, whatever the dependence of the comparisons.
 *
 * Benjamini and Yekutieli 2001, doi:10.1214/aos/1013699998.
 */
import { ascending, type Correction, readPValues } from './p-values';

/** The i-th smallest p (from 1) times m (1 + 1/2 + … + 1/m) / i, and no more than any after it. */
export const benjaminiYekutieli: Correction = (p) => {
  const values = readPValues(p);
  const harmonic = values.reduce((sum, _, i) => sum + 1 / (i + 1), 0);
  const corrected = new Array<number>(values.length);
  let ceiling = 1;
  const order = ascending(values);
  for (let rank = order.length; rank >= 1; rank--) {
    const index = order[rank - 1]!;
    ceiling = Math.min(ceiling, (values[index]! * values.length * harmonic) / rank);
    corrected[index] = ceiling;
  }
  return corrected;
};
