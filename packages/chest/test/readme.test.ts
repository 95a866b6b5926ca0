import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

it('the snippet of the README runs and names regions and zones', async () => {
  expect(read('../README.md')).toContain(`\`\`\`ts\n${read('./readme-snippet.ts')}\`\`\``);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./readme-snippet');
  const [[confidence, names], [zones]] = print.mock.calls as [[number, string[]], [string[]]];
  print.mockRestore();
  expect(confidence).toBeGreaterThan(0.7);
  expect(names).toEqual(['right lung', 'left lung', 'mediastinum', 'rest']);
  expect(zones).toEqual([
    'right upper zone',
    'right middle zone',
    'right lower zone',
    'left upper zone',
    'left middle zone',
    'left lower zone',
  ]);
});
