import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alternative, type Correlation, correlations, pearson, spearman } from '../src/index';
import { expectGolden, type GoldenCase, golden, relativeError } from './golden';
import { shuffled, varies } from './groups';

const variables = JSON.parse(
  readFileSync(new URL('./golden/variables.json', import.meta.url), 'utf8'),
) as Record<string, { x: number[]; y: number[] }>;

type Case = GoldenCase & { sample: string; alternative: Alternative; level: number };

/** Images with two whole numbers each, so that ties occur and shifts round nothing. */
const images = (least: number, most: number) =>
  fc
    .array(fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 })), {
      minLength: least,
      maxLength: most,
    })
    .map((drawn) => [drawn.map(([x]) => x), drawn.map(([, y]) => y)] as const)
    .filter(([x, y]) => varies(x) && varies(y));

/** p by t, which SciPy takes for any number of images. */
const byT: Record<keyof typeof correlations, Correlation> = {
  ...correlations,
  spearman: (x, y, options) => spearman(x, y, { ...options, method: 't' }),
};

for (const [name, correlation] of Object.entries(byT)) {
  describe(name, () => {
    for (const { sample, alternative, level, ...entry } of golden<Case>(name)) {
      it(`agrees with SciPy on ${sample}, ${alternative}, level ${level}`, () => {
        const { x, y } = variables[sample]!;
        const { value, p, interval } = correlation(x, y, { alternative, level });
        if (!entry.scipyDiffers) return expectGolden([value, p, interval.low, interval.high], entry);
        // On a line but for 1e-5: rounding the values themselves to float64 moves p by this part.
        const moved = (x.length * Number.EPSILON) / Math.sqrt(1 - entry.exact[0]! ** 2);
        expect(moved).toBeLessThan(2e-9);
        expect(relativeError(p, entry.exact[1]!)).toBeLessThan(moved);
        [value, interval.low, interval.high].forEach((number, i) => {
          expect(relativeError(number, entry.exact[i && i + 1]!)).toBeLessThan(1e-15);
        });
      });
    }

    it('gives a plain result under its own name, also for images on a line', () => {
      for (const y of [
        [2, 3, 1, 5],
        [1, 2, 3, 4],
        [4, 3, 2, 1],
      ]) {
        const result = correlation([1, 2, 3, 4], y);
        expect(result.correlation).toBe(name);
        expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      }
      expect(correlation([1, 2, 3, 4], [4, 3, 2, 1])).toMatchObject({
        value: -1,
        p: 0,
        interval: { low: -1, high: -1 },
      });
    });

    it('is symmetric, sees neither shift, scale nor the order of images, and turns with the sign', () => {
      fc.assert(
        fc.property(images(3, 25), ([x, y]) => {
          const { value, p, interval } = correlation(x, y);
          expect(Math.abs(value)).toBeLessThanOrEqual(1);
          expect(p).toBeGreaterThanOrEqual(0);
          expect(p).toBeLessThanOrEqual(1);
          expect(interval.low).toBeLessThanOrEqual(value + 1e-12);
          expect(interval.high).toBeGreaterThanOrEqual(value - 1e-12);
          const order = shuffled(x.map((_, i) => i));
          for (const [other, sign] of [
            [correlation(y, x), 1],
            [
              correlation(
                order.map((i) => 8 * x[i]! - 3),
                order.map((i) => y[i]! / 4 + 7),
              ),
              1,
            ],
            [
              correlation(
                x.map((v) => -v),
                y,
              ),
              -1,
            ],
          ] as const) {
            expect(other.value).toBeCloseTo(sign * value, 12);
            expect(other.p).toBeCloseTo(p, 9);
            expect(sign > 0 ? other.interval.low : -other.interval.high).toBeCloseTo(interval.low, 9);
          }
        }),
      );
    });

    it('has one-sided p that add up to one, the smaller of them half the two-sided p', () => {
      fc.assert(
        fc.property(images(4, 25), ([x, y]) => {
          const [less, greater] = (['less', 'greater'] as const).map(
            (alternative) => correlation(x, y, { alternative }).p,
          );
          expect(less! + greater!).toBeCloseTo(1, 12);
          expect(2 * Math.min(less!, greater!)).toBeCloseTo(correlation(x, y).p, 12);
        }),
      );
    });

    it('has an interval that widens with the level, and says nothing of three images', () => {
      const { x, y } = variables.twenty!;
      const [half, most] = [0.5, 0.99].map((level) => correlation(x, y, { level }).interval);
      expect(most!.low).toBeLessThan(half!.low);
      expect(most!.high).toBeGreaterThan(half!.high);
      expect(correlation([1, 2, 3], [1, 3, 2]).interval).toEqual({ low: -1, high: 1, level: 0.95 });
    });

    it('refuses two images, variables of different sizes or without spread, NaN, a bad level or alternative', () => {
      expect(() => correlation([1, 2], [3, 4])).toThrow(/variable x has 2 values, but at least 3/);
      expect(() => correlation([1, 2, 3], [3, 4, 5, 6])).toThrow(
        /variable x has 3 values and variable y has 4/,
      );
      expect(() => correlation([1, 2, 3], [4, 4, 4])).toThrow(/variable y are all the same/);
      expect(() => correlation([1, 2, Number.NaN], [4, 4, 5])).toThrow(/variable x has NaN at index 2/);
      expect(() => correlation([1, 2, 3], [4, 4, 5], { level: 95 })).toThrow(/confidence level is 95/);
      expect(() => correlation([1, 2, 3], [4, 4, 5], { alternative: 'both' as 'less' })).toThrow(
        /no alternative 'both'/,
      );
    });
  });
}

