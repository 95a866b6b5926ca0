/**
 * comparisons.csv: a row for each method, region and pair of groups, with its test before and after correction; overall.csv: a
 * row for each method and region, where a test looks at all groups at once.
 */
import type { Comparison, OverallComparison } from '../results';
import { type Column, tableOf } from '../tables/columns';
import type { Table } from '../tables/table';

const columns: readonly Column<Comparison>[] = [
  { name: 'method', type: 'text', of: ({ method }) => method },
  { name: 'region', type: 'text', of: ({ region }) => region },
  { name: 'group_a', type: 'text', of: ({ groups }) => groups[0] },
  { name: 'group_b', type: 'text', of: ({ groups }) => groups[1] },
  { name: 'n_a', type: 'integer', of: ({ n }) => n[0] },
  { name: 'n_b', type: 'integer', of: ({ n }) => n[1] },
  { name: 'test', type: 'text', of: ({ test }) => test },
  { name: 'statistic', type: 'number', of: ({ statistic }) => statistic },
  { name: 'p', type: 'number', of: ({ p }) => p },
  { name: 'corrected', type: 'number', of: ({ corrected }) => corrected },
  { name: 'max_t', type: 'number', of: ({ maxT }) => maxT?.corrected, optional: true },
  { name: 'significant', type: 'text', of: ({ significant }) => String(significant) },
  { name: 'effect', type: 'number', of: ({ effect }) => effect?.value },
  { name: 'low', type: 'number', of: ({ effect }) => effect?.low },
  { name: 'high', type: 'number', of: ({ effect }) => effect?.high },
  {
    name: 'detectable',
    type: 'number',
    of: ({ detectable }) => detectable?.value,
    optional: true,
  },
  { name: 'missing', type: 'text', of: ({ missing }) => missing, optional: true },
];

/**
 * The effect is positive where group a's scores are larger, and lies between `low` and `high`, its 95 % interval; `detectable`
 * is the smallest that the test finds with a power of 80 %.
 */
export function comparisonTable(comparisons: readonly Comparison[]): Table {
  return tableOf(columns, comparisons);
}

const overallColumns: readonly Column<OverallComparison>[] = [
  { name: 'method', type: 'text', of: ({ method }) => method },
  { name: 'region', type: 'text', of: ({ region }) => region },
  { name: 'n', type: 'text', of: ({ n }) => n.join(' ') },
  { name: 'test', type: 'text', of: ({ test }) => test },
  { name: 'statistic', type: 'number', of: ({ statistic }) => statistic },
  { name: 'df', type: 'text', of: ({ details }) => freedomOf(details).join(' '), optional: true },
  { name: 'p', type: 'number', of: ({ p }) => p },
  { name: 'corrected', type: 'number', of: ({ corrected }) => corrected },
  { name: 'significant', type: 'text', of: ({ significant }) => String(significant) },
  { name: 'effect', type: 'number', of: ({ effect }) => effect?.value },
  { name: 'missing', type: 'text', of: ({ missing }) => missing, optional: true },
];

/** `n` is that of each group, in their order. */
export function overallTable(overall: readonly OverallComparison[]): Table {
  return tableOf(overallColumns, overall);
}

/** The degrees of freedom that a test of several groups tells: one number, or two of an F. */
export function freedomOf({ df }: OverallComparison['details']): readonly number[] {
  return df === undefined ? [] : ([df].flat() as number[]);
}
