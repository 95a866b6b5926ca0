/**
 * Šidák's correction: the chance of any false rejection among m comparisons is at most the level, if the comparisons
 * are independent (then it is the level itself), or for two-sided tests of normal values with any correlation.
 *
 * Šidák 1967, doi:10.1080/01621459.1967.10482935.
 */
import { type Correction, readPValues } from './p-values';

/** 1 − (1 − p)ᵐ, written so that a tiny p keeps its digits */
export const sidak: Correction = (p) => {
  const values = readPValues(p);
  return values.map((value) => -Math.expm1(values.length * Math.log1p(-value)));
};
