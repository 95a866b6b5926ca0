import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alternative, type WilcoxonOptions, wilcoxon } from '../src/index';
import { expectGolden, type GoldenCase, golden, relativeError } from './golden';
import { goldenPairs, pairs } from './pairs';

type Case = GoldenCase &
  Required<Pick<WilcoxonOptions, 'zeros' | 'method' | 'continuity'>> & {
    sample: string;
    alternative: Alternative;
    took: string;
  };

const differ = (a: number[], b: number[]) => a.some((value, i) => value !== b[i]);
const treatments = ['wilcox', 'pratt', 'zsplit'] as const;

describe('wilcoxon', () => {
  const cases = golden<Case>('wilcoxon');

  for (const { sample, alternative, zeros, method, continuity, ...entry } of cases) {
    it(`agrees with SciPy on ${sample}, ${alternative}, zeros by ${zeros}, ${method}${continuity ? ', continuity correction' : ''}`, () => {
      const { a, b } = goldenPairs[sample]!;
      const { statistic, p, details } = wilcoxon(a, b, { alternative, zeros, method, continuity });
      expectGolden(
        [alternative === 'two-sided' ? Math.min(statistic, details.negative) : statistic, p],
        entry,
      );
      expect(details.method).toBe(entry.took);
    });
  }

  it('is compared with SciPy wherever SciPy counts: the others are signs of more than 13 pairs', () => {
    const alone = cases.filter((entry) => entry.scipyDiffers);
    for (const { sample, method } of alone) {
      expect(method).toBe('signs');
      expect(goldenPairs[sample]!.a.length).toBeGreaterThan(13);
    }
    expect(cases.length).toBeGreaterThan(5 * alone.length);
  });

  it('counts signs as listing them does, with ties and zeros', () => {
    fc.assert(
      fc.property(pairs(2, 9), fc.constantFrom(...treatments), ([a, b], zeros) => {
        fc.pre(differ(a, b));
        const observed = wilcoxon(a, b, { zeros }).statistic;
        let less = 0;
        let greater = 0;
        for (let mask = 0; mask < 2 ** a.length; mask++) {
          // A pair's sign changes when its two values swap.
          const pick = (x: number[], y: number[]) => x.map((value, i) => ((mask >> i) & 1 ? y[i]! : value));
          const { statistic } = wilcoxon(pick(a, b), pick(b, a), { zeros });
          if (statistic <= observed) less++;
          if (statistic >= observed) greater++;
        }
        const p = (alternative: Alternative) =>
          wilcoxon(a, b, { zeros, method: 'signs', alternative }).p * 2 ** a.length;
        expect(p('less')).toBeCloseTo(less, 9);
        expect(p('greater')).toBeCloseTo(greater, 9);
        expect(p('two-sided')).toBeCloseTo(Math.min(2 ** a.length, 2 * Math.min(less, greater)), 9);
      }),
      { numRuns: 40 },
    );
  });

  it('has exact and signs agree where nothing ties and nothing is zero', () => {
    const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(sizes, fc.nat(), (differences, seed) => {
        const a = differences.map((value, i) => ((seed >> (i % 30)) & 1 ? -value : value));
        const b = a.map(() => 0);
        const exact = wilcoxon(a, b, { method: 'exact' });
        expect(relativeError(wilcoxon(a, b, { method: 'signs' }).p, exact.p)).toBeLessThan(1e-12);
        expect(wilcoxon(a, b)).toEqual(exact);
      }),
    );
  });

  it('has W+ and W− that add up to all ranks, and the same p when groups swap', () => {
    fc.assert(
      fc.property(pairs(2, 30), fc.constantFrom(...treatments), ([a, b], zeros) => {
        fc.pre(differ(a, b));
        const plain = wilcoxon(a, b, { zeros });
        const swapped = wilcoxon(b, a, { zeros });
        expect(swapped.statistic).toBe(plain.details.negative);
        expect(swapped.p).toBe(plain.p);
        const nonzero = a.length - plain.details.zeros;
        const ranked = zeros === 'wilcox' ? nonzero : a.length;
        const left = zeros === 'pratt' ? (plain.details.zeros * (plain.details.zeros + 1)) / 2 : 0;
        expect(plain.statistic + plain.details.negative).toBe((ranked * (ranked + 1)) / 2 - left);
        expect(wilcoxon(a, b, { zeros, alternative: 'less' }).p).toBe(
          wilcoxon(b, a, { zeros, alternative: 'greater' }).p,
        );
      }),
    );
  });

  it('keeps a tiny p of many pairs: one choice of signs of 2ⁿ', () => {
    const a = Array.from({ length: 900 }, (_, i) => i + 1);
    const b = a.map(() => 0);
    expect(wilcoxon(a, b, { method: 'exact', alternative: 'greater' }).p).toBe(2 ** -900);
  });

  it('raises p by the continuity correction', () => {
    const { a, b } = goldenPairs.twenty!;
    const p = (continuity: boolean) => wilcoxon(a, b, { method: 'asymptotic', continuity }).p;
    expect(p(true)).toBeGreaterThan(p(false));
  });

  it('refuses pairs that never differ, groups of different sizes, NaN, unknown names and too many to count', () => {
    expect(() => wilcoxon([3, 4], [3, 4])).toThrow(/none of the 2 pairs differs/);
    expect(() => wilcoxon([3, 4, 5], [3, 4])).toThrow(/group A has 3 values and group B has 2/);
    expect(() => wilcoxon([3, Number.NaN], [3, 4])).toThrow(/group A has NaN at index 1/);
    expect(() => wilcoxon([3, 4], [5, 7], { method: 'guess' as 'exact' })).toThrow(/no method 'guess'/);
    expect(() => wilcoxon([3, 4], [5, 7], { zeros: 'drop' as 'pratt' })).toThrow(
      /no treatment of zeros 'drop'/,
    );
    const many = Array.from({ length: 1001 }, (_, i) => i + 1);
    expect(() =>
      wilcoxon(
        many,
        many.map(() => 0),
        { method: 'exact' },
      ),
    ).toThrow(/1001 pairs are too many/);
  });
});
