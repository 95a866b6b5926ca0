import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anova,
  bonferroni,
  dunn,
  gamesHowell,
  kruskalWallis,
  type PostHocTest,
  postHocTests,
  student,
  tukeyHsd,
  uncorrected,
  welch,
} from '../src/index';
import { rangeUpper, studentizedRangeUpper } from '../src/studentized-range';
import { upperQuantile } from '../src/upper-quantile';
import { expectGolden, type GoldenCase, golden, relativeError } from './golden';
import { varies } from './groups';
import { goldenGroups, severalGroups } from './several-groups';

const all = Object.entries(postHocTests) as [keyof typeof postHocTests, PostHocTest][];

describe('studentizedRangeUpper', () => {
  const cases = golden<GoldenCase & { q: number; k: number; df: number }>('studentized-range');
  for (const { q, k, df, ...entry } of cases) {
    it(`has all digits at ${q} for ${k} groups and ${df} degrees of freedom`, () => {
      expectGolden([studentizedRangeUpper(q, k, df)], entry);
    });
  }

  it('has golden tails below 1e-9 for three groups and below 1e-100 for two', () => {
    expect(cases.some(({ k, exact }) => k > 2 && exact[0]! < 1e-9)).toBe(true);
    expect(cases.some(({ k, exact }) => k === 2 && exact[0]! < 1e-100)).toBe(true);
  });

  it('keeps the digits of a tiny p of three groups', () => {
    // With 30 digits from the upper tail, by Gauss-Legendre quadrature.
    expect(relativeError(studentizedRangeUpper(30, 3, 38), 3.454269583322964e-22)).toBeLessThan(1e-13);
  });

  it('falls with q, and grows with the number of groups', () => {
    const q = fc.double({ min: 1, max: 40, noNaN: true });
    fc.assert(
      fc.property(q, fc.integer({ min: 2, max: 9 }), fc.integer({ min: 3, max: 90 }), (at, k, df) => {
        const here = studentizedRangeUpper(at, k, df);
        expect(studentizedRangeUpper(at * 1.01, k, df)).toBeLessThan(here);
        expect(studentizedRangeUpper(at, k + 1, df)).toBeGreaterThan(here);
        // No pair of k differs more often than k(k − 1)/2 pairs by themselves.
        expect(here).toBeLessThan(((k * (k - 1)) / 2) * studentizedRangeUpper(at, 2, df) * (1 + 1e-11));
      }),
      { numRuns: 12 },
    );
  });

  it('is certain at zero', () => {
    expect(studentizedRangeUpper(0, 4, 7)).toBe(1);
    for (const k of [2, 3, 10, 100]) expect(rangeUpper(0, k)).toBeCloseTo(1, 13);
  });
});

describe('upperQuantile', () => {
  it('undoes a tail', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-200, max: 0.999, noNaN: true }), (p) => {
        const x = upperQuantile((value) => Math.exp(-value), p);
        expect(Math.abs(x + Math.log(p))).toBeLessThan(1e-14 * (1 + x));
      }),
    );
    const critical = upperQuantile((q) => studentizedRangeUpper(q, 5, 3), 1e-6);
    expect(relativeError(studentizedRangeUpper(critical, 5, 3), 1e-6)).toBeLessThan(1e-12);
  });
});

