/**
 * The rank-biserial correlation of two groups, the effect size of the Mann-Whitney U test.
 *
 * r = 2U / (nA nB) − 1, the share of pairs in which A is above less the share in which B is: with ties counted for
 * neither side it is Cliff's delta by another way, and has the interval of that, with what it assumes. Missing values are
 * errors.
 *
 * Glass 1966, doi:10.1177/001316446602600307; this form: Wendt 1972, doi:10.1002/ejsp.2420020412.
 */
import { cliffsDelta } from './cliffs-delta';
import type { EffectOptions, EffectResult } from './effect';
import type { Sample } from './sample';

/**
 * @param a at least 2 values
 * @param b at least 2 values
 * @returns r in [−1, 1], positive where A is mostly above B
 * @throws SaliencyError `bad-input` for fewer values, NaN or a bad level
 */
export function rankBiserial(a: Sample, b: Sample, options: EffectOptions = {}): EffectResult {
  return { ...cliffsDelta(a, b, options), effect: 'rank-biserial' };
}
