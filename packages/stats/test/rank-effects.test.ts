import fc from 'fast-check';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import {
  anova,
  cliffsDelta,
  type EffectResult,
  epsilonSquared,
  etaSquared,
  groupEffects,
  kruskalWallis,
  mannWhitney,
  matchedRankBiserial,
  omegaSquared,
  pairedEffects,
  rankBiserial,
  wilcoxon,
} from '../src/index';
import { expectGolden, type GoldenCase, golden, samples } from './golden';
import { group, shuffled, varies } from './groups';
import { goldenPairs, pairs } from './pairs';
import { goldenGroups, severalGroups } from './several-groups';

type Case = GoldenCase & { sample: string; level: number };

const numbers = ({ value, interval }: EffectResult) => [value, interval.low, interval.high];

describe('cliffsDelta and rankBiserial', () => {
  for (const { sample, level, ...entry } of golden<Case>('cliffs-delta')) {
    it(`have pingouin's value and the exact interval on ${sample}, level ${level}`, () => {
      const { a, b } = samples[sample]!;
      const delta = cliffsDelta(a, b, { level });
      expectGolden(numbers(delta), entry);
      expect(rankBiserial(a, b, { level })).toEqual({ ...delta, effect: 'rank-biserial' });
    });
  }

  it("are 2U / (nA nB) − 1 in Mann and Whitney's U, mirror when groups swap and see only the order", () => {
    fc.assert(
      fc.property(group(2, 15), group(2, 15), (a, b) => {
        fc.pre(varies([...a, ...b]));
        const { value, interval } = cliffsDelta(a, b);
        expect(value).toBeCloseTo((2 * mannWhitney(a, b).statistic) / (a.length * b.length) - 1, 12);
        expect(interval.low).toBeLessThanOrEqual(value);
        expect(interval.high).toBeGreaterThanOrEqual(value);
        expect(interval.low).toBeGreaterThanOrEqual(-1);
        expect(interval.high).toBeLessThanOrEqual(1);
        const swapped = cliffsDelta(b, a);
        expect(swapped.value).toBeCloseTo(-value, 12);
        expect(swapped.interval.low).toBeCloseTo(-interval.high, 9);
        const grow = (values: number[]) => shuffled(values).map((v) => Math.exp(v / 7) - 5);
        const grown = cliffsDelta(grow(a), grow(b));
        expect(grown.value).toBeCloseTo(value, 12);
        expect(grown.interval.low).toBeCloseTo(interval.low, 9);
      }),
    );
  });

  it('hold the true effect in nine of ten intervals of level 0.9, for skewed groups with ties', () => {
    const random = xoroshiro128plus(5);
    // A: the larger of two dice; B: one die.
    const die = () => uniformInt(random, 1, 6);
    const faces = [1, 2, 3, 4, 5, 6];
    let truth = 0;
    for (const x of faces) for (const y of faces) truth += ((2 * x - 1) / 36) * (Math.sign(x - y) / 6);
    let held = 0;
    for (let study = 0; study < 1000; study++) {
      const a = Array.from({ length: 14 }, () => Math.max(die(), die()));
      const b = Array.from({ length: 18 }, die);
      const { low, high } = cliffsDelta(a, b, { level: 0.9 }).interval;
      if (low <= truth && truth <= high) held++;
    }
    // Four standard deviations of a count of 1000.
    expect(Math.abs(held - 900)).toBeLessThan(4 * Math.sqrt(1000 * 0.9 * 0.1));
  });

  it('reach to 1 from a bound where groups do not overlap, nearer with more values', () => {
    const apart = (n: number) => {
      const b = Array.from({ length: n }, (_, i) => i);
      return cliffsDelta(
        b.map((v) => v + 10000),
        b,
      );
    };
    expect(apart(20)).toMatchObject({ value: 1, interval: { high: 1 } });
    expect(apart(20).interval.low).toBeGreaterThan(apart(10).interval.low);
    expect(apart(2000).interval.low).toBeGreaterThan(0.99);
  });

  it('are defined for values that are all the same: no effect', () => {
    expect(cliffsDelta([2, 2, 2], [2, 2]).value).toBe(0);
  });

  it('refuse one value, NaN and a bad level', () => {
    for (const effect of [cliffsDelta, rankBiserial]) {
      expect(() => effect([1], [2, 3])).toThrow(/group A has 1 value/);
      expect(() => effect([1, Number.NaN], [2, 3])).toThrow(/group A has NaN/);
      expect(() => effect([1, 2], [2, 3], { level: 95 })).toThrow(/confidence level is 95/);
    }
  });
});

