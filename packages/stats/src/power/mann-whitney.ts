/**
 * Power of the Mann-Whitney U test.
 *
 * The effect is the rank-biserial correlation 2 P(A > B) − 1 (ties counted half), which is Cliff's delta too: 2U/(nA nB)
 * − 1 estimates it, and where both groups are normal with one variance and d standard deviations apart it is
 * 2Φ(d/√2) − 1. The power is Noether's: U is taken as normal with the variance that it has under the null hypothesis,
 * nA nB (nA + nB + 1)/12, here with its + 1. It needs no distribution of the values; it assumes no ties and groups
 * that differ mostly in place. It is an approximation: the simulation of `benchmarks/operating.ts` says how good.
 *
 * Noether 1987, doi:10.1080/01621459.1987.10478478.
 */
import { normalQuantile, normalUpper } from '../distributions';
import { analysis, type PowerAnalysis } from './analysis';

export const mannWhitneyPower: PowerAnalysis<readonly [a: number, b: number]> = analysis({
  name: 'Mann-Whitney',
  groups: 2,
  least: 2,
  limit: 1,
  upwards: (effect, [nA, nB], level) => {
    const shift = (effect / 2) * Math.sqrt((12 * nA! * nB!) / (nA! + nB! + 1));
    return normalUpper(-normalQuantile(level) - shift);
  },
});
