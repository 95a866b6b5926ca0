/** From scores to statistics: each group's summary, and every pair of groups compared in every region. */
import { SaliencyError } from '@regional-saliency/core';
import { corrections, effects } from '@regional-saliency/stats';
import { type Compared, compareGroups } from '../compare/compare';
import { type Kind, kindOf, settled } from '../compare/settings';
import { keyOf, scoreOf, type Unit, unitsOf } from '../compare/units';
import { percentile } from '../overlay/levels';
import type { Comparison, GroupSummary, OverallComparison, ScoreRow, StudyResults } from '../results';
import type { StudyTests } from './tests';

export interface AnalysisOptions {
  readonly groups: readonly string[];
  readonly methods: readonly string[];
  readonly regions: readonly string[];
  readonly tests: StudyTests;
}

export interface Analysis {
  /** As given, with the unit that the rows settled. */
  readonly tests: StudyResults['tests'];
  readonly comparisons: Comparison[];
  /** Where the rule looks at several groups at once; `comparisons` are then their pairs. */
  readonly overall?: OverallComparison[];
  readonly summaries: GroupSummary[];
}

/**
 * Compares groups in the order given: a positive effect means that the first group's scores are larger.
 *
 * @throws SaliencyError `bad-input` for a patient with images in two groups, patients that are asked for and not named, or
 *   max-T where too few images have all scores
 */
export async function analyse(rows: readonly ScoreRow[], options: AnalysisOptions): Promise<Analysis> {
  const { groups, methods, regions } = options;
  const kind = kindOf(options.tests.rule, false);
  const tests = { ...options.tests, unit: unitFor(rows, options.tests, kind) };
  const units = unitsOf(
    rows.map(({ method, region, group, image, patient, score }) => ({
      cell: [method, region],
      group,
      score,
      image,
      patient: tests.unit === 'patient' ? patient : undefined,
      // Where the rule compares pairs, two images of one name are one.
      pair: image,
    })),
    kind,
  );
  const { rule: test, family, ...how } = tests;
  const compared = await compareGroups(units, {
    ...settled({ ...how, test, effect: kind === 'several' ? undefined : how.effect }, kind),
    kind,
    groups,
    cells: methods.flatMap((method) => regions.map((region) => [method, region])),
    ...(family === 'method' && { familyBy: methodOf }),
  });
  const summaries = summariesOf(rows, options);
  if (kind === 'several') {
    const comparisons = inOrder(pairsWithin(compared, units, tests), methods);
    return { tests, comparisons, overall: compared.map(inStudy), summaries };
  }
  return { tests, comparisons: inOrder(compared.map(inStudy) as Comparison[], methods), summaries };
}

const methodOf = ([method]: readonly string[]) => method!;

const inStudy = ({ cell: [method, region], ...comparison }: Compared): OverallComparison => ({
  method: method!,
  region: region!,
  ...comparison,
});

/** Method by method, for each pair of groups its regions. */
const inOrder = (comparisons: readonly Comparison[], methods: readonly string[]) =>
  methods.flatMap((method) => comparisons.filter((comparison) => comparison.method === method));

function unitFor(rows: readonly ScoreRow[], { unit }: StudyTests, kind: Kind): StudyResults['tests']['unit'] {
  const known = rows.some(({ patient }) => patient !== undefined);
  if (unit === 'patient' && !known) {
    throw new SaliencyError(
      'bad-input',
      '"tests.unit" is patient, but the study names no patients: say whose images they are with "patient"',
    );
  }
  if (known && unit !== 'image') return 'patient';
  return kind === 'pairs' ? 'pair' : 'image';
}

/**
 * The pairs of groups that a test of several looked into. Their p holds for all pairs of one comparison, and is corrected over
 * the family for each pair of groups.
 */
function pairsWithin(
  compared: readonly Compared[],
  units: readonly Unit[],
  tests: StudyResults['tests'],
): Comparison[] {
  const pairs = compared[0]!.groups.flatMap((a, i, groups) =>
    groups.slice(i + 1).map((b): [string, string] => [a, b]),
  );
  return pairs.flatMap((pair) => {
    const own = compared.map((each) => within(each, pair, units, tests));
    const families = new Map<string, Comparison[]>();
    for (const each of own) {
      const key = tests.family === 'method' ? each.method : '';
      families.set(key, [...(families.get(key) ?? []), each]);
    }
    return [...families.values()].flatMap((family) => {
      const known = family.filter(({ p }) => p !== null);
      const p = corrections[tests.correction as keyof typeof corrections](known.map((each) => each.p!));
      return family.map((each) => {
        const corrected = p[known.indexOf(each)] ?? null;
        return { ...each, corrected, significant: corrected !== null && corrected <= tests.alpha };
      });
    });
  });
}

function within(
  overall: Compared,
  groups: [string, string],
  units: readonly Unit[],
  tests: StudyResults['tests'],
): Comparison {
  const { cell, missing, postHoc } = overall;
  const [a, b] = groups.map((group) =>
    units.flatMap((unit) => (unit.group === group ? (scoreOf(unit, keyOf(cell), group) ?? []) : [])),
  ) as [number[], number[]];
  const found = postHoc?.find((each) => each.groups[0] === groups[0] && each.groups[1] === groups[1]);
  return {
    method: cell[0]!,
    region: cell[1]!,
    groups,
    n: [a.length, b.length],
    test: tests.postHoc!,
    statistic: found?.statistic ?? null,
    p: found?.p ?? null,
    corrected: null,
    significant: false,
    effect: found ? sizeOf(tests.effect, a, b) : null,
    details: {},
    ...(missing !== undefined && { missing }),
  };
}

function sizeOf(effect: string, a: number[], b: number[]): Comparison['effect'] {
  try {
    const { value, interval } = effects[effect as keyof typeof effects](a, b);
    return { value, low: interval.low, high: interval.high };
  } catch (error) {
    if (error instanceof SaliencyError) return null;
    throw error;
  }
}

function summariesOf(
  rows: readonly ScoreRow[],
  { groups, methods, regions }: AnalysisOptions,
): GroupSummary[] {
  const cells = new Map<string, { scores: number[]; missing: number }>();
  for (const { method, region, group, score } of rows) {
    const key = JSON.stringify([method, region, group]);
    const cell = cells.get(key) ?? { scores: [], missing: 0 };
    if (score === null) cell.missing++;
    else cell.scores.push(score);
    cells.set(key, cell);
  }
  return methods.flatMap((method) =>
    regions.flatMap((region) =>
      groups.map((group) => {
        const { scores, missing } = cells.get(JSON.stringify([method, region, group])) ?? {
          scores: [],
          missing: 0,
        };
        return { method, region, group, missing, ...describe(scores) };
      }),
    ),
  );
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
