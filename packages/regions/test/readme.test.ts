import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const standsInReadme = (file: string) =>
  expect(read('../README.md')).toContain(`\`\`\`ts\n${read(file)}\`\`\``);

it('the snippet of the README runs and prints a finite score for each region of each image', async () => {
  standsInReadme('./readme-snippet.ts');
  const print = vi.spyOn(console, 'table').mockImplementation(() => undefined);
  await import('./readme-snippet');
  const table: { image: string; region: string; score: number; pixels: number }[] = print.mock.calls[0]![0];
  expect(table).toHaveLength(10);
  expect(table.every(({ score, pixels }) => score > 0 && pixels > 0)).toBe(true);
  print.mockRestore();
});

it('the snippet about null regions runs and prints what the README says of each row', async () => {
  standsInReadme('./readme-null-regions.ts');
  const print = vi.spyOn(console, 'table').mockImplementation(() => undefined);
  await import('./readme-null-regions');
  const [row] = print.mock.calls[0]![0];
  expect(Object.keys(row)).toEqual(['image', 'region', 'score', 'mean', 'deviation', 'z', 'p', 'placements']);
  expect(row.p).toBeLessThan(1);
  print.mockRestore();
});

it('the snippet about a common frame runs and finds the template’s mouth', async () => {
  standsInReadme('./readme-frame.ts');
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./readme-frame');
  expect(print.mock.calls).toEqual([[32, 45], [1]]);
  print.mockRestore();
});
