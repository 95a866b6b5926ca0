/**
 * Bonferroni's correction: the chance of any false rejection among m comparisons is at most the level.
 *
 * Dunn 1961, doi:10.1080/01621459.1961.10482090.
 */
import { type Correction, readPValues } from './p-values';

/** min(1, m·p) */
export const bonferroni: Correction = (p) => {
  const values = readPValues(p);
  return values.map((value) => Math.min(1, values.length * value));
};
