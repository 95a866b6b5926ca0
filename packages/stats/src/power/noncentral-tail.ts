/** What the t-tests share: how likely a noncentral t is above the critical value of the central one. */
import { studentUpper } from '../distributions';
import { noncentralTUpper } from '../noncentral-t';
import { upperQuantile } from '../upper-quantile';

/** P(T > t) where T has noncentrality δ, and t is exceeded with chance `level` < 0.5 where δ is 0. */
export function noncentralTail(delta: number, df: number, level: number): number {
  return Math.min(1, noncentralTUpper(criticalT(df, level), df, delta));
}

/** The t that is exceeded with chance `level` < 0.5. */
export function criticalT(df: number, level: number): number {
  return upperQuantile((t) => studentUpper(t, df), level);
}
