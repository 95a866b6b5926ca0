/** A table of rows of any kind, told column by column. */
import type { Cell, Table } from './table';

export interface Column<Row> {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'number';
  readonly of: (row: Row) => Cell | undefined;
  /** Not there where no row has a value: a study that says nothing of it. */
  readonly optional?: boolean;
}

/** The rows as a table; optional columns are there where any row has a value. */
export function tableOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Table {
  const used = columns.filter(({ of, optional }) => !optional || rows.some((row) => of(row) !== undefined));
  return { columns: used, rows: rows.map((row) => used.map(({ of }) => of(row) ?? null)) };
}
