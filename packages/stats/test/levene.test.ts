import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LeveneCenter, levene } from '../src/index';
import { expectGolden, type GoldenCase, golden, relativeError, samples } from './golden';
import { group, shuffled, varies } from './groups';

const centers = ['mean', 'median', 'trimmed'] as const;

describe('levene', () => {
  for (const entry of golden<GoldenCase & { samples: string[]; center: LeveneCenter }>('levene')) {
    it(`agrees with SciPy on ${entry.samples.join(' and ')}, center ${entry.center}`, () => {
      const groups = entry.samples.flatMap((name) => [samples[name]!.a, samples[name]!.b]);
      const { statistic, p, df } = levene(groups, { center: entry.center });
      expectGolden([statistic, p], entry);
      expect(df).toEqual([groups.length - 1, groups.flat().length - groups.length]);
    });
  }

  it('takes medians unless told otherwise', () => {
    const groups = [
      [1, 2, 9, 4],
      [3, 3, 8, 30],
    ];
    expect(levene(groups)).toEqual(levene(groups, { center: 'median' }));
    expect(levene(groups)).not.toEqual(levene(groups, { center: 'mean' }));
  });

  it('trims nothing at a share of 0, which is the mean', () => {
    const { a, b } = samples['twenty each, skewed']!;
    const trimmed = levene([a, b], { center: 'trimmed', proportionToCut: 0 });
    expect(relativeError(trimmed.p, levene([a, b], { center: 'mean' }).p)).toBeLessThan(1e-13);
  });

  it('keeps p in [0, 1] and does not see shift, scale, order within groups or order of groups', () => {
    fc.assert(
      fc.property(group(3, 20), group(3, 20), fc.constantFrom(...centers), (a, b, center) => {
        fc.pre(varies(a.map(Math.abs)) && varies(b));
        let plain: ReturnType<typeof levene>;
        try {
          plain = levene([a, b], { center });
        } catch (error) {
          // Whole numbers can be equally far from their centre.
          expect(String(error)).toMatch(/equally far/);
          return;
        }
        expect(plain.p).toBeGreaterThanOrEqual(0);
        expect(plain.p).toBeLessThanOrEqual(1);
        const other = levene([shuffled(b).map((v) => 4 * v - 7), shuffled(a).map((v) => 4 * v + 100)], {
          center,
        });
        expect(Math.abs(other.statistic - plain.statistic)).toBeLessThan(1e-10 * (1 + plain.statistic));
        // Near W = 0, p falls like the root of W, and so do differences.
        expect(Math.abs(other.p - plain.p)).toBeLessThan(1e-6);
      }),
    );
  });

  it('refuses deviations without spread, small groups, one group, a bad share and an unknown center', () => {
    expect(() =>
      levene([
        [0, 2, 0, 2],
        [0.1, 0.3, 0.1, 0.3],
      ]),
    ).toThrow(/equally far from the group's centre/);
    expect(() =>
      levene([
        [1, 2, 3],
        [1, 2],
      ]),
    ).toThrow(/group B has 2 values, but at least 3/);
    expect(() => levene([[1, 2, 3]])).toThrow(/give two or more/);
    expect(() =>
      levene(
        [
          [1, 2, 4],
          [1, 2, 3],
        ],
        { center: 'trimmed', proportionToCut: 0.5 },
      ),
    ).toThrow(/proportionToCut is 0.5/);
    expect(() =>
      levene(
        [
          [1, 2, 4],
          [1, 2, 3],
        ],
        { center: 'mode' as 'mean' },
      ),
    ).toThrow(/no center 'mode'/);
  });
});
