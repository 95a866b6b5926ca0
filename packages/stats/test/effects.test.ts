import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cohensD, hedgesG, student } from '../src/index';
import { noncentralTCdf } from '../src/noncentral-t';
import { type GoldenCase, golden, relativeError, samples } from './golden';
import { group, varies } from './groups';

type Case = GoldenCase & { sample: string; level: number; hedges: number };

describe('effect sizes', () => {
  for (const { sample, level, hedges, ...entry } of golden<Case>('effects')) {
    it(`have the value and the noncentral t interval of SciPy and mpmath on ${sample}, level ${level}`, () => {
      const { a, b } = samples[sample]!;
      const d = cohensD(a, b, { level });
      const g = hedgesG(a, b, { level });
      const numbers = (effect: typeof d) => [effect.value, effect.interval.low, effect.interval.high];
      numbers(d).forEach((value, i) => {
        expect(relativeError(value, entry.exact[i]!)).toBeLessThan(1e-10);
        if (!entry.scipyDiffers) expect(relativeError(value, entry.scipy[i]!)).toBeLessThan(1e-9);
        expect(relativeError(numbers(g)[i]!, hedges * value)).toBeLessThan(1e-11);
      });
      expect(d.interval.level).toBe(level);
    });
  }

  it('have intervals at whose ends the observed t is in the tail asked for', () => {
    fc.assert(
      fc.property(group(2, 15), group(2, 15), fc.constantFrom(0.5, 0.9, 0.99), (a, b, level) => {
        fc.pre(varies(a) || varies(b));
        const { statistic: t, details } = student(a, b);
        const { low, high } = cohensD(a, b, { level }).interval;
        const root = Math.sqrt((a.length * b.length) / (a.length + b.length));
        expect(noncentralTCdf(t, details.df, low * root)).toBeCloseTo((1 + level) / 2, 8);
        expect(noncentralTCdf(t, details.df, high * root)).toBeCloseTo((1 - level) / 2, 8);
      }),
      { numRuns: 40 },
    );
  });

  it('mirror when groups swap, hold the value, and are smaller in g than in d', () => {
    fc.assert(
      fc.property(group(3, 15), group(3, 15), (a, b) => {
        fc.pre(varies(a) || varies(b));
        const d = cohensD(a, b);
        const swapped = cohensD(b, a);
        expect(swapped.value).toBeCloseTo(-d.value, 9);
        expect(swapped.interval.low).toBeCloseTo(-d.interval.high, 8);
        expect(d.interval.low).toBeLessThanOrEqual(d.value);
        expect(d.interval.high).toBeGreaterThanOrEqual(d.value);
        expect(Math.abs(hedgesG(a, b).value)).toBeLessThanOrEqual(Math.abs(d.value));
      }),
      { numRuns: 40 },
    );
  });

  it('say 1 where the means are one pooled standard deviation apart', () => {
    expect(cohensD([1, 2, 3], [0, 1, 2]).value).toBeCloseTo(1, 14);
    // J(4) = Γ(2) / (√2 Γ(3/2)) = √(2/π)
    expect(hedgesG([1, 2, 3], [0, 1, 2]).value).toBeCloseTo(Math.sqrt(2 / Math.PI), 13);
  });

  it('refuse groups without spread, small groups, NaN and a bad level', () => {
    for (const effect of [cohensD, hedgesG]) {
      expect(() => effect([1, 1], [2, 2])).toThrow(/undefined without spread/);
      expect(() => effect([1], [2, 3])).toThrow(/group A has 1 value/);
      expect(() => effect([1, Number.NaN], [2, 3])).toThrow(/group A has NaN/);
      expect(() => effect([1, 2], [2, 3], { level: 95 })).toThrow(/confidence level is 95/);
    }
  });
});

describe('noncentralTCdf', () => {
  for (const { t, df, delta, ...entry } of golden<GoldenCase & { t: number; df: number; delta: number }>(
    'noncentral-t',
  )) {
    it(`is right for t ${t}, ${df} degrees of freedom, noncentrality ${delta}`, () => {
      const value = noncentralTCdf(t, df, delta);
      expect(relativeError(value, entry.exact[0]!)).toBeLessThan(1e-10);
      if (!entry.scipyDiffers) expect(relativeError(value, entry.scipy[0]!)).toBeLessThan(1e-9);
    });
  }
});
