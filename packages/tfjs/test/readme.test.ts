import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

it.each([
  ['readme-snippet', [Float32Array.of(0, 2)]],
  [
    'readme-layers-snippet',
    [
      [1, 2],
      [1, 1, 32, 32],
    ],
  ],
])('the snippet of the README runs and prints what it says: %s', async (name, printed) => {
  expect(read('../README.md')).toContain(`\`\`\`ts\n${read(`./${name}.ts`)}\`\`\``);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import(`./${name}.ts`);
  expect(print.mock.calls.at(-1)).toEqual(printed);
  print.mockRestore();
});
