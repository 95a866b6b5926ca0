import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';

it('the snippet of the README runs and prints a finite score for each region of each image', async () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  expect(read('../README.md')).toContain(`\`\`\`ts\n${read('./readme-snippet.ts')}\`\`\``);
  const print = vi.spyOn(console, 'table').mockImplementation(() => undefined);
  await import('./readme-snippet');
  const table: { image: string; region: string; score: number; pixels: number }[] = print.mock.calls[0]![0];
  expect(table).toHaveLength(10);
  expect(table.every(({ score, pixels }) => score > 0 && pixels > 0)).toBe(true);
  print.mockRestore();
});
