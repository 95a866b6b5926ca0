/**
 * Groups compared on every cell (a method's region, say): test, effect, correction over each family, max-T beside it, and
 * what could have been found. A study and the command line both end here.
 */
import { SaliencyError } from '@regional-saliency/core';
import {
  corrections,
  effects,
  groupEffects,
  groupTests,
  pairedEffects,
  pairedTests,
  postHocTests,
  tests,
} from '@regional-saliency/stats';
import type { GroupComparison, PostHocComparison } from '../results';
import { detectableAt } from './detectable';
import { permuted, statisticFor } from './permuted';
import type { ComparisonSettings, Kind } from './settings';
import { keyOf, pairOf, scoreOf, type Unit } from './units';

export interface CompareOptions extends ComparisonSettings {
  readonly kind: Kind;
  /** In their order: a positive effect means that the first group's scores are larger. */
  readonly groups: readonly string[];
  readonly cells: readonly (readonly string[])[];
  /**
   * Which comparisons are corrected together: those whose cells share this value, each pair of groups apart; absent, all.
   */
  readonly familyBy?: ((cell: readonly string[]) => string) | undefined;
}

/** A comparison and its cell. */
export interface Compared extends GroupComparison {
  readonly cell: readonly string[];
}

/**
 * Every pair of groups on every cell, or all groups at once where the test takes several.
 *
 * @throws SaliencyError only where max-T was asked for and can't be had; a comparison that can't be made says why
 */
export async function compareGroups(units: readonly Unit[], options: CompareOptions): Promise<Compared[]> {
  const { kind, groups, cells, familyBy } = options;
  const compared =
    kind === 'several'
      ? cells.map((cell) => severalGroups(units, cell, options))
      : await Promise.all(
          pairsOf(groups).flatMap((pair) => cells.map((cell) => twoGroups(units, cell, pair, options))),
        );
  const families = new Map<string, Compared[]>();
  for (const each of compared) {
    const key = familyBy ? JSON.stringify([familyBy(each.cell), each.groups]) : '';
    families.set(key, [...(families.get(key) ?? []), each]);
  }
  const finished = new Map<Compared, Compared>();
  const detectableBy = detectableAt(options.alpha);
  for (const family of families.values()) {
    const done = await finishFamily(units, family, options, detectableBy);
    family.forEach((each, index) => {
      finished.set(each, done[index]!);
    });
  }
  return compared.map((each) => finished.get(each)!);
}

const pairsOf = (groups: readonly string[]) =>
  groups.flatMap((a, index) => groups.slice(index + 1).map((b) => [a, b] as const));

/** One comparison before correction. Where a test does not apply (too few scores, no spread), it says why. */
async function twoGroups(
  units: readonly Unit[],
  cell: readonly string[],
  groups: readonly [string, string],
  options: CompareOptions,
): Promise<Compared> {
  const key = keyOf(cell);
  const { kind, test } = options;
  const [a, b] = kind === 'pairs' ? pairedValues(units, key, groups) : groupValues(units, key, groups);
  const none = untested(cell, groups, [a!.length, b!.length], test);
  if (a!.length === 0 && b!.length === 0) return { ...none, missing: 'no image has a score' };
  return orMissing(none, async () => {
    const { statistic, p, details } = await tested(units, key, groups, options, a!, b!);
    const chosen = 'chosen' in details ? String(details.chosen) : test;
    const effect = sizeOf(() =>
      kind === 'pairs'
        ? pairedEffects[options.effect as keyof typeof pairedEffects](a!, b!)
        : effects[options.effect as keyof typeof effects](a!, b!),
    );
    return { ...none, test: chosen, statistic, p, effect, details: { ...details } };
  });
}

function groupValues(units: readonly Unit[], cell: string, groups: readonly string[]): number[][] {
  return groups.map((group) =>
    units.flatMap((unit) => (unit.group === group ? (scoreOf(unit, cell, group) ?? []) : [])),
  );
}

