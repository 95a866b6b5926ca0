/**
 * Reads a table that somebody else made: CSV (with commas, semicolons or tabs; RFC 4180's quotes, a byte order mark, any line
 * ends) or Parquet. Every cell is text, as a CSV's are.
 */
import { SaliencyError } from '@regional-saliency/core';
import { dsvFormat } from 'd3-dsv';
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';

export interface TextTable {
  readonly columns: readonly string[];
  /** As long as `columns`; a missing value is empty. */
  readonly rows: readonly (readonly string[])[];
  /** What a spreadsheet numbers each row, the header being row 1. */
  readonly numbers: readonly number[];
}

/**
 * @param name what errors call the file
 * @throws SaliencyError `bad-file` for what is neither, a row of another length than the header, or no rows
 */
export async function readTable(bytes: Uint8Array, name: string): Promise<TextTable> {
  const table = isParquet(bytes) ? await readParquet(bytes, name) : readCsv(bytes, name);
  if (table.rows.length > 0) return table;
  throw new SaliencyError('bad-file', `${name} has no rows: it needs a header and a row for each score`);
}

const isParquet = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes.subarray(0, 4)) === 'PAR1';

function readCsv(bytes: Uint8Array, name: string): TextTable {
  let text: string;
  try {
    // Takes the byte order mark away.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SaliencyError('bad-file', `${name} is no CSV in UTF-8: save it as one`, { cause });
  }
  const all = dsvFormat(separatorOf(text)).parseRows(text);
  const [columns = [], ...rows] = all;
  // A blank line is one empty field.
  const filled = rows.flatMap((row, index) =>
    row.length === 1 && row[0] === '' ? [] : [{ row, number: index + 2 }],
  );
  for (const { row, number } of filled) {
    if (row.length === columns.length) continue;
    throw new SaliencyError(
      'bad-file',
      `row ${number} of ${name} has ${row.length} fields, but the header has ${columns.length}: quote fields that hold a separator`,
    );
  }
  return {
    columns: columns.map((column) => column.trim()),
    rows: filled.map(({ row }) => row),
    numbers: filled.map(({ number }) => number),
  };
}

/** The one that the header has most of. */
function separatorOf(text: string): string {
  const header = text.slice(0, text.search(/[\r\n]|$/));
  const count = (separator: string) => header.split(separator).length;
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best));
}

async function readParquet(bytes: Uint8Array, name: string): Promise<TextTable> {
  const file = bytes.slice().buffer;
  try {
    const columns = parquetSchema(await parquetMetadataAsync(file)).children.map(
      ({ element }) => element.name,
    );
    const objects = await parquetReadObjects({ file });
    const rows = objects.map((row) => columns.map((column) => textOf(row[column])));
    return { columns, rows, numbers: rows.map((_, index) => index + 2) };
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new SaliencyError('bad-file', `${name} can't be read as Parquet: ${reason}`, { cause });
  }
}

const textOf = (value: unknown) => (value === null || value === undefined ? '' : String(value));
