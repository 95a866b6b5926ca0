/** The table that `pnpm bench` prints, a line at a time. */
import type { Comparison, Quartiles } from './measure';

export interface TableRow {
  readonly backend: string;
  readonly what: string;
  readonly batch: number;
  readonly peerName: string;
  readonly comparison: Comparison;
}

const columns = [
  { title: 'backend', width: 12 },
  { title: 'what', width: 30 },
  { title: 'batch', width: 6 },
  { title: 'ours, ms', width: 10 },
  { title: 'peer, ms', width: 10 },
  { title: 'peer', width: 23 },
  { title: 'ratio', width: 20 },
  { title: 'differ', width: 9 },
  { title: 'others', width: 6 },
];

export function rowOf(row: TableRow): string[] {
  const { ours, peer, ratio, difference, others } = row.comparison;
  return [
    row.backend,
    row.what,
    String(row.batch),
    ours.median.toFixed(1),
    peer.median.toFixed(1),
    row.peerName,
    showRatio(ratio),
    difference?.toExponential(0) ?? '',
    `${(others * 100).toFixed(0)} %`,
  ];
}

function showRatio({ low, median, high }: Quartiles): string {
  return `${median.toFixed(2)} [${low.toFixed(2)} ${high.toFixed(2)}]`;
}

/** A line of the table; its head where no cells are given. */
export function line(cells: readonly string[] = columns.map(({ title }) => title)): string {
  return cells
    .map((cell, at) => cell.padEnd(columns[at]!.width))
    .join('')
    .trimEnd();
}
