/**
 * Hedges' g: Cohen's d without its bias upwards in small samples.
 *
 * g = J·d with the exact J(ν) = Γ(ν/2) / (√(ν/2) Γ((ν − 1)/2)), ν = nA + nB − 2, not the common 1 − 3/(4ν − 1): Hedges
 * 1981, doi:10.3102/10769986006002107. The interval is that of d, times J, with what it
 * assumes. Ties mean nothing to it; missing values are errors.
 */
import gammaln from '@stdlib/math-base-special-gammaln';
import { cohensD } from './cohens-d';
import type { EffectOptions, EffectResult } from './effect';
import { readGroups, type Sample } from './sample';

/**
 * @param a at least 2 values
 * @param b at least 2 values
 * @throws SaliencyError `bad-input` for fewer values, NaN, or where neither group has any spread
 */
export function hedgesG(a: Sample, b: Sample, options: EffectOptions = {}): EffectResult {
  const [x, y] = readGroups(a, b, 2);
  const d = cohensD(x, y, options);
  const j = correction(x.length + y.length - 2);
  const { low, high, level } = d.interval;
  return { effect: 'hedges-g', value: j * d.value, interval: { low: j * low, high: j * high, level } };
}

/** J(ν), for ν of at least 2. */
function correction(df: number): number {
  return Math.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / Math.sqrt(df / 2);
}
