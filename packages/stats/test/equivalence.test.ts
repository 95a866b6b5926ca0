import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EquivalenceResult, equivalence, pairedEquivalence } from '../src/index';
import { expectGolden, type GoldenCase, golden, relativeError, samples } from './golden';
import { group, varies } from './groups';
import { goldenPairs } from './pairs';

type Case = GoldenCase & { sample: string; test: 'student' | 'welch' | 'paired'; bounds: [number, number] };

const numbers = ({ p, aboveLow, belowHigh, interval }: EquivalenceResult) => [
  p,
  aboveLow.statistic,
  aboveLow.p,
  belowHigh.statistic,
  belowHigh.p,
  interval.low,
  interval.high,
];

describe('equivalence', () => {
  for (const { sample, test, bounds, ...entry } of golden<Case>('equivalence')) {
    it(`agrees with statsmodels, ${test} on ${sample}`, () => {
      const result =
        test === 'paired'
          ? pairedEquivalence(goldenPairs[sample]!.a, goldenPairs[sample]!.b, { bounds })
          : equivalence(samples[sample]!.a, samples[sample]!.b, { bounds, test });
      expect(result.test).toBe(`tost-${test}`);
      expectGolden(numbers(result), entry);
    });
  }

  it('finds equivalence at alpha just where the interval of 1 − 2 alpha lies within the bounds', () => {
    fc.assert(
      fc.property(
        group(2, 15),
        group(2, 15),
        fc.constantFrom(0.01, 0.05, 0.2),
        fc.double({ min: 0.5, max: 90, noNaN: true }),
        fc.constantFrom('student' as const, 'welch' as const),
        (a, b, alpha, bounds, test) => {
          fc.pre(varies(a) || varies(b));
          const { p, interval } = equivalence(a, b, { bounds, alpha, test });
          expect(interval.level).toBe(1 - 2 * alpha);
          expect(p <= alpha).toBe(interval.low >= -bounds && interval.high <= bounds);
        },
      ),
    );
  });

  it('takes standardized bounds as multiples of the standard deviation of each test', () => {
    const { a, b } = samples['twenty each, normal']!;
    const sd = (values: readonly number[]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
    };
    const common = Math.sqrt((sd(a) ** 2 + sd(b) ** 2) / 2);
    const units = 'standardized';
    // Groups of one size: the pooled variance is the mean variance.
    for (const test of ['student', 'welch'] as const) {
      const { bounds, p } = equivalence(a, b, { bounds: [-0.5, 0.4], units, test });
      expect(relativeError(bounds.low, -0.5 * common)).toBeLessThan(1e-12);
      expect(relativeError(bounds.high, 0.4 * common)).toBeLessThan(1e-12);
      expect(p).toBe(equivalence(a, b, { bounds: [bounds.low, bounds.high], test }).p);
    }
    const { bounds } = pairedEquivalence(a, b, { bounds: 0.5, units });
    const ofDifferences = sd(a.map((value, i) => value - b[i]!));
    expect(relativeError(bounds.high, 0.5 * ofDifferences)).toBeLessThan(1e-12);
    expect(bounds.low).toBe(-bounds.high);
  });

  it('mirrors when the groups and the bounds do', () => {
    fc.assert(
      fc.property(group(2, 12), group(2, 12), (a, b) => {
        fc.pre(varies(a) || varies(b));
        const plain = equivalence(a, b, { bounds: [-7, 30] });
        const swapped = equivalence(b, a, { bounds: [-30, 7] });
        expect(swapped.p).toBeCloseTo(plain.p, 11);
        expect(swapped.interval.low).toBeCloseTo(-plain.interval.high, 9);
        expect(swapped.aboveLow.statistic).toBeCloseTo(-plain.belowHigh.statistic, 9);
      }),
    );
  });

  it('refuses bad bounds, levels, tests and samples without spread', () => {
    const a = [1, 2, 4];
    expect(() => equivalence(a, a, { bounds: 0 })).toThrow(/the bounds are 0 to 0/);
    expect(() => equivalence(a, a, { bounds: [1, -1] })).toThrow(/the bounds are 1 to -1/);
    expect(() => equivalence(a, a, { bounds: Number.NaN })).toThrow(/the bounds are NaN/);
    expect(() => equivalence(a, a, { bounds: 1, alpha: 0.5 })).toThrow(/alpha is 0.5/);
    expect(() => equivalence(a, a, { bounds: 1, test: 'z' as 'welch' })).toThrow(/no test 'z'/);
    expect(() => equivalence(a, a, { bounds: 1, units: 'cm' as 'raw' })).toThrow(/no units 'cm'/);
    expect(() => equivalence([1, 1], [2, 2], { bounds: 1 })).toThrow(/undefined without spread/);
    expect(() => pairedEquivalence([1, 2, 3], [2, 3, 4], { bounds: 1 })).toThrow(
      /all pairs differ by the same/,
    );
    expect(() => pairedEquivalence([1, 2], [2], { bounds: 1 })).toThrow(/group B has 1 value/);
  });
});
