import { readFileSync } from 'node:fs';
import { snippetsOf } from '@regional-saliency/conformance';
import { expect, it, vi } from 'vitest';

it('the snippets of the README run and print what they should', async () => {
  expect(snippetsOf(new URL('../README.md', import.meta.url))).toEqual([
    readFileSync(new URL('./readme-snippet.ts', import.meta.url), 'utf8'),
    readFileSync(new URL('./readme-several-snippet.ts', import.meta.url), 'utf8'),
    readFileSync(new URL('./readme-planning-snippet.ts', import.meta.url), 'utf8'),
    readFileSync(new URL('./readme-patients-snippet.ts', import.meta.url), 'utf8'),
    readFileSync(new URL('./readme-permutation-snippet.ts', import.meta.url), 'utf8'),
  ]);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./readme-snippet');
  await import('./readme-several-snippet');
  await import('./readme-planning-snippet');
  await import('./readme-patients-snippet');
  await import('./readme-permutation-snippet');
  const [rule, effect, corrected, paired, matched, ranks, tukey, correlation, ...others] = print.mock.calls;
  expect(rule![0]).toBeCloseTo(0.1114, 4);
  expect(rule![1]).toBe('student');
  expect(effect![0].value).toBeCloseTo(-0.756, 3);
  expect(effect![0].interval.low).toBeCloseTo(-1.663, 3);
  expect(effect![0].interval.high).toBeCloseTo(0.172, 3);
  expect(corrected![0][1]).toBeCloseTo(0.012, 10);
  expect(paired![0]).toBeCloseTo(0.1094, 4);
  expect(matched![0]).toBeCloseTo(0.7143, 4);
  expect(ranks![0]).toBeCloseTo(0.0055, 4);
  expect(tukey![0]).toMatchObject({ a: 0, b: 2 });
  expect(tukey![0].difference).toBeCloseTo(-0.108, 10);
  expect(tukey![0].p).toBeCloseTo(0.00043, 5);
  expect(correlation![0].low).toBeCloseTo(-0.6672, 4);
  expect(correlation![0].high).toBeCloseTo(0.8243, 4);
  const [size, detectable, same, medians, images, patients, permuted] = others;
  expect(size![0]).toEqual([34, 34]);
  expect(detectable![0]).toBeCloseTo(0.4575, 4);
  expect(same![0]).toBeCloseTo(0.00096, 5);
  expect(medians![0]).toEqual({ low: 0.12, high: 0.33, level: 0.95 });
  expect(images![0]).toBeCloseTo(0.0006, 4);
  expect(patients![0]).toBeCloseTo(2 / 35, 12);
  expect(permuted).toEqual([4 / 70, 8 / 70]);
  print.mockRestore();
});
