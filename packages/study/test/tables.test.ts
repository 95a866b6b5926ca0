import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { expect, it } from 'vitest';
import { type Table, toCsv, toParquet } from '../src/tables/table';

const table: Table = {
  columns: [
    { name: 'image', type: 'text' },
    { name: 'score', type: 'number' },
    { name: 'pixels', type: 'integer' },
  ],
  rows: [
    ['plain.png', 0.1, 3],
    ['a, "quoted"\nname.png', 1e-300, null],
    ['größe.png', null, -7],
  ],
};

it('CSV quotes what RFC 4180 says must be quoted, and leaves missing values empty', () => {
  expect(toCsv(table)).toBe(
    'image,score,pixels\r\nplain.png,0.1,3\r\n"a, ""quoted""\nname.png",1e-300,\r\ngröße.png,,-7\r\n',
  );
});

it('Parquet reads back with the same values, types and missing ones', async () => {
  const bytes = toParquet(table);
  const file = bytes.buffer as ArrayBuffer;
  const schema = parquetSchema(await parquetMetadataAsync(file));
  expect(schema.children.map(({ element }) => [element.name, element.type])).toEqual([
    ['image', 'BYTE_ARRAY'],
    ['score', 'DOUBLE'],
    ['pixels', 'INT32'],
  ]);
  const rows = await parquetReadObjects({ file });
  expect(rows.map((row) => [row.image, row.score ?? null, row.pixels ?? null])).toEqual(table.rows);
});

it('a table without rows is still a file with its columns', async () => {
  const empty = { ...table, rows: [] };
  expect(toCsv(empty)).toBe('image,score,pixels\r\n');
  expect(await parquetReadObjects({ file: toParquet(empty).buffer as ArrayBuffer })).toEqual([]);
});
