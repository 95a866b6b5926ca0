import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { snippetsOf } from '../src';

it('the snippet of the README is the test beside this one', () => {
  expect(snippetsOf(new URL('../README.md', import.meta.url))).toEqual([
    readFileSync(new URL('./readme.test.ts', import.meta.url), 'utf8'),
  ]);
});
