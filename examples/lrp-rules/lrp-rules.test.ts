import { readFileSync } from 'node:fs';
import { snippetsOf } from '@regional-saliency/conformance';
import { expect, it, vi } from 'vitest';

it('the code of the README explains by a rule of its own, beside EpsilonPlus', async () => {
  expect(snippetsOf(new URL('./README.md', import.meta.url))).toEqual([
    readFileSync(new URL('./explain.ts', import.meta.url), 'utf8'),
  ]);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./explain');
  const lines = print.mock.calls.map(([line]) => line);
  print.mockRestore();
  expect(lines).toEqual([
    'lrp-by-strength: relevance of 0.52 in the image, of 1 at the score',
    'lrp-epsilon-plus: relevance of 0.34 in the image, of 1 at the score',
  ]);
  const [own, known] = ['lrp-by-strength', 'lrp-epsilon-plus'].map((id) => readFileSync(`out/${id}.png`));
  expect(own!.equals(known!)).toBe(false);
});
