/**
 * Power of Student's t-test of two groups.
 *
 * The effect is Cohen's d, the true difference of means (A − B) in standard deviations. It assumes normal groups of
 * equal variance. t is then noncentral with δ = d √(nA nB / (nA + nB)), and the power is exact, to about 1e-12.
 *
 * Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, chapter 2.
 */
import { analysis, type PowerAnalysis } from './analysis';
import { noncentralTail } from './noncentral-tail';

export const studentPower: PowerAnalysis<readonly [a: number, b: number]> = analysis({
  name: "Student's t-test",
  groups: 2,
  least: 2,
  limit: Number.POSITIVE_INFINITY,
  upwards: (d, [nA, nB], level) => noncentralTail(d / Math.sqrt(1 / nA! + 1 / nB!), nA! + nB! - 2, level),
});
