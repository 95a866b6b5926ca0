import { readFileSync } from 'node:fs';
import { snippetsOf } from '@regional-saliency/conformance';
import { expect, it, vi } from 'vitest';

it('the snippets of the README run and print what they should', async () => {
  expect(snippetsOf(new URL('../README.md', import.meta.url))).toEqual([
    readFileSync(new URL('./readme-snippet.ts', import.meta.url), 'utf8'),
    readFileSync(new URL('./readme-permutation-snippet.ts', import.meta.url), 'utf8'),
  ]);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./readme-snippet');
  await import('./readme-permutation-snippet');
  const [rule, effect, corrected, permuted] = print.mock.calls;
  expect(rule![0]).toBeCloseTo(0.1114, 4);
  expect(rule![1]).toBe('student');
  expect(effect![0].value).toBeCloseTo(-0.756, 3);
  expect(effect![0].interval.low).toBeCloseTo(-1.663, 3);
  expect(effect![0].interval.high).toBeCloseTo(0.172, 3);
  expect(corrected![0][1]).toBeCloseTo(0.012, 10);
  expect(permuted).toEqual([4 / 70, 8 / 70]);
  print.mockRestore();
});
