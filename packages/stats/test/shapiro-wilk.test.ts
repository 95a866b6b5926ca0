import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shapiroWilk } from '../src/index';
import { expectGolden, type GoldenCase, golden, relativeError, samples } from './golden';
import { group, shuffled } from './groups';

describe('shapiroWilk', () => {
  for (const entry of golden<GoldenCase & { sample: string; group: 'a' | 'b' }>('shapiro-wilk')) {
    it(`agrees with SciPy on ${entry.sample}, group ${entry.group}`, () => {
      const { statistic, p } = shapiroWilk(samples[entry.sample]![entry.group]);
      expectGolden([statistic, p], entry);
    });
  }

  it('keeps the digits of a tiny p of three values, where SciPy takes it from one', () => {
    const close = golden('shapiro-wilk').filter((entry) => entry.scipyDiffers);
    expect(close).toHaveLength(1);
    // Gaps of e and 1: p = 6/π arctan(√3 e / (2 + e)), for tiny e a multiple of e.
    const p = (e: number) => shapiroWilk([0, e, 1 + e]).p;
    expect(relativeError(p(1e-12), (3 * Math.sqrt(3) * 1e-12) / Math.PI)).toBeLessThan(1e-11);
  });

  it('gives p = 1 to three evenly spaced values and p = 0 to three of which two are the same', () => {
    expect(shapiroWilk([1, 2, 3]).statistic).toBe(1);
    expect(shapiroWilk([1, 2, 3]).p).toBeCloseTo(1, 14);
    expect(shapiroWilk([5, 1, 1])).toEqual({ statistic: 0.75, p: 0 });
  });

  it('keeps W and p in their ranges and does not see shift, scale, sign or order', () => {
    fc.assert(
      fc.property(
        group(3, 40),
        fc.integer({ min: -999, max: 999 }),
        fc.boolean(),
        (values, shift, mirror) => {
          fc.pre(new Set(values).size > 1);
          const plain = shapiroWilk(values);
          expect(plain.statistic).toBeGreaterThan(0);
          expect(plain.statistic).toBeLessThanOrEqual(1);
          expect(plain.p).toBeGreaterThanOrEqual(0);
          expect(plain.p).toBeLessThanOrEqual(1);
          // Powers of two and whole shifts of whole numbers round nothing.
          const other = shapiroWilk(shuffled(values).map((value) => (mirror ? -8 : 8) * value + shift));
          expect(relativeError(other.statistic, plain.statistic)).toBeLessThan(1e-12);
          expect(relativeError(other.p, plain.p)).toBeLessThan(1e-10);
        },
      ),
    );
  });

  it('refuses a constant sample, fewer than three values and NaN, by name', () => {
    expect(() => shapiroWilk([2, 2, 2, 2], 'group A')).toThrow(/group A has the same value 4 times/);
    expect(() => shapiroWilk([1, 2])).toThrow(/has 2 values, but at least 3 are needed/);
    expect(() => shapiroWilk([1, 2, Number.NaN])).toThrow(/has NaN at index 2/);
  });
});
