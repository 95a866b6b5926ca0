import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seedRule, seedRuleOverRegions } from '../src/index';
import { golden, relativeError } from './golden';

interface Case {
  a: number[];
  b: number[];
  shapiroWilk: [number, number][];
  levene: [number, number];
  chosen: string;
  statistic: number;
  p: number;
  pCorrected: number;
}

describe('seedRule', () => {
  const cases = golden<Case>('seed-rule');

  it('is tested with each of the eight outcomes of its three pretests', () => {
    const outcomes = cases.map(({ shapiroWilk, levene }) =>
      [...shapiroWilk, levene].map(([, p]) => p! > 0.05).join(),
    );
    expect(new Set(outcomes).size).toBe(8);
  });

  cases.forEach((entry, index) => {
    it(`decides as SciPy's tests do on synthetic region ${index}: ${entry.chosen}`, () => {
      const { statistic, p, details } = seedRule(entry.a, entry.b);
      expect(details.chosen).toBe(entry.chosen);
      const pairs = [
        ...details.shapiroWilk.map((result, i) => [result, entry.shapiroWilk[i]!] as const),
        [details.levene, entry.levene] as const,
        [{ statistic, p }, [entry.statistic, entry.p]] as const,
      ];
      for (const [ours, scipy] of pairs) {
        expect(relativeError(ours.statistic, scipy[0]!)).toBeLessThan(1e-9);
        expect(relativeError(ours.p, scipy[1]!)).toBeLessThan(1e-9);
      }
    });
  });

  it('corrects by Bonferroni over regions', () => {
    const results = seedRuleOverRegions(cases.map(({ a, b }) => [a, b]));
    results.forEach((result, i) => {
      expect(relativeError(result.pCorrected, cases[i]!.pCorrected)).toBeLessThan(1e-9);
    });
    expect(results.some((result) => result.pCorrected === 1)).toBe(true);
  });

  it('takes its level from alpha', () => {
    const skewed = cases.find((entry) => entry.chosen === 'mann-whitney')!;
    const lowest = Math.min(...skewed.shapiroWilk.map(([, p]) => p), skewed.levene[1]);
    expect(seedRule(skewed.a, skewed.b, { alpha: lowest / 2 }).details.chosen).toBe('student');
  });

  it('refuses small and constant groups, by name, and a bad level', () => {
    expect(() => seedRule([1, 2], [1, 2, 3])).toThrow(/group A has 2 values, but at least 3/);
    expect(() => seedRule([1, 2, 3], [4, 4, 4])).toThrow(/group B has the same value 3 times/);
    expect(() => seedRule([1, 2, 3], [4, 5, 7], { alpha: 5 })).toThrow(/alpha is 5/);
  });
});

/*
 * The study computed on float32 scores, in float32 where NumPy does so. That is why what it printed differs from these
 * float64 results by up to 4e-7; the rank test, which doesn't round, has all its digits.
 */
const study = new URL('../../../../shared/data/seed-study/region-scores.json', import.meta.url);
const present = existsSync(study);

const need = present ? '' : ': skipped, ../shared/data/seed-study/region-scores.json is missing';

describe.runIf(present)(`seedRule on the scores of the seed study${need}`, () => {
  interface Study {
    gradient_region_scores: Record<'0' | '1', Record<string, number[]>>;
    gradient_results: {
      region: number;
      test_used: string;
      p_value: number;
      shapiro_unaffected_p: number;
      shapiro_syndromic_p: number;
      levene_p: number;
    }[];
  }
  const { gradient_region_scores: scores, gradient_results: printed } = present
    ? (JSON.parse(readFileSync(study, 'utf8')) as Study)
    : { gradient_region_scores: { 0: {}, 1: {} }, gradient_results: [] };

  it('has results for its three regions', () => {
    expect(printed).toHaveLength(3);
  });

  for (const result of printed) {
    it(`reproduces every printed number of region ${result.region} to 1e-6`, () => {
      const { p, details } = seedRule(scores[0][result.region]!, scores[1][result.region]!);
      expect(details.chosen).toBe(result.test_used === 't-test' ? 'student' : 'mann-whitney');
      expect(Math.abs(p - result.p_value)).toBeLessThan(1e-6);
      expect(Math.abs(details.shapiroWilk[0].p - result.shapiro_unaffected_p)).toBeLessThan(1e-6);
      expect(Math.abs(details.shapiroWilk[1].p - result.shapiro_syndromic_p)).toBeLessThan(1e-6);
      expect(Math.abs(details.levene.p - result.levene_p)).toBeLessThan(1e-6);
      if (details.chosen === 'mann-whitney') expect(relativeError(p, result.p_value)).toBeLessThan(1e-13);
    });
  }
});
