import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alternative, type MannWhitneyOptions, mannWhitney } from '../src/index';
import { expectGolden, type GoldenCase, golden, relativeError, samples } from './golden';
import { group, shuffled, varies } from './groups';

type Case = GoldenCase & {
  sample: string;
  alternative: Alternative;
  method: MannWhitneyOptions['method'];
  continuity: boolean;
  took: string;
};

/** Whole numbers without ties within and between the groups. */
const untied = fc
  .tuple(fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 4, maxLength: 18 }), fc.nat())
  .map(([values, cut]) => {
    const at = 2 + (cut % (values.length - 3));
    return [values.slice(0, at), values.slice(at)] as const;
  });

describe('mannWhitney', () => {
  for (const { sample, alternative, method, continuity, ...entry } of golden<Case>('mann-whitney')) {
    it(`agrees with SciPy on ${sample}, ${alternative}, ${method}${continuity ? '' : ', no continuity correction'}`, () => {
      const { a, b } = samples[sample]!;
      const result = mannWhitney(a, b, { alternative, method, continuity });
      expectGolden([result.statistic, result.p], entry);
      expect(result.details.method).toBe(entry.took);
    });
  }

  it('counts arrangements exactly: p is a whole number of them', () => {
    fc.assert(
      fc.property(untied, ([a, b]) => {
        const { p } = mannWhitney(a, b, { method: 'exact', alternative: 'less' });
        let arrangements = 1;
        for (let i = 1; i <= a.length; i++) arrangements = (arrangements * (b.length + i)) / i;
        const hits = p * arrangements;
        expect(Math.abs(hits - Math.round(hits))).toBeLessThan(1e-9 * arrangements);
        expect(hits).toBeGreaterThan(0.5);
      }),
    );
  });

  it('agrees with listing all arrangements', () => {
    fc.assert(
      fc.property(
        untied.filter(([a, b]) => a.length + b.length <= 11),
        ([a, b]) => {
          const { statistic } = mannWhitney(a, b);
          const pooled = [...a, ...b];
          let hits = 0;
          let all = 0;
          for (let mask = 0; mask < 2 ** pooled.length; mask++) {
            const x = pooled.filter((_, i) => (mask >> i) & 1);
            if (x.length !== a.length) continue;
            const y = pooled.filter((_, i) => !((mask >> i) & 1));
            const u = x.reduce((sum, value) => sum + y.filter((other) => other < value).length, 0);
            all++;
            if (u >= statistic) hits++;
          }
          expect(mannWhitney(a, b, { alternative: 'greater' }).p).toBeCloseTo(hits / all, 13);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('has U of A and U of B that add up to all pairs, and the same p when groups swap', () => {
    fc.assert(
      fc.property(group(2, 15), group(2, 15), (a, b) => {
        fc.pre(varies([...a, ...b]));
        const plain = mannWhitney(a, b);
        const swapped = mannWhitney(b, a);
        expect(plain.statistic + swapped.statistic).toBe(a.length * b.length);
        expect(swapped.p).toBe(plain.p);
        expect(plain.p).toBeGreaterThan(0);
        expect(plain.p).toBeLessThanOrEqual(1);
        expect(mannWhitney(a, b, { alternative: 'less' }).p).toBe(
          mannWhitney(b, a, { alternative: 'greater' }).p,
        );
      }),
    );
  });

  it('sees only the order of values', () => {
    fc.assert(
      fc.property(group(2, 15), group(2, 15), (a, b) => {
        fc.pre(varies([...a, ...b]));
        const grow = (values: number[]) => shuffled(values).map((value) => Math.exp(value / 7) - 5);
        expect(mannWhitney(grow(a), grow(b))).toEqual(mannWhitney(a, b));
      }),
    );
  });

  it('takes the exact distribution up to 8 values in one group, and never with ties, unless told to', () => {
    const method = (a: number[], b: number[]) => mannWhitney(a, b).details.method;
    const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const above = nine.map((value) => value + 0.5);
    expect(method(nine.slice(1), above)).toBe('exact');
    expect(method(nine, above)).toBe('asymptotic');
    expect(method([1, 2, 3], [3, 4, 5])).toBe('asymptotic');
  });

  it('keeps a tiny exact p of large groups', () => {
    const a = Array.from({ length: 90 }, (_, i) => i);
    const b = a.map((value) => value + 1000);
    // One arrangement of C(180, 90) ≈ 9.1e52.
    const log = (2 * a.reduce((sum, _, i) => sum + Math.log((90 + i + 1) / (i + 1)), 0)) / 2;
    expect(
      relativeError(mannWhitney(a, b, { method: 'exact', alternative: 'less' }).p, Math.exp(-log)),
    ).toBeLessThan(1e-12);
  });

  it('refuses values that are all the same, small groups, NaN and an unknown method', () => {
    expect(() => mannWhitney([3, 3], [3, 3, 3])).toThrow(/all 5 values are the same/);
    expect(() => mannWhitney([3, 4], [3])).toThrow(/group B has 1 value/);
    expect(() => mannWhitney([3, Number.NaN], [3, 4])).toThrow(/group A has NaN at index 1/);
    expect(() => mannWhitney([3, 4], [5, 6], { method: 'guess' as 'exact' })).toThrow(/no method 'guess'/);
  });
});
