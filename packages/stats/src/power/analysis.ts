/**
 * Power, sample size and detectable effect: one question with one number left open. Each test says only how likely it
 * rejects upwards; the other alternatives and the two inverses follow from that here.
 *
 * Power is the chance that the test's p is at or below alpha when the true effect is the one given. It rises with the
 * size of the effect and with the number of values, so that both inverses are found by bisection, which can't miss (but for
 * powers close to alpha of the approximations, which need not start from alpha).
 *
 * Cohen 1988, Statistical Power Analysis for the Behavioral Sciences.
 */
import { SaliencyError } from '@regional-saliency/core';
import { type Alternative, unknownAlternative } from '../distributions';

export interface PowerOptions {
  /** Level of the test, in (0, 0.5); default 0.05. */
  alpha?: number;
  /** Default 'two-sided'; 'greater' tests for a positive effect. */
  alternative?: Alternative;
}

export interface InversePowerOptions extends PowerOptions {
  /** The power wanted, above alpha and below 1; default 0.8. */
  power?: number;
}

export interface SampleSizeOptions extends InversePowerOptions {
  /** Values of group B for each of group A; default 1. Tests of one group have no ratio. */
  ratio?: number;
}

/** How many values: of both groups, or of the one group (pairs, images with two measurements). */
export type Sizes = number | readonly [a: number, b: number];

/** A plain object, ready for JSON. */
export interface SampleSize<N extends Sizes = Sizes> {
  /** The smallest whole numbers that reach the power. */
  n: N;
  /** The power with them. */
  power: number;
}

export interface PowerAnalysis<N extends Sizes = Sizes> {
  /**
   * The chance to reject, at the true effect.
   *
   * @throws SaliencyError `bad-input` for an effect out of range, sizes that are no whole numbers or too small, a bad
   *   alpha
   */
  power(effect: number, n: N, options?: PowerOptions): number;
  /**
   * The fewest values that reach a power.
   *
   * @throws SaliencyError `bad-input` for an effect that the alternative does not look for, zero among them, one that
   *   would need more than 10⁹ values, or a bad ratio, power or alpha
   */
  sampleSize(effect: number, options?: SampleSizeOptions): SampleSize<N>;
  /**
   * The smallest effect that is found with a power; negative for the alternative 'less'.
   *
   * @throws SaliencyError `bad-input` where no effect reaches it, and as `power` does
   */
  detectableEffect(n: N, options?: InversePowerOptions): number;
}

/** What a test says of itself. */
export interface Definition<N extends Sizes> {
  /** What errors call the test. */
  name: string;
  groups: N extends number ? 1 : 2;
  /** The fewest values of a group. */
  least: number;
  /** Effects are between −limit and limit; infinite for standardized differences. */
  limit: number;
  /** The chance that a one-sided test of this level rejects upwards. It rises with the effect and with each size. */
  upwards(effect: number, sizes: readonly number[], level: number): number;
}

const MOST = 1e9;

export function analysis<N extends Sizes>(test: Definition<N>): PowerAnalysis<N> {
  const powerOf = (effect: number, sizes: readonly number[], { alpha, alternative }: Level): number => {
    switch (alternative) {
      case 'two-sided':
        return Math.min(1, test.upwards(effect, sizes, alpha / 2) + test.upwards(-effect, sizes, alpha / 2));
      case 'greater':
        return test.upwards(effect, sizes, alpha);
      case 'less':
        return test.upwards(-effect, sizes, alpha);
    }
  };

  return {
    power: (effect, n, options = {}) => {
      checkEffect(effect, test);
      return powerOf(effect, readSizes(n, test), readLevel(options));
    },

    sampleSize: (effect, options = {}) => {
      checkEffect(effect, test);
      const level = readLevel(options);
      const wanted = readPower(options, level);
      const ratio = readRatio(options, test);
      const sought = level.alternative === 'two-sided' ? effect !== 0 : effect * direction(level) > 0;
      if (!sought) throw unsought(effect, level);
      const sizes = (count: number) =>
        test.groups === 1
          ? [count]
          : [count, Math.max(test.least, Math.ceil(ratio * count - ROUNDING * count))];
      const reached = (count: number) => powerOf(effect, sizes(count), level) >= wanted;
      let high = test.least;
      let low = high - 1;
      while (!reached(high)) {
        [low, high] = [high, 2 * high];
        if (high > MOST) {
          throw new SaliencyError(
            'bad-input',
            `${test.name} needs more than ${MOST} values for an effect of ${effect} and a power of ${wanted}: ask for a larger effect or less power`,
          );
        }
      }
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (reached(middle)) high = middle;
        else low = middle;
      }
      const found = sizes(high);
      const n = (test.groups === 1 ? found[0] : found) as N;
      return { n, power: powerOf(effect, found, level) };
    },

    detectableEffect: (n, options = {}) => {
      const sizes = readSizes(n, test);
      const level = readLevel(options);
      const wanted = readPower(options, level);
      const sign = direction(level);
      const at = (size: number) => powerOf(sign * size, sizes, level);
      let low = 0;
      let high = Math.min(1, test.limit);
      while (high < test.limit && at(high) < wanted) [low, high] = [high, 2 * high];
      if (high === test.limit && at(high) < wanted) {
        throw new SaliencyError(
          'bad-input',
          `${test.name} with ${sizes.join(' and ')} values has a power of ${at(high).toPrecision(3)} at the largest effect there is, below the ${wanted} asked for: plan with more values`,
        );
      }
      while (true) {
        const middle = (low + high) / 2;
        if (middle <= low || middle >= high) return sign * high;
        if (at(middle) < wanted) low = middle;
        else high = middle;
      }
    },
  };
}

