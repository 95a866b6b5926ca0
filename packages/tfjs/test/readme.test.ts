import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';

it('the snippet of the README runs and prints what it says', async () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  expect(read('../README.md')).toContain(`\`\`\`ts\n${read('./readme-snippet.ts')}\`\`\``);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./readme-snippet');
  expect(print.mock.calls.at(-1)).toEqual([Float32Array.of(0, 2)]);
  print.mockRestore();
});
