import { readFileSync } from 'node:fs';
import { snippetsOf } from '@regional-saliency/conformance';
import { expect, it, vi } from 'vitest';

it('the code of the README trains a model and finds that it looks at the square', async () => {
  expect(snippetsOf(new URL('./README.md', import.meta.url))).toEqual([
    readFileSync(new URL('./explain.ts', import.meta.url), 'utf8'),
  ]);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./explain');
  const lines = print.mock.calls.map(([line]) => line);
  print.mockRestore();
  const [accuracy, ...densities] = lines as string[];
  expect(accuracy).toBe('accuracy 1.00');
  expect(densities.map((line) => line.split(':')[0])).toEqual(['gradient', 'hires-cam']);
  for (const line of densities) {
    const [inside, outside] = line.match(/\d+\.\d+/g)!.map(Number) as [number, number];
    expect(inside).toBeGreaterThan(2 * outside);
  }
});
