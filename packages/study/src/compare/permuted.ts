/**
 * Two groups compared on several cells by one permutation test: labels change places between units, for all cells together,
 * so that the largest statistic of all (max-T) knows how alike the cells are.
 */
import { SaliencyError } from '@regional-saliency/core';
import { type PermutationStatistic, permutationTest } from '@regional-saliency/stats';
import type { ComparisonSettings, Kind } from './settings';
import { pairOf, scoreOf, type Unit } from './units';

export interface Permuted {
  /** One a cell. */
  readonly statistic: readonly number[];
  readonly p: readonly number[];
  readonly pMaxT: readonly number[];
  readonly exact: boolean;
  readonly permutations: number;
  /** Units of each group that have a score in every cell; the others are left out, since cells share permutations. */
  readonly n: readonly [number, number];
}

/** What max-T takes the largest of, by the test that is asked for: the seed rule's cells need one that all share. */
export function statisticFor(test: string, kind: Kind): PermutationStatistic {
  if (kind === 'two' && (test === 'welch' || test === 'mann-whitney')) return test;
  return 'student';
}

const nameOf = (cell: string) => (JSON.parse(cell) as string[]).join(', ');

/** @throws SaliencyError as `permutationTest` does, and where no unit has a score in every cell */
export async function permuted(
  units: readonly Unit[],
  cells: readonly string[],
  groups: readonly [string, string],
  kind: Kind,
  { test, seed, permutations }: ComparisonSettings,
): Promise<Permuted> {
  const [a, b] = groups;
  const rows: { unit: Unit; group: string; values: number[] }[] = [];
  for (const unit of units) {
    const found = cells.map((cell) =>
      kind === 'pairs' ? pairOf(unit, cell, groups) : scoreOf(unit, cell, unit.group),
    );
    if (found.includes(undefined)) continue;
    if (kind === 'pairs') {
      const pairs = found as (readonly [number, number])[];
      for (const group of [0, 1] as const) {
        rows.push({ unit, group: groups[group], values: pairs.map((pair) => pair[group]) });
      }
    } else if (groups.includes(unit.group)) {
      rows.push({ unit, group: unit.group, values: found as number[] });
    }
  }
  const n = [a, b].map((group) => rows.filter((row) => row.group === group).length) as [number, number];
  if (cells.length > 1 && Math.min(...n) < 2) {
    throw new SaliencyError(
      'bad-input',
      `of ${n[0] < 2 ? a : b} ${Math.min(...n)} have a score in every one of the ${cells.length} comparisons that share permutations, and at least 2 are needed: leave out the region that has few`,
    );
  }
  const inA = rows.map(({ group }) => group === a);
  const strata = rows.some(({ unit }) => unit.stratum !== undefined)
    ? rows.map(({ unit }) => unit.stratum ?? '')
    : undefined;
  const result = await permutationTest({
    scores: {
      data: rows.flatMap(({ values }) => values),
      shape: [rows.length, cells.length],
      names: cells.map(nameOf),
    },
    design:
      kind === 'pairs'
        ? { kind: 'paired', inA, pairs: rows.map((_, at) => at >> 1) }
        : { kind: 'two-sample', inA, ...(strata && { strata }) },
    statistic: statisticFor(test, kind),
    seed,
    permutations,
  });
  return { ...result, n };
}
