/**
 * A table with typed columns, as CSV (RFC 4180) and as Parquet.
 */
import { parquetWriteBuffer } from 'hyparquet-writer';

export type Cell = string | number | null;

export interface Table {
  /** Column names and types, in order; null is a missing value in any of them. */
  readonly columns: readonly { readonly name: string; readonly type: 'text' | 'integer' | 'number' }[];
  /** One array a row, as long as `columns`. */
  readonly rows: readonly (readonly Cell[])[];
}

/** CSV text: a header line, CRLF line ends, a missing value is empty, numbers in the fewest digits that give them back. */
export function toCsv(table: Table): string {
  const lines = [
    table.columns.map((column) => field(column.name)),
    ...table.rows.map((row) => row.map(field)),
  ];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

function field(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const parquetTypes = { text: 'STRING', integer: 'INT32', number: 'DOUBLE' } as const;

/** The bytes of a Parquet file: strings, int32 and double columns, all nullable. */
export function toParquet(table: Table): Uint8Array {
  const columnData = table.columns.map(({ name, type }, index) => ({
    name,
    type: parquetTypes[type],
    nullable: true,
    data: table.rows.map((row) => row[index]!),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
