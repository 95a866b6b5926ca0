/**
 * Cohen's d: the difference of two means in pooled standard deviations.
 *
 * The interval is exact for independent values of normal groups of equal variance (`effect.ts`). Ties mean nothing to it;
 * missing values are errors.
 *
 * Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, section 2.5; the standard deviation is pooled
 * with nA + nB − 2 degrees of freedom.
 */
import { type EffectOptions, type EffectResult, intervalOfD } from './effect';
import { readGroups, type Sample } from './sample';
import { pooledT } from './student';

/**
 * @param a at least 2 values
 * @param b at least 2 values
 * @throws SaliencyError `bad-input` for fewer values, NaN, or where neither group has any spread
 */
export function cohensD(a: Sample, b: Sample, options: EffectOptions = {}): EffectResult {
  const [x, y] = readGroups(a, b, 2);
  const { t, d } = pooledT(x, y);
  return { effect: 'cohens-d', value: d, interval: intervalOfD(t, x.length, y.length, options.level) };
}