function pairedValues(units: readonly Unit[], cell: string, groups: readonly [string, string]): number[][] {
  const pairs = units.flatMap((unit) => {
    const pair = pairOf(unit, cell, groups);
    return pair ? [pair] : [];
  });
  return [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
}

async function tested(
  units: readonly Unit[],
  cell: string,
  groups: readonly [string, string],
  options: CompareOptions,
  a: number[],
  b: number[],
): Promise<{ statistic: number; p: number; details: object }> {
  const { kind, test, alpha } = options;
  if (test === 'permutation') {
    const { statistic, p, exact, permutations } = await permuted(units, [cell], groups, kind, options);
    const details = { statistic: statisticFor(test, kind), exact, permutations };
    return { statistic: statistic[0]!, p: p[0]!, details };
  }
  return kind === 'pairs'
    ? pairedTests[test as keyof typeof pairedTests](a, b)
    : tests[test as keyof typeof tests](a, b, { alpha });
}

function severalGroups(units: readonly Unit[], cell: readonly string[], options: CompareOptions): Compared {
  const { groups, test, postHoc } = options;
  const values = groupValues(units, keyOf(cell), groups);
  const none = untested(
    cell,
    groups,
    values.map(({ length }) => length),
    test,
  );
  try {
    const { statistic, p, details } = groupTests[test as keyof typeof groupTests](values);
    const { value } = groupEffects[options.effect as keyof typeof groupEffects](values);
    const found = postHocTests[postHoc as keyof typeof postHocTests](values);
    return {
      ...none,
      statistic,
      p,
      effect: { value, low: null, high: null },
      details: { ...details },
      postHoc: found.comparisons.map(
        ({ a, b, difference, statistic, p, interval }): PostHocComparison => ({
          groups: [groups[a]!, groups[b]!],
          difference,
          statistic,
          p,
          ...(interval && { low: interval.low, high: interval.high }),
        }),
      ),
    };
  } catch (error) {
    return { ...none, missing: reasonOf(error, groups) };
  }
}

function untested(
  cell: readonly string[],
  groups: readonly string[],
  n: readonly number[],
  test: string,
): Compared {
  return {
    cell,
    groups,
    n,
    test,
    statistic: null,
    p: null,
    corrected: null,
    significant: false,
    effect: null,
    details: {},
  };
}

async function orMissing(none: Compared, compare: () => Promise<Compared>): Promise<Compared> {
  try {
    return await compare();
  } catch (error) {
    return { ...none, missing: reasonOf(error, none.groups) };
  }
}

/** In the groups' own names. */
function reasonOf(error: unknown, groups: readonly string[]): string {
  if (!(error instanceof SaliencyError)) throw error;
  return error.message.replace(/\bgroup ([A-Z])\b/g, (text, letter: string) => {
    return groups[letter.charCodeAt(0) - 65] ?? text;
  });
}

/** None where it is undefined, as a standardized difference of groups without spread is. */
function sizeOf(
  effect: () => { value: number; interval: { low: number; high: number } },
): GroupComparison['effect'] {
  try {
    const { value, interval } = effect();
    return { value, low: interval.low, high: interval.high };
  } catch (error) {
    if (error instanceof SaliencyError) return null;
    throw error;
  }
}

/** What needs to know of the other comparisons. */
async function finishFamily(
  units: readonly Unit[],
  family: readonly Compared[],
  options: CompareOptions,
  detectableBy: ReturnType<typeof detectableAt>,
): Promise<Compared[]> {
  const { kind, correction, alpha } = options;
  const known = family.filter(({ p }) => p !== null);
  const maxT = kind === 'several' ? new Map() : await maxTOf(units, known, options);
  const p =
    correction === 'max-t'
      ? known.map((each) => maxT.get(each)!.corrected)
      : corrections[correction as keyof typeof corrections](known.map((each) => each.p!));
  const corrected = new Map(known.map((each, index) => [each, p[index]!]));
  return family.map((each) => {
    const value = corrected.get(each) ?? null;
    const detectable =
      value === null
        ? undefined
        : detectableBy(
            kind === 'pairs' && each.test === 'permutation' ? 'paired-t' : each.test,
            each.n,
            known.length,
          );
    return {
      ...each,
      corrected: value,
      significant: value !== null && value <= alpha,
      ...(maxT.has(each) && { maxT: maxT.get(each)! }),
      ...(detectable && { detectable }),
    };
  });
}

/** By the family's cells, for each pair of groups; where there are several pairs, Bonferroni over them. */
async function maxTOf(
  units: readonly Unit[],
  family: readonly Compared[],
  options: CompareOptions,
): Promise<Map<Compared, NonNullable<GroupComparison['maxT']>>> {
  const byPair = new Map<string, Compared[]>();
  for (const each of family) {
    const pair = JSON.stringify(each.groups);
    byPair.set(pair, [...(byPair.get(pair) ?? []), each]);
  }
  const found = new Map<Compared, NonNullable<GroupComparison['maxT']>>();
  for (const own of byPair.values()) {
    const cells = own.map(({ cell }) => keyOf(cell));
    const [a, b] = own[0]!.groups as [string, string];
    try {
      const { p, pMaxT, n, exact, permutations } = await permuted(
        units,
        cells,
        [a, b],
        options.kind,
        options,
      );
      own.forEach((each, index) => {
        const corrected = Math.min(1, byPair.size * pMaxT[index]!);
        found.set(each, { p: p[index]!, corrected, n, exact, permutations });
      });
    } catch (error) {
      // Beside another correction it may be left out.
      if (!(error instanceof SaliencyError) || options.correction === 'max-t') throw error;
    }
  }
  return found;
}
