import { readFileSync } from 'node:fs';
import { snippetsOf } from '@regional-saliency/conformance';
import { expect, it, vi } from 'vitest';

const read = (name: string) => readFileSync(new URL(`./readme/${name}.ts`, import.meta.url), 'utf8');

it('the snippets of the README run and print what it says', async () => {
  expect(snippetsOf(new URL('../README.md', import.meta.url))).toEqual(
    ['explain', 'objective', 'inputs', 'black-box', 'method'].map(read),
  );
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./readme/explain');
  expect(print.mock.calls.slice(0, 3)).toEqual([
    ['layer1', [2, 16, 64, 64]],
    ['layer2', [2, 32, 32, 32]],
    ['layer3', [2, 64, 16, 16]],
  ]);
  expect(print.mock.calls[3]!.slice(1)).toEqual([expect.any(Int32Array), [2, 1, 128, 128]]);
  await import('./readme/objective');
  expect(print.mock.calls[4]).toEqual([[1, 1, 128, 128]]);
  await import('./readme/inputs');
  expect(print.mock.calls[5]).toEqual([
    [1, 1, 8, 8],
    [1, 1, 8, 8],
  ]);
  await import('./readme/black-box');
  expect(print.mock.calls[6]).toEqual([0, 32]);
  await import('./readme/method');
  expect(print.mock.calls[7]).toEqual([
    ['x', 'target'],
    ['y', 'relevance'],
  ]);
  print.mockRestore();
});
