/** scores.csv and scores.parquet: a row for each image, method and region. */
import type { ScoreRow } from '../results';
import { type Column, tableOf } from '../tables/columns';
import type { Table } from '../tables/table';

const columns: readonly Column<ScoreRow>[] = [
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
  return tableOf(columns, rows);
}