describe('matchedRankBiserial', () => {
  for (const { sample, level, ...entry } of golden<Case>('matched-rank-biserial')) {
    it(`has pingouin's value and the exact interval on ${sample}, level ${level}`, () => {
      const { a, b } = goldenPairs[sample]!;
      expectGolden(numbers(matchedRankBiserial(a, b, { level })), entry);
    });
  }

  it('is the difference of the two rank sums over their sum, and mirrors when groups swap', () => {
    fc.assert(
      fc.property(pairs(2, 20), ([a, b]) => {
        fc.pre(a.some((value, i) => value !== b[i]));
        const { value, interval } = matchedRankBiserial(a, b);
        const { statistic, details } = wilcoxon(a, b);
        const total = statistic + details.negative;
        expect(value).toBeCloseTo((statistic - details.negative) / total, 12);
        expect(interval.low).toBeLessThanOrEqual(value);
        expect(interval.high).toBeGreaterThanOrEqual(value);
        const swapped = matchedRankBiserial(b, a);
        expect(swapped.value).toBeCloseTo(-value, 12);
        expect(swapped.interval.low).toBeCloseTo(-interval.high, 12);
      }),
    );
  });

  it('refuses pairs that never differ, groups of different sizes, NaN and a bad level', () => {
    expect(() => matchedRankBiserial([3, 4], [3, 4])).toThrow(/none of the 2 pairs differs/);
    expect(() => matchedRankBiserial([3, 4, 5], [3, 4])).toThrow(/group A has 3 values and group B has 2/);
    expect(() => matchedRankBiserial([3, Number.NaN], [3, 4])).toThrow(/group A has NaN/);
    expect(() => matchedRankBiserial([1, 2], [2, 5], { level: 95 })).toThrow(/confidence level is 95/);
  });

  it('is the effect of pairs in the registry, under its own name', () => {
    for (const [id, effect] of Object.entries(pairedEffects)) {
      const result = effect([1, 2, 4], [2, 2, 2]);
      expect(result.effect).toBe(id);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    }
  });
});

describe('effects of several groups', () => {
  for (const { sample, ...entry } of golden<GoldenCase & { sample: string }>('group-effects')) {
    it(`agree with pingouin, SciPy and the exact values on ${sample}`, () => {
      const groups = goldenGroups[sample]!;
      expectGolden(
        [etaSquared, omegaSquared, epsilonSquared].map((effect) => effect(groups).value),
        entry,
      );
    });
  }

  it('lie in their ranges, and follow from F and H', () => {
    fc.assert(
      fc.property(severalGroups(2), (groups) => {
        fc.pre(groups.every(varies));
        const [eta, omega, epsilon] = [etaSquared, omegaSquared, epsilonSquared].map(
          (effect) => effect(groups).value,
        );
        const { statistic: f, details } = anova(groups);
        const [above, below] = details.df;
        const count = groups.flat().length;
        expect(eta).toBeCloseTo((above * f) / (above * f + below), 10);
        expect(omega).toBeCloseTo((above * (f - 1)) / (above * (f - 1) + count), 10);
        expect(omega).toBeLessThanOrEqual(eta! + 1e-12);
        expect(epsilon).toBeCloseTo(kruskalWallis(groups).statistic / (count - 1), 10);
        expect(epsilon).toBeGreaterThanOrEqual(0);
        expect(epsilon).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  for (const [id, effect] of Object.entries(groupEffects)) {
    it(`${id} gives a plain result under its own name, and refuses what its test refuses`, () => {
      const result = effect([
        [1, 2, 4],
        [3, 7],
      ]);
      expect(result.effect).toBe(id);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      expect(() => effect([[1, 2, 3]])).toThrow(/compares groups, but 1 was given/);
      expect(() =>
        effect([
          [2, 2],
          [2, 2],
        ]),
      ).toThrow(/the same/);
    });
  }
});
