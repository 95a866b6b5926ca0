import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { snippetsOf } from '@regional-saliency/conformance';
import { afterEach, expect, it, vi } from 'vitest';

const started = process.cwd();
afterEach(() => process.chdir(started));

it('the snippet of the README runs and writes 48 images', async () => {
  expect(snippetsOf(new URL('./README.md', import.meta.url))).toEqual([
    readFileSync(new URL('./write.ts', import.meta.url), 'utf8'),
  ]);
  const folder = await mkdtemp(join(tmpdir(), 'demo-readme-'));
  process.chdir(folder);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./write');
  print.mockRestore();
  for (const group of ['normal', 'pneumonia']) {
    expect(await readdir(join(folder, 'phantoms/images', group))).toHaveLength(24);
  }
  process.chdir(started);
  await rm(folder, { recursive: true });
});