describe('comparisons of all pairs of groups', () => {
  type Case = GoldenCase & {
    sample: string;
    test: 'tukey-hsd' | 'games-howell';
    pair: [number, number];
  };
  for (const { sample, test, pair, ...entry } of golden<Case>('post-hoc')) {
    it(`${test} agrees with SciPy on ${sample}, groups ${pair.join(' and ')}`, () => {
      const { comparisons } = postHocTests[test](goldenGroups[sample]!);
      const { difference, p, interval } = comparisons.find(({ a, b }) => a === pair[0] && b === pair[1])!;
      expectGolden([difference, p, interval!.low, interval!.high], entry);
    });
  }

  for (const { sample, statistics, ...entry } of golden<
    GoldenCase & { sample: string; statistics: number[] }
  >('dunn')) {
    it(`dunn agrees with scikit-posthocs on ${sample}`, () => {
      const { comparisons } = dunn(goldenGroups[sample]!, { correction: uncorrected });
      expectGolden(
        comparisons.map(({ p }) => p),
        entry,
      );
      comparisons.forEach(({ statistic }, i) => {
        expect(relativeError(statistic, statistics[i]!)).toBeLessThan(1e-11);
      });
    });
  }

  for (const [name, test] of all) {
    it(`${name} gives a plain result under its own name, of each pair once`, () => {
      const groups = goldenGroups['four unequal']!;
      const result = test(groups);
      expect(result.test).toBe(name);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      expect(result.comparisons.map(({ a, b }) => `${a}${b}`)).toEqual(['01', '02', '03', '12', '13', '23']);
    });

    it(`${name} changes only the sign when groups swap`, () => {
      fc.assert(
        fc.property(severalGroups(4), (groups) => {
          fc.pre(groups.every(varies));
          const k = groups.length;
          const plain = test(groups).comparisons;
          for (const swapped of test(groups.toReversed()).comparisons) {
            const same = plain.find(({ a, b }) => a === k - 1 - swapped.b && b === k - 1 - swapped.a)!;
            expect(swapped.statistic).toBeCloseTo(-same.statistic, 8);
            expect(swapped.p).toBeCloseTo(same.p, 8);
            if (same.interval) expect(swapped.interval!.low).toBeCloseTo(-same.interval.high, 7);
          }
        }),
        { numRuns: 6 },
      );
    });

    it(`${name} refuses one group, NaN and values that are all the same`, () => {
      expect(() => test([[1, 2, 3]])).toThrow(/compares groups, but 1 was given/);
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

  it('of two groups are the t-tests', () => {
    fc.assert(
      fc.property(severalGroups(2, 15), ([a, b]) => {
        fc.pre(varies(a!) && varies(b!));
        for (const [pairwise, two] of [
          [tukeyHsd, student],
          [gamesHowell, welch],
        ] as const) {
          const [comparison] = pairwise([a!, b!]).comparisons;
          const { statistic, p } = two(a!, b!);
          expect(comparison!.statistic / Math.SQRT2).toBeCloseTo(statistic, 9);
          expect(comparison!.p).toBeCloseTo(p, 9);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('has intervals that hold zero where p is above one minus the level, and only there', () => {
    fc.assert(
      fc.property(severalGroups(4, 8), fc.constantFrom(0.5, 0.9, 0.99), (groups, level) => {
        fc.pre(groups.every(varies));
        for (const test of [tukeyHsd, gamesHowell]) {
          for (const { p, interval } of test(groups, { level }).comparisons) {
            fc.pre(Math.abs(p - (1 - level)) > 1e-9);
            expect(interval!.level).toBe(level);
            expect(interval!.low < 0 && interval!.high > 0).toBe(p > 1 - level);
          }
        }
      }),
      { numRuns: 6 },
    );
  });

  it("dunn's z of two groups has the square H, and its p any correction", () => {
    const groups = goldenGroups.ties!;
    const [only] = dunn(groups.slice(0, 2)).comparisons;
    expect(only!.statistic ** 2).toBeCloseTo(kruskalWallis(groups.slice(0, 2)).statistic, 10);
    const { comparisons, details } = dunn(groups, { correction: bonferroni });
    expect(comparisons.map(({ p }) => p)).toEqual(bonferroni(details.uncorrected));
  });

  it("tukey's df are those of the analysis of variance; a bad level is refused", () => {
    const groups = goldenGroups['four unequal']!;
    expect(tukeyHsd(groups).details.df).toEqual(anova(groups).details.df);
    for (const test of [tukeyHsd, gamesHowell]) {
      expect(() => test(groups, { level: 95 })).toThrow(/confidence level is 95/);
    }
  });
});
