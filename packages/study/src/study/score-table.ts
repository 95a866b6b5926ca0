/** scores.csv and scores.parquet: a row for each image, method and region. */
import type { ScoreRow } from '../results';
import type { Cell, Table } from '../tables/table';

interface Column {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'number';
  readonly of: (row: ScoreRow) => Cell | undefined;
  /** Not there where no row has a value: a study that says nothing of it. */
  readonly optional?: boolean;
}

const columns: readonly Column[] = [
  { name: 'image', type: 'text', of: (row) => row.image },
  { name: 'group', type: 'text', of: (row) => row.group },
  { name: 'patient', type: 'text', of: (row) => row.patient, optional: true },
  { name: 'method', type: 'text', of: (row) => row.method },
  { name: 'region', type: 'text', of: (row) => row.region },
  { name: 'score', type: 'number', of: (row) => row.score },
  { name: 'pixels', type: 'integer', of: (row) => row.pixels },
  { name: 'confidence', type: 'number', of: (row) => row.confidence, optional: true },
  { name: 'null_z', type: 'number', of: (row) => row.null?.z, optional: true },
  { name: 'null_p', type: 'number', of: (row) => row.null?.p, optional: true },
  { name: 'target', type: 'integer', of: (row) => row.target },
  { name: 'predicted', type: 'integer', of: (row) => row.predicted },
  { name: 'output', type: 'number', of: (row) => row.output },
];

/** The rows as a table; patient, confidence, null_z and null_p are columns where any row has them. */
export function scoreTable(rows: readonly ScoreRow[]): Table {
  const used = columns.filter(({ of, optional }) => !optional || rows.some((row) => of(row) !== undefined));
  return { columns: used, rows: rows.map((row) => used.map(({ of }) => of(row) ?? null)) };
}
