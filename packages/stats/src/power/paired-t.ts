/**
 * Power of the t-test of pairs.
 *
 * The effect is the true mean of the differences A − B in standard deviations of these differences (Cohen's d_z),
 * not in those of the measurements. It assumes normal differences. t is then noncentral with δ = d_z √n, and the
 * power is exact, to about 1e-12.
 *
 * Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, section 2.3.5.
 */
import { analysis, type PowerAnalysis } from './analysis';
import { noncentralTail } from './noncentral-tail';

export const pairedTPower: PowerAnalysis<number> = analysis({
  name: 'the t-test of pairs',
  groups: 1,
  least: 2,
  limit: Number.POSITIVE_INFINITY,
  upwards: (d, [n], level) => noncentralTail(d * Math.sqrt(n!), n! - 1, level),
});
