/**
 * RQ1: do the scores of a region tell a syndrome from unaffected faces?
 *
 * As Sümer et al. 2023: Shapiro-Wilk on each group and Levene on both, at 0.05, choose the t-test or Mann-Whitney U;
 * Cohen's d; Bonferroni over a method's comparisons (syndromes × regions), significant below 0.001. The t-test is
 * Welch's where the groups differ in size and Student's where they don't, as pingouin's `ttest`, which they used, chooses.
 */
import {
  bonferroni,
  cohensD,
  mannWhitney,
  type SeedRuleDetails,
  seedRule,
  student,
  welch,
} from '@regional-saliency/stats';
import { regions, syndromes, unaffected } from './names';
import type { ScoreRow, Severities } from './tables';

export interface Comparison {
  readonly method: string;
  readonly syndrome: string;
  readonly region: string;
  /** Images of the syndrome, and unaffected ones. */
  readonly n: readonly [number, number];
  readonly test: string;
  readonly statistic: number;
  readonly p: number;
  /** p times the method's comparisons. */
  readonly corrected: number;
  readonly significant: boolean;
  readonly pretests: Pretests;
  /** Cohen's d with its 95 % interval; above zero where the syndrome's scores are higher. */
  readonly d: { readonly value: number; readonly low: number; readonly high: number };
}

/** What the three pretests say. */
export interface Pretests {
  readonly normal: readonly [boolean, boolean];
  readonly equalVariances: boolean;
}

export interface Tested {
  readonly test: string;
  readonly statistic: number;
  readonly p: number;
  readonly pretests: Pretests;
}

export const level = 0.001;

/**
 * @param scores of networks that did not see the image in training: one row an image, method and region; images with
 *   severities, which are kept for RQ2, are left out
 */
export function compare(scores: readonly ScoreRow[], severities: Severities): Comparison[] {
  return decide(scores, severities).map(({ a, b, ...decision }) => {
    const { value, interval } = cohensD(a, b);
    return { ...decision, d: { value, low: interval.low, high: interval.high } };
  });
}

export interface Decision extends Omit<Comparison, 'd'> {
  /** The scores of the syndrome, and of unaffected faces. */
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** The tests without effect sizes, whose intervals take longer than all the rest. */
export function decide(scores: readonly ScoreRow[], severities: Severities): Decision[] {
  const groups = groupScores(scores.filter(({ image }) => !severities.has(image)));
  return [...groups].flatMap(([method, of]) => {
    const tested = syndromes.flatMap((syndrome) =>
      regions.map((region) => {
        const [a, b] = [of(region, syndrome), of(region, unaffected)];
        return { method, syndrome, region, n: [a.length, b.length] as const, a, b, ...test(a, b) };
      }),
    );
    const corrected = bonferroni(tested.map(({ p }) => p));
    return tested.map((each, index) => {
      const p = corrected[index]!;
      return { ...each, corrected: p, significant: p < level };
    });
  });
}

/** The test that the pretests choose. */
export function test(a: readonly number[], b: readonly number[]): Tested {
  const rule = seedRule(a, b);
  const { chosen, shapiroWilk, levene, alpha } = rule.details as SeedRuleDetails;
  const pretests: Pretests = {
    normal: [shapiroWilk[0].p > alpha, shapiroWilk[1].p > alpha],
    equalVariances: levene.p > alpha,
  };
  const t = a.length === b.length ? student : welch;
  const { test, statistic, p } = chosen === 'student' ? t(a, b) : mannWhitney(a, b);
  return { test, statistic, p, pretests };
}

/** How many methods find each cell significant: the paper's table. */
export function countSignificant(comparisons: readonly Comparison[]): Record<string, Record<string, number>> {
  return Object.fromEntries(
    regions.map((region) => [
      region,
      Object.fromEntries(
        syndromes.map((syndrome) => [
          syndrome,
          comparisons.filter(
            (each) => each.significant && each.region === region && each.syndrome === syndrome,
          ).length,
        ]),
      ),
    ]),
  );
}

type Group = (region: string, group: string) => number[];

function groupScores(scores: readonly ScoreRow[]): Map<string, Group> {
  const byMethod = new Map<string, Map<string, number[]>>();
  for (const { method, region, group, score } of scores) {
    const own = byMethod.get(method) ?? new Map<string, number[]>();
    byMethod.set(method, own);
    const key = `${region}\0${group}`;
    const values = own.get(key) ?? [];
    own.set(key, values);
    values.push(score);
  }
  return new Map(
    [...byMethod].map(([method, own]) => [method, (region, group) => own.get(`${region}\0${group}`) ?? []]),
  );
}
