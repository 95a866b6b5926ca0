/** OPERATORS.md must say what the code does. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { listOfConverter, operatorsPage, page } from '../operators-table';
import { formOf } from '../src/read/graph/forms';
import { reasonFor } from '../src/read/graph/refused';

it('OPERATORS.md is what operators-table.ts writes', async () => {
  expect(readFileSync(page, 'utf8')).toBe(await operatorsPage());
});

it('no operator that is read has a reason why it is not', async () => {
  const all = [...(await listOfConverter())];
  expect(all.length).toBeGreaterThan(15);
  const both = all.flatMap(([, operators]) => operators).filter((op) => formOf(op) && reasonFor(op));
  expect(both).toEqual([]);
});
