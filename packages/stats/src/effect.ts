/**
 * The shape that every effect size has, and the confidence interval that standardized mean differences share.
 *
 * Under normal groups of equal variance, t = d √(nA nB / (nA + nB)) has a noncentral t distribution around the true
 * effect. The interval holds the true effects under which the observed t is in neither tail: Steiger and Fouladi
 * 1997, in What If There Were No Significance Tests?; Cumming and Finch 2001, doi:10.1177/0013164401614002.
 */
import { SaliencyError } from '@regional-saliency/core';
import { noncentrality } from './noncentral-t';
import type { Sample } from './sample';

export interface EffectOptions {
  /** Confidence of the interval, in (0, 1); default 0.95. */
  level?: number;
}

/** A plain object, ready for JSON. */
export interface EffectResult {
  /** The effect's id in the registry `effects`. */
  effect: string;
  /** Positive where the mean of A is above that of B. */
  value: number;
  interval: { low: number; high: number; level: number };
}

export type Effect = (a: Sample, b: Sample, options?: EffectOptions) => EffectResult;

/**
 * The confidence level of an interval, 0.95 where none is given.
 *
 * @throws SaliencyError `bad-input` for a level outside (0, 1)
 */
export function confidence(level = 0.95): number {
  if (!(level > 0 && level < 1)) {
    throw new SaliencyError(
      'bad-input',
      `the confidence level is ${level}: give one between 0 and 1, such as 0.95`,
    );
  }
  return level;
}

/** The interval of the true d, given the observed t of groups of nA and nB values. */
export function intervalOfD(t: number, nA: number, nB: number, asked?: number): EffectResult['interval'] {
  const level = confidence(asked);
  const df = nA + nB - 2;
  const perD = Math.sqrt(1 / nA + 1 / nB);
  return {
    low: noncentrality(t, df, (1 + level) / 2) * perD,
    high: noncentrality(t, df, (1 - level) / 2) * perD,
    level,
  };
}
