import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alternative, type PowerAnalysis, powerAnalyses, type Sizes } from '../src/index';
import { type GoldenCase, golden, relativeError } from './golden';

type Id = keyof typeof powerAnalyses;
type Case = GoldenCase & { of: Id; effect: number; n: Sizes; alpha: number; alternative: Alternative };
type InverseCase = Case & { power: number; ratio?: number };

const any = powerAnalyses as Record<Id, PowerAnalysis>;

/** An effect, a size and a level that every analysis takes; sizes are for its number of groups. */
const planned = fc.record({
  effect: fc.double({ min: 0.02, max: 0.95, noNaN: true }),
  n: fc.integer({ min: 5, max: 60 }),
  m: fc.integer({ min: 5, max: 60 }),
  alpha: fc.constantFrom(0.001, 0.05, 0.2),
  alternative: fc.constantFrom<Alternative>('two-sided', 'greater'),
});

describe('power', () => {
  for (const { of, effect, n, alpha, alternative, ...entry } of golden<Case>('power')) {
    it(`of ${of} is right at an effect of ${effect} with ${n} values, alpha ${alpha}, ${alternative}`, () => {
      const value = any[of].power(effect, n, { alpha, alternative });
      // A chance far below alpha, of finding the wrong direction, has absolute digits only.
      const close = (expected: number) => Math.abs(value - expected) / Math.max(expected, alpha / 10);
      expect(close(entry.exact[0]!)).toBeLessThan(1e-10);
      if (!entry.scipyDiffers) expect(close(entry.scipy[0]!)).toBeLessThan(1e-9);
    });
  }

  for (const { of, effect, n, power, alpha, alternative, ratio, ...entry } of golden<InverseCase>(
    'power-inverse',
  )) {
    it(`of ${of} is inverted as statsmodels and pingouin invert it, effect ${effect}, power ${power}, ratio ${ratio ?? 1}`, () => {
      const options = { power, alpha, alternative };
      const found = any[of].sampleSize(effect, { ...options, ...(ratio && { ratio }) });
      expect(found.n).toEqual(n);
      expect(found.power).toBeGreaterThanOrEqual(power);
      const detectable = any[of].detectableEffect(n, options);
      expect(relativeError(detectable, entry.exact[0]!)).toBeLessThan(1e-10);
      if (!entry.scipyDiffers) expect(relativeError(detectable, entry.scipy[0]!)).toBeLessThan(1e-9);
    });
  }

  for (const id of Object.keys(powerAnalyses) as Id[]) {
    const { power, sampleSize, detectableEffect } = any[id];
    const two = id === 'student' || id === 'mann-whitney';
    const sizes = (n: number, m: number): Sizes => (two ? [n, m] : n);

    // Two of the approximations don't start from alpha, nor rise from the first where there is nearly no effect.
    const approximate = id === 'spearman' || id === 'fisher-z';
    it(`of ${id} ${approximate ? '' : 'is alpha without an effect, and '}rises with the effect and with each size`, () => {
      fc.assert(
        fc.property(planned, ({ effect, n, m, alpha, alternative }) => {
          const options = { alpha, alternative };
          const without = power(0, sizes(n, m), options);
          if (!approximate) expect(without).toBeCloseTo(alpha, 10);
          const plain = power(effect, sizes(n, m), options);
          expect(plain).toBeGreaterThan(without);
          fc.pre(!approximate || plain > 0.3);
          expect(power(effect * 1.05, sizes(n, m), options)).toBeGreaterThanOrEqual(plain - 1e-12);
          expect(power(effect, sizes(n + 1, m), options)).toBeGreaterThanOrEqual(plain - 1e-12);
          expect(power(effect, sizes(n, m + 1), options)).toBeGreaterThanOrEqual(plain - 1e-12);
        }),
        { numRuns: 30 },
      );
    });

    it(`of ${id} mirrors with the sign of the effect`, () => {
      fc.assert(
        fc.property(planned, ({ effect, n, m, alpha }) => {
          const at = sizes(n, m);
          expect(power(-effect, at, { alpha })).toBe(power(effect, at, { alpha }));
          expect(power(-effect, at, { alpha, alternative: 'less' })).toBe(
            power(effect, at, { alpha, alternative: 'greater' }),
          );
        }),
        { numRuns: 20 },
      );
    });

    it(`of ${id} is reached by the sample size, and by no smaller one`, () => {
      fc.assert(
        fc.property(planned, fc.constantFrom(0.5, 0.8, 0.99), ({ effect, alpha, alternative }, wanted) => {
          fc.pre(effect > 0.15);
          const options = { alpha, alternative };
          const found = sampleSize(effect, { ...options, power: wanted });
          expect(found.power).toBe(power(effect, found.n, options));
          expect(found.power).toBeGreaterThanOrEqual(wanted);
          const count = two ? (found.n as [number, number])[0] : (found.n as number);
          if (count > 5) {
            expect(power(effect, sizes(count - 1, count - 1), options)).toBeLessThan(wanted);
          }
        }),
        { numRuns: 20 },
      );
    });

    it(`of ${id} is the one asked for at the detectable effect`, () => {
      fc.assert(
        fc.property(planned, ({ n, m, alternative }) => {
          const at = sizes(n + 20, m + 20);
          const effect = detectableEffect(at, { power: 0.7, alternative });
          expect(power(effect, at, { alternative })).toBeCloseTo(0.7, 10);
          expect(detectableEffect(at, { power: 0.7, alternative: 'less' })).toBeLessThan(0);
        }),
        { numRuns: 10 },
      );
    });

    it(`of ${id} refuses what can't be planned`, () => {
      const at = sizes(20, 20);
      expect(() => power(Number.NaN, at)).toThrow(/the effect is NaN/);
      if (id !== 'student' && id !== 'paired-t') expect(() => power(1, at)).toThrow(/between −1 and 1/);
      expect(() => power(0.5, sizes(1, 20))).toThrow(/was given 1 values: give a whole number of at least/);
      expect(() => power(0.5, sizes(7.5, 20))).toThrow(/was given 7.5 values/);
      expect(() => power(0.5, two ? 20 : [20, 20])).toThrow(/takes (one size|two sizes)/);
      expect(() => power(0.5, at, { alpha: 0.5 })).toThrow(/alpha is 0.5/);
      expect(() => power(0.5, at, { alternative: 'both' as 'less' })).toThrow(/no alternative 'both'/);
      expect(() => sampleSize(0)).toThrow(/no number of values finds an effect of 0/);
      expect(() => sampleSize(-0.5, { alternative: 'greater' })).toThrow(/give one above zero/);
      expect(() => sampleSize(0.5, { alternative: 'less' })).toThrow(/give one below zero/);
      expect(() => sampleSize(1e-6)).toThrow(/more than 1000000000 values/);
      expect(() => sampleSize(0.5, { power: 0.05 })).toThrow(/the power asked for is 0.05/);
      expect(() => sampleSize(0.5, { ratio: two ? 0 : 2 })).toThrow(/ratio/);
      expect(() => detectableEffect(at, { power: 1 })).toThrow(/the power asked for is 1/);
    });
  }

  it("says so where even the largest effect isn't found", () => {
    expect(() => powerAnalyses['mann-whitney'].detectableEffect([3, 3], { power: 0.9, alpha: 0.01 })).toThrow(
      /has a power of 0.\d+ at the largest effect there is, below the 0.9 asked for/,
    );
  });
});
