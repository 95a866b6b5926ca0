import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { snippetsOf } from '@regional-saliency/conformance';
import { study } from 'regional-saliency';
import { describe, expect, it, vi } from 'vitest';

const here = (path: string) => new URL(path, import.meta.url);

/** What a snippet prints. */
async function printed(run: () => Promise<unknown>): Promise<unknown[][]> {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await run();
    return print.mock.calls;
  } finally {
    print.mockRestore();
  }
}

describe("the project's README", () => {
  it('shows code that runs', async () => {
    expect(snippetsOf(here('../../../README.md'))).toEqual([
      readFileSync(here('./root-readme-snippet.ts'), 'utf8'),
    ]);
    const calls = await printed(() => import('./root-readme-snippet'));
    expect(calls[0]).toEqual([
      [2, 32, 32, 32],
      [2, 32, 32, 32],
    ]);
    expect(calls[1]![0]).toEqual([2, 2]);
    expect(calls[1]![2]).toEqual([2, 1, 128, 128]);
  });

  it('shows a compile command that runs', async () => {
    const readme = readFileSync(here('../../../README.md'), 'utf8');
    const line = readme.match(/^npx -y pnpm@12 saliency (compile .*) -o explained\.onnx$/m)?.[1];
    const folder = await mkdtemp(join(tmpdir(), 'readme-'));
    try {
      const file = join(folder, 'explained.onnx');
      expect(await study.main([...line!.split(' '), '-o', file], { out: () => {}, error: () => {} })).toBe(0);
      expect((await stat(file)).size).toBeGreaterThan(100_000);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("this package's README", () => {
  it('shows code that runs', async () => {
    expect(snippetsOf(here('../README.md'))).toEqual([readFileSync(here('./readme-snippet.ts'), 'utf8')]);
    const [[rows]] = (await printed(() => import('./readme-snippet'))) as [[{ score: number }[]]];
    expect(rows).toHaveLength(3);
    expect(rows.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);
  });
});