describe('pearson', () => {
  it('keeps the digits of p where r is almost one, and SciPy takes one minus it', () => {
    const away = golden<Case>('pearson').filter((entry) => entry.scipyDiffers);
    for (const { exact } of away) expect(1 - exact[0]!).toBeLessThan(1e-9);
    expect(away).not.toHaveLength(0);
  });

  it('keeps the digits of values far from zero', () => {
    const x = [0.125, 0.75, 0.5, 0.25, 2];
    const y = [1.5, 0.875, 1.25, 2, 3];
    const far = (values: number[]) => values.map((value) => value + 2 ** 40);
    expect(relativeError(pearson(far(x), far(y)).p, pearson(x, y).p)).toBeLessThan(1e-12);
  });
});

describe('spearman', () => {
  for (const { sample, alternative, ...entry } of golden<Case>('spearman-exact')) {
    it(`counts all orders as SciPy's permutation test does on ${sample}, ${alternative}`, () => {
      const { x, y } = variables[sample]!;
      const { p, details } = spearman(x, y, { alternative, method: 'exact' });
      expectGolden([p], entry);
      expect(details.method).toBe('exact');
    });
  }

  it('is the correlation of ranks and sees only the order of values', () => {
    fc.assert(
      fc.property(images(3, 20), ([x, y]) => {
        const grow = (values: readonly number[]) => values.map((value) => Math.exp(value / 7) - 5);
        expect(spearman(grow(x), grow(y))).toEqual(spearman(x, y));
        const rank = (values: readonly number[]) =>
          values.map((v) => values.filter((u) => u < v).length + values.filter((u) => u === v).length / 2);
        expect(spearman(x, y).value).toBeCloseTo(pearson(rank(x), rank(y)).value, 12);
      }),
    );
  });

  it('has an exact p of one order in ten factorial where ten images are in one order, never 0', () => {
    const x = Array.from({ length: 10 }, (_, i) => i);
    expect(spearman(x, x, { method: 'exact', alternative: 'greater' }).p).toBe(1 / 3628800);
    expect(spearman(x, x, { method: 'exact', alternative: 'less' }).p).toBe(1);
  });

  it('counts all orders of fewer than ten images unless told otherwise, and takes t for more', () => {
    const wave = (n: number, pace: number) => Array.from({ length: n }, (_, i) => Math.sin(pace * i));
    const [few, many] = [9, 10].map((n) => [wave(n, 3), wave(n, 5)] as const);
    expect(spearman(...few!)).toEqual(spearman(...few!, { method: 'exact' }));
    expect(spearman(...many!)).toEqual(spearman(...many!, { method: 't' }));
    expect(spearman(...few!).p).not.toBeCloseTo(spearman(...few!, { method: 't' }).p, 3);
  });

  it('refuses to count the orders of more than ten images, and an unknown method', () => {
    const x = Array.from({ length: 11 }, (_, i) => i);
    expect(() => spearman(x, x, { method: 'exact' })).toThrow(/11 images are too many/);
    expect(() => spearman([1, 2, 3], [2, 1, 3], { method: 'guess' as 't' })).toThrow(/no method 'guess'/);
  });
});
