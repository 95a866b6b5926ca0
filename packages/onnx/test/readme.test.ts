import { readFileSync } from 'node:fs';
import { snippetsOf } from '@regional-saliency/conformance';
import { expect, it, vi } from 'vitest';

it('the snippet of the README runs and prints what it should', async () => {
  expect(snippetsOf(new URL('../README.md', import.meta.url))).toEqual([
    readFileSync(new URL('./readme-snippet.ts', import.meta.url), 'utf8'),
  ]);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./readme-snippet');
  expect(print.mock.calls).toEqual([
    [
      [{ batch: 1 }, 1, 128, 128],
      [{ batch: 1 }, 64, 16, 16],
    ],
    [['logits']],
  ]);
  print.mockRestore();
});
