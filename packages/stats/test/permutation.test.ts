import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alternative, permutation } from '../src/index';
import { expectGolden, type GoldenCase, golden, samples } from './golden';
import { group, shuffled } from './groups';

describe('permutation', () => {
  for (const entry of golden<GoldenCase & { sample: string; alternative: Alternative }>('permutation')) {
    it(`agrees with SciPy's exact test on ${entry.sample}, ${entry.alternative}`, () => {
      const { a, b } = samples[entry.sample]!;
      const result = permutation(a, b, { alternative: entry.alternative });
      expectGolden([result.statistic, result.p], entry);
      expect(result.details.method).toBe('exact');
    });
  }

  it('draws at random to a p within 5 standard errors of the exact one', () => {
    for (const name of ['five against nine', 'small with ties', 'three against five']) {
      const { a, b } = samples[name]!;
      for (const alternative of ['less', 'greater'] as const) {
        const exact = permutation(a, b, { alternative, permutations: 10_000 });
        for (const seed of [0, 1, 2]) {
          // Fewer draws than divisions, so that they are drawn.
          const permutations = exact.details.permutations - 1;
          const random = permutation(a, b, { alternative, seed, permutations });
          expect(random.details).toEqual({ method: 'random', permutations });
          const error = Math.sqrt((exact.p * (1 - exact.p)) / permutations) + 1 / permutations;
          expect(Math.abs(random.p - exact.p)).toBeLessThan(5 * error);
        }
      }
    }
  });

  it('gives the same p for the same seed, another for another, whatever the order within groups', () => {
    const { a, b } = samples['twenty each, normal']!;
    const result = permutation(a, b, { seed: 5 });
    expect(permutation(a.toReversed(), shuffled(b), { seed: 5 }).p).toBe(result.p);
    expect([6, 7, 8].map((seed) => permutation(a, b, { seed }).p)).not.toEqual([
      result.p,
      result.p,
      result.p,
    ]);
  });

  it('never gives p = 0: what was observed counts as one of the divisions', () => {
    const { a, b } = samples['far separated']!;
    expect(permutation(a, b, { alternative: 'less', permutations: 999 }).p).toBe(1 / 1000);
    expect(permutation(a, b, { permutations: 999 }).p).toBe(2 / 1000);
  });

  it('counts divisions that differ by rounding as ties', () => {
    // Sums of tenths round differently by their order: 0.1 + 0.2 + 0.3 against 0.6.
    const tenths = permutation([0.1, 0.2, 0.6], [0.3, 0.4, 0.5, 0.7]);
    const whole = permutation([1, 2, 6], [3, 4, 5, 7]);
    expect(tenths.p).toBe(whole.p);
  });

  it('keeps ties under shift and scale, is symmetric under swapping, and stays in (0, 1]', () => {
    fc.assert(
      fc.property(group(2, 5), group(2, 6), fc.integer({ min: -1e6, max: 1e6 }), (a, b, shift) => {
        const plain = permutation(a, b);
        expect(plain.p).toBeGreaterThan(0);
        expect(plain.p).toBeLessThanOrEqual(1);
        expect(permutation(b, a).p).toBe(plain.p);
        // Whole shifts of whole numbers round nothing; tenths round each value.
        const shifted = (values: number[]) => shuffled(values).map((value) => value + shift);
        expect(permutation(shifted(a), shifted(b)).p).toBe(plain.p);
        const tenths = (values: number[]) => values.map((value) => value * 0.1);
        expect(permutation(tenths(a), tenths(b)).p).toBe(plain.p);
      }),
    );
  });

  it('takes any statistic of two groups', () => {
    const median = (values: Float64Array) => values.toSorted()[values.length >> 1]!;
    const statistic = (a: Float64Array, b: Float64Array) => median(a) - median(b);
    const result = permutation([1, 2, 3], [10, 11, 12], { statistic });
    // A's median is 9 or more below B's in two of the 20 divisions: A = {1, 2, 3} and A = {1, 2, 10}.
    expect(result).toMatchObject({ statistic: -9, p: 0.2, details: { method: 'exact', permutations: 20 } });
  });

  it('gives p = 1 where all values are the same', () => {
    expect(permutation([0.1, 0.1, 0.1], [0.1, 0.1])).toMatchObject({ statistic: 0, p: 1 });
  });

  it('refuses small groups, NaN, bad counts and seeds, and a statistic that is not finite', () => {
    expect(() => permutation([1], [2, 3])).toThrow(/group A has 1 value/);
    expect(() => permutation([1, Number.NaN], [2, 3])).toThrow(/group A has NaN/);
    expect(() => permutation([1, 2], [2, 3], { permutations: 0 })).toThrow(/permutations is 0/);
    expect(() => permutation([1, 2], [2, 3], { seed: 0.5 })).toThrow(/seed is 0.5/);
    expect(() => permutation([1, 2], [2, 3], { statistic: () => Number.NaN })).toThrow(/statistic is NaN/);
    expect(() => permutation([1, 2], [2, 3], { alternative: 'x' as 'less' })).toThrow(/no alternative 'x'/);
  });
});
