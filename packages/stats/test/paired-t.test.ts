import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { studentUpper } from '../src/distributions';
import { type Alternative, pairedT } from '../src/index';
import { expectGolden, type GoldenCase, golden, relativeError } from './golden';
import { varies } from './groups';
import { goldenPairs, pairs } from './pairs';

describe('pairedT', () => {
  for (const { sample, alternative, ...entry } of golden<
    GoldenCase & { sample: string; alternative: Alternative }
  >('paired-t')) {
    it(`agrees with SciPy on ${sample}, ${alternative}`, () => {
      const { a, b } = goldenPairs[sample]!;
      const result = pairedT(a, b, { alternative });
      expectGolden([result.statistic, result.p], entry);
      expect(result.details.df).toBe(a.length - 1);
    });
  }

  it('is the t-test of the differences against zero, whatever the two measurements are', () => {
    fc.assert(
      fc.property(pairs(2, 20), ([a, b]) => {
        const d = a.map((value, i) => value - b[i]!);
        fc.pre(varies(d));
        const mean = d.reduce((sum, value) => sum + value, 0) / d.length;
        const variance = d.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (d.length - 1);
        const t = mean / Math.sqrt(variance / d.length);
        const { statistic, p, details } = pairedT(a, b);
        expect(Math.abs(statistic - t)).toBeLessThan(1e-9 * (1 + Math.abs(t)));
        expect(p).toBeCloseTo(2 * studentUpper(Math.abs(t), d.length - 1), 9);
        expect(details.meanDifference).toBeCloseTo(mean, 12);
        const swapped = pairedT(b, a);
        expect(swapped.statistic).toBeCloseTo(-statistic, 9);
        expect(relativeError(swapped.p, p)).toBeLessThan(1e-9);
      }),
    );
  });

  it('has one-sided p that add up to one, the smaller of them half the two-sided p', () => {
    fc.assert(
      fc.property(pairs(2, 12), ([a, b]) => {
        fc.pre(varies(a.map((value, i) => value - b[i]!)));
        const less = pairedT(a, b, { alternative: 'less' }).p;
        const greater = pairedT(a, b, { alternative: 'greater' }).p;
        expect(less + greater).toBeCloseTo(1, 12);
        expect(relativeError(2 * Math.min(less, greater), pairedT(a, b).p)).toBeLessThan(1e-12);
      }),
    );
  });

  it('refuses pairs that all differ by the same amount, also where only rounding differs', () => {
    expect(() => pairedT([1, 2, 3], [2, 3, 4])).toThrow(/all pairs differ by the same amount/);
    expect(() => pairedT([0.1, 0.2, 0.3], [0.2, 0.3, 0.4])).toThrow(/all pairs differ by the same amount/);
  });

  it('refuses groups of different sizes, one pair, NaN and an unknown alternative', () => {
    expect(() => pairedT([1, 2, 3], [1, 2])).toThrow(/group A has 3 values and group B has 2/);
    expect(() => pairedT([1], [2])).toThrow(/group A has 1 value, but at least 2 are needed/);
    expect(() => pairedT([1, 2], [Number.NaN, 3])).toThrow(/group B has NaN at index 0/);
    expect(() => pairedT([1, 2], [2, 5], { alternative: 'both' as 'less' })).toThrow(/no alternative 'both'/);
  });
});
