/** From scores to statistics: each group's summary, and every pair of groups compared in every region. */
import { SaliencyError } from '@regional-saliency/core';
import { corrections, effects, tests } from '@regional-saliency/stats';
import { percentile } from '../overlay/levels';
import type { Comparison, GroupSummary, ScoreRow, StudyResults } from '../results';

export interface AnalysisOptions {
  readonly groups: readonly string[];
  readonly methods: readonly string[];
  readonly regions: readonly string[];
  readonly tests: StudyResults['tests'];
}

export interface Analysis {
  readonly comparisons: Comparison[];
  readonly summaries: GroupSummary[];
}

/** Compares groups in the order given: a positive effect means that the first group's scores are larger. */
export function analyse(rows: readonly ScoreRow[], options: AnalysisOptions): Analysis {
  const { groups, methods, regions } = options;
  const scores = new Map<string, number[]>();
  const missing = new Map<string, number>();
  for (const { method, region, group, score } of rows) {
    const cell = JSON.stringify([method, region, group]);
    if (score === null) missing.set(cell, (missing.get(cell) ?? 0) + 1);
    else scores.set(cell, [...(scores.get(cell) ?? []), score]);
  }
  const at = (...cell: [string, string, string]) => scores.get(JSON.stringify(cell)) ?? [];

  const pairs = groups.flatMap((a, index) => groups.slice(index + 1).map((b) => [a, b] as const));
  const families = methods.flatMap((method) =>
    pairs.map((pair) =>
      regions.map((region) =>
        compare(at(method, region, pair[0]), at(method, region, pair[1]), {
          method,
          region,
          groups: pair,
          tests: options.tests,
        }),
      ),
    ),
  );
  const together = options.tests.family === 'all' ? [families.flat()] : families;
  return {
    comparisons: together.flatMap((family) => correct(family, options.tests)),
    summaries: methods.flatMap((method) =>
      regions.flatMap((region) =>
        groups.map((group) => ({
          method,
          region,
          group,
          missing: missing.get(JSON.stringify([method, region, group])) ?? 0,
          ...describe(at(method, region, group)),
        })),
      ),
    ),
  };
}

type Place = Pick<Comparison, 'method' | 'region' | 'groups'> & { readonly tests: StudyResults['tests'] };

/** One comparison before correction. Where a test does not apply (too few scores, no spread), it says why. */
function compare(a: number[], b: number[], { tests: how, ...place }: Place): Comparison {
  const n = [a.length, b.length] as const;
  const none = { ...place, n, test: how.rule, statistic: null, p: null, corrected: null };
  if (a.length === 0 && b.length === 0) {
    return { ...none, significant: false, effect: null, details: {}, missing: 'no image has a score' };
  }
  try {
    const { test, statistic, p, details } = tests[how.rule as keyof typeof tests](a, b, {
      alpha: how.alpha,
      seed: how.seed,
    });
    const chosen = 'chosen' in details ? String(details.chosen) : test;
    const { value, interval } = effects[how.effect as keyof typeof effects](a, b);
    return {
      ...none,
      test: chosen,
      statistic,
      p,
      significant: false,
      effect: { value, low: interval.low, high: interval.high },
      details: { ...details },
    };
  } catch (error) {
    if (!(error instanceof SaliencyError)) throw error;
    const missing = error.message.replace('group A', place.groups[0]).replace('group B', place.groups[1]);
    return { ...none, significant: false, effect: null, details: {}, missing };
  }
}

function correct(family: readonly Comparison[], how: StudyResults['tests']): Comparison[] {
  const tested = family.filter((comparison) => comparison.p !== null);
  const p = corrections[how.correction as keyof typeof corrections](
    tested.map((comparison) => comparison.p!),
  );
  const corrected = new Map(tested.map((comparison, index) => [comparison, p[index]!]));
  return family.map((comparison) => {
    const value = corrected.get(comparison) ?? null;
    return { ...comparison, corrected: value, significant: value !== null && value <= how.alpha };
  });
}

function describe(values: readonly number[]): Omit<GroupSummary, 'method' | 'region' | 'group' | 'missing'> {
  const n = values.length;
  if (n === 0) {
    const nothing = { minimum: null, q1: null, median: null, q3: null, maximum: null };
    return { n, mean: null, sd: null, ...nothing };
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    n,
    mean,
    sd: n > 1 ? Math.sqrt(squares / (n - 1)) : null,
    minimum: percentile(values, 0),
    q1: percentile(values, 25),
    median: percentile(values, 50),
    q3: percentile(values, 75),
    maximum: percentile(values, 100),
  };
}