/** 3 · (5/3) is 5 and no more, whatever its rounding. */
const ROUNDING = 4 * Number.EPSILON;

type Level = Required<PowerOptions>;

const direction = ({ alternative }: Level) => (alternative === 'less' ? -1 : 1);

function readLevel({ alpha = 0.05, alternative = 'two-sided' }: PowerOptions): Level {
  if (!(alpha > 0 && alpha < 0.5)) {
    throw new SaliencyError('bad-input', `alpha is ${alpha}: give a level between 0 and 0.5, such as 0.05`);
  }
  if (alternative !== 'two-sided' && alternative !== 'less' && alternative !== 'greater') {
    throw unknownAlternative(alternative);
  }
  return { alpha, alternative };
}

function readPower({ power = 0.8 }: InversePowerOptions, { alpha }: Level): number {
  if (!(power > alpha && power < 1)) {
    throw new SaliencyError(
      'bad-input',
      `the power asked for is ${power}: give one above alpha, ${alpha}, and below 1, such as 0.8`,
    );
  }
  return power;
}

function readRatio({ ratio = 1 }: SampleSizeOptions, test: Definition<Sizes>): number {
  if (!(ratio > 0 && Number.isFinite(ratio)) || (test.groups === 1 && ratio !== 1)) {
    throw new SaliencyError(
      'bad-input',
      test.groups === 1
        ? `${test.name} has one group, but a ratio of ${ratio} was given: leave it out`
        : `the ratio is ${ratio}: give how many values group B has for each of group A, above 0`,
    );
  }
  return ratio;
}

function readSizes<N extends Sizes>(n: N, test: Definition<N>): readonly number[] {
  const sizes: readonly number[] = typeof n === 'number' ? [n] : Array.from(n);
  if (sizes.length !== test.groups) {
    throw new SaliencyError(
      'bad-input',
      `${test.name} takes ${test.groups === 1 ? 'one size' : 'two sizes, [nA, nB]'}, but ${JSON.stringify(n)} was given`,
    );
  }
  const bad = sizes.find((size) => !(Number.isInteger(size) && size >= test.least));
  if (bad !== undefined) {
    throw new SaliencyError(
      'bad-input',
      `${test.name} was given ${bad} values: give a whole number of at least ${test.least}`,
    );
  }
  return sizes;
}

function checkEffect(effect: number, { name, limit }: Definition<Sizes>): void {
  if (Number.isFinite(effect) && Math.abs(effect) < limit) return;
  throw new SaliencyError(
    'bad-input',
    `the effect is ${effect}: ${name} needs ${limit === Number.POSITIVE_INFINITY ? 'a finite one' : `one between −${limit} and ${limit}`}`,
  );
}

function unsought(effect: number, { alternative }: Level): SaliencyError {
  const wanted =
    alternative === 'two-sided' ? 'other than zero' : alternative === 'greater' ? 'above zero' : 'below zero';
  return new SaliencyError(
    'bad-input',
    `no number of values finds an effect of ${effect} with the alternative '${alternative}': give one ${wanted}`,
  );
}
