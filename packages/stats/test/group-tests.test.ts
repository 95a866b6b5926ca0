import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chiSquareUpper } from '../src/chi-square';
import { normalUpper } from '../src/distributions';
import {
  anova,
  type GroupTest,
  groupTests,
  kruskalWallis,
  mannWhitney,
  student,
  welch,
  welchAnova,
} from '../src/index';
import { expectGolden, type GoldenCase, golden, relativeError } from './golden';
import { shuffled, varies } from './groups';
import { goldenGroups, severalGroups } from './several-groups';

const all = Object.entries(groupTests) as [keyof typeof groupTests, GroupTest][];

describe('tests of several groups', () => {
  for (const { sample, test, ...entry } of golden<
    GoldenCase & { sample: string; test: keyof typeof groupTests }
  >('group-tests')) {
    it(`${test} agrees with SciPy on ${sample}`, () => {
      const result = groupTests[test](goldenGroups[sample]!);
      expectGolden([result.statistic, result.p], entry);
      expect(result.test).toBe(test);
    });
  }

  for (const [name, test] of all) {
    it(`${name} sees neither shift and scale nor the order of groups and values`, () => {
      fc.assert(
        fc.property(severalGroups(2), (groups) => {
          fc.pre(groups.every(varies));
          const plain = test(groups);
          expect(plain.statistic).toBeGreaterThanOrEqual(0);
          expect(plain.p).toBeGreaterThanOrEqual(0);
          expect(plain.p).toBeLessThanOrEqual(1);
          const moved = test(groups.toReversed().map((group) => shuffled(group).map((v) => 8 * v - 5)));
          expect(Math.abs(moved.statistic - plain.statistic)).toBeLessThan(1e-9 * (1 + plain.statistic));
          expect(Math.abs(moved.p - plain.p)).toBeLessThan(1e-8);
        }),
      );
    });

    it(`${name} finds nothing where all groups are the same`, () => {
      const { statistic, p } = test([
        [1, 2, 5],
        [5, 1, 2],
        [2, 5, 1],
      ]);
      expect(statistic).toBeCloseTo(0, 12);
      expect(p).toBeCloseTo(1, 12);
    });

    it(`${name} refuses one group, an empty group, NaN and values that are all the same`, () => {
      expect(() => test([[1, 2, 3]])).toThrow(/compares groups, but 1 was given/);
      expect(() => test([[1, 2], [3, 4], []])).toThrow(/group C has 0 values/);
      expect(() =>
        test([
          [1, 2],
          [3, Number.NaN],
        ]),
      ).toThrow(/group B has NaN at index 1/);
      expect(() =>
        test([
          [2, 2],
          [2, 2],
        ]),
      ).toThrow(/the same/);
    });
  }

  it('of two groups are the tests of two groups: F is t², H is z²', () => {
    fc.assert(
      fc.property(severalGroups(2, 20), ([a, b]) => {
        fc.pre(varies(a!) && varies(b!));
        for (const [several, two] of [
          [anova, student],
          [welchAnova, welch],
        ] as const) {
          const expected = two(a!, b!);
          const { statistic, p } = several([a!, b!]);
          expect(Math.abs(statistic - expected.statistic ** 2)).toBeLessThan(1e-9 * (1 + statistic));
          expect(Math.abs(p - expected.p)).toBeLessThan(1e-8);
        }
        const { p, details } = mannWhitney(a!, b!, { method: 'asymptotic', continuity: false });
        const ranks = kruskalWallis([a!, b!]);
        expect(Math.abs(ranks.statistic - details.z! ** 2)).toBeLessThan(1e-9 * (1 + ranks.statistic));
        expect(Math.abs(ranks.p - p)).toBeLessThan(1e-8);
      }),
    );
  });

  it('split all squares: between and within groups add up to those about the common mean', () => {
    fc.assert(
      fc.property(severalGroups(2), (groups) => {
        fc.pre(groups.some(varies));
        const { between, within } = anova(groups).details;
        const values = groups.flat();
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const total = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        expect(Math.abs(between + within - total)).toBeLessThan(1e-9 * (1 + total));
      }),
    );
  });

  it('take a group of one value where another has more, but not where variances may differ', () => {
    expect(anova([[1], [2, 4]]).details.df).toEqual([1, 1]);
    expect(kruskalWallis([[1], [2, 4]]).statistic).toBeGreaterThan(0);
    expect(() => anova([[1], [2]])).toThrow(/every group has 1 value/);
    expect(() => welchAnova([[1], [2, 4]])).toThrow(/group A has 1 value, but at least 2/);
    expect(() =>
      welchAnova([
        [3, 4],
        [2, 2],
      ]),
    ).toThrow(/the values of group B are all the same/);
  });

  it('keep the digits of scores far from zero', () => {
    const groups = [
      [0.125, 0.75, 0.5],
      [1.5, 0.875, 1.25],
      [2, 2.5, 1.125],
    ];
    const far = groups.map((group) => group.map((value) => value + 2 ** 40));
    for (const test of [anova, welchAnova]) {
      expect(relativeError(test(far).p, test(groups).p)).toBeLessThan(1e-12);
    }
  });
});

describe('chiSquareUpper', () => {
  it('is the normal tail for one degree of freedom and the exponential for two', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1300, noNaN: true }), (x) => {
        expect(relativeError(chiSquareUpper(x, 1), 2 * normalUpper(Math.sqrt(x)))).toBeLessThan(1e-12);
        expect(relativeError(chiSquareUpper(x, 2), Math.exp(-x / 2))).toBeLessThan(1e-12);
      }),
    );
  });

  it('grows with the degrees of freedom, and by the density from df to df + 2', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 90, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        (x, df) => {
          // Γ(df/2 + 1) as a product.
          let gamma = df % 2 === 1 ? Math.sqrt(Math.PI) : 1;
          for (let j = df % 2 === 1 ? 0.5 : 1; j <= df / 2; j++) gamma *= j;
          const step = Math.exp((df / 2) * Math.log(x / 2) - x / 2) / gamma;
          expect(chiSquareUpper(x, df + 2) - chiSquareUpper(x, df)).toBeCloseTo(step, 12);
        },
      ),
    );
  });

  it('is right far out with many degrees of freedom, where single terms underflow', () => {
    // SciPy 1.18's chi2.sf(3000, 2000).
    expect(relativeError(chiSquareUpper(3000, 2000), 2.204698611389594e-43)).toBeLessThan(1e-11);
    expect(chiSquareUpper(10, 4000)).toBeCloseTo(1, 12);
    expect(chiSquareUpper(0, 3)).toBe(1);
  });
});
