import { readFileSync } from 'node:fs';
import { snippetsOf } from '@regional-saliency/conformance';
import { decodeImage } from '@regional-saliency/study';
import { expect, it, vi } from 'vitest';

it('the code of the README runs: the class, where the relevance is, an overlay', async () => {
  expect(snippetsOf(new URL('./README.md', import.meta.url))).toEqual([
    readFileSync(new URL('./explain.ts', import.meta.url), 'utf8'),
  ]);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./explain');
  const lines = print.mock.calls.map(([line]) => line);
  print.mockRestore();
  expect(lines).toEqual([
    'class 1 of scores -1.88,2.05',
    'right lung’s half: 95 % of the relevance',
    'left lung’s half: 5 % of the relevance',
  ]);
  const { width, height } = await decodeImage(readFileSync('out/node.png'), 'out/node.png');
  expect([width, height]).toEqual([128, 128]);
});
