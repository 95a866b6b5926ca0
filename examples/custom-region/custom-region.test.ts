import { readFileSync } from 'node:fs';
import { snippetsOf } from '@regional-saliency/conformance';
import type { Score } from '@regional-saliency/regions';
import { expect, it, vi } from 'vitest';

it('the code of the README scores a region that it finds in the image', async () => {
  expect(snippetsOf(new URL('./README.md', import.meta.url))).toEqual([
    readFileSync(new URL('./score.ts', import.meta.url), 'utf8'),
  ]);
  const print = vi.spyOn(console, 'table').mockImplementation(() => undefined);
  await import('./score');
  const lines = print.mock.calls.map(([line]) => line);
  print.mockRestore();
  const [[bright, rest]] = lines as [[Score, Score]];
  expect([bright.region, rest.region]).toEqual(['brightest 20 %', 'rest']);
  expect(bright.pixels + rest.pixels).toBe(128 * 128);
  // A fifth, and a little more where pixels are as bright as the last of them.
  expect(bright.pixels / 128 ** 2).toBeCloseTo(0.2, 2);
  expect(bright.score * bright.pixels + rest.score * rest.pixels).toBeCloseTo(128 * 128, 6);
});
