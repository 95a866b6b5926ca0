import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alternative, student, welch } from '../src/index';
import { expectGolden, type GoldenCase, golden, relativeError, samples } from './golden';
import { group, shuffled, varies } from './groups';

type TCase = GoldenCase & { sample: string; alternative: Alternative; df: number };

for (const [name, test] of [
  ['student', student],
  ['welch', welch],
] as const) {
  describe(name, () => {
    for (const entry of golden<TCase>(name)) {
      it(`agrees with SciPy on ${entry.sample}, ${entry.alternative}`, () => {
        const { a, b } = samples[entry.sample]!;
        const result = test(a, b, { alternative: entry.alternative });
        expectGolden([result.statistic, result.p], entry);
        expect(relativeError(result.details.df, entry.df)).toBeLessThan(1e-9);
      });
    }

    it('has a golden case with p below 1e-200', () => {
      expect(golden<TCase>(name).some((entry) => entry.exact[1]! > 0 && entry.exact[1]! < 1e-200)).toBe(true);
    });

    it('changes only the sign when groups swap, and nothing with shift, scale and order', () => {
      fc.assert(
        fc.property(group(2, 20), group(2, 20), (a, b) => {
          fc.pre(varies(a) || varies(b));
          const plain = test(a, b);
          expect(plain.p).toBeGreaterThanOrEqual(0);
          expect(plain.p).toBeLessThanOrEqual(1);
          const swapped = test(b, a);
          expect(swapped.statistic).toBeCloseTo(-plain.statistic, 10);
          expect(relativeError(swapped.p, plain.p)).toBeLessThan(1e-9);
          const moved = test(
            shuffled(a).map((value) => 16 * value + 3),
            shuffled(b).map((value) => 16 * value + 3),
          );
          expect(moved.statistic).toBeCloseTo(plain.statistic, 9);
          expect(relativeError(moved.p, plain.p)).toBeLessThan(1e-9);
        }),
      );
    });

    it('has one-sided p that add up to one, the smaller of them half the two-sided p', () => {
      fc.assert(
        fc.property(group(2, 12), group(2, 12), (a, b) => {
          fc.pre(varies(a) || varies(b));
          const less = test(a, b, { alternative: 'less' }).p;
          const greater = test(a, b, { alternative: 'greater' }).p;
          expect(less + greater).toBeCloseTo(1, 12);
          expect(relativeError(2 * Math.min(less, greater), test(a, b).p)).toBeLessThan(1e-12);
        }),
      );
    });

    it('refuses groups without spread, also where only rounding differs', () => {
      expect(() => test([1, 1, 1], [2, 2, 2])).toThrow(/undefined without spread/);
      expect(() => test([0.3, 0.3], [0.3, 0.1 + 0.2])).toThrow(/undefined without spread/);
    });

    it('refuses one value, NaN and an unknown alternative', () => {
      expect(() => test([1], [2, 3])).toThrow(/group A has 1 value, but at least 2 are needed/);
      expect(() => test([1, 2], [Number.NaN, 3])).toThrow(/group B has NaN at index 0/);
      expect(() => test([1, 2], [2, 3], { alternative: 'both' as 'less' })).toThrow(/no alternative 'both'/);
    });
  });
}

describe('student and welch', () => {
  it('have the same statistic where groups are of one size', () => {
    const { a, b } = samples['twenty each, normal']!;
    expect(relativeError(welch(a, b).statistic, student(a, b).statistic)).toBeLessThan(1e-12);
    expect(welch(a, b).details.df).toBeLessThan(student(a, b).details.df);
  });

  it('keep the digits of scores far from zero, where a mean in one number loses them', () => {
    const scores = [0.125, 0.75, 0.5, 0.25];
    const others = [1.5, 0.875, 1.25, 2];
    const far = (values: number[]) => values.map((value) => value + 2 ** 40);
    for (const test of [student, welch]) {
      expect(relativeError(test(far(scores), far(others)).p, test(scores, others).p)).toBeLessThan(1e-12);
    }
  });
});
