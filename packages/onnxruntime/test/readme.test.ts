import { readFileSync } from 'node:fs';
import { snippetsOf } from '@regional-saliency/conformance';
import { printedBy, withoutChromium } from '@regional-saliency/conformance/browser';
import { expect, it, vi } from 'vitest';
import { site } from './browser/site';

const inBrowser = new URL('./browser/readme-snippet.ts', import.meta.url);

it('the snippet of the README runs and prints what it should', async () => {
  expect(snippetsOf(new URL('../README.md', import.meta.url))).toEqual([
    readFileSync(new URL('./readme-snippet.ts', import.meta.url), 'utf8'),
    readFileSync(inBrowser, 'utf8'),
  ]);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./readme-snippet');
  expect(print.mock.calls).toEqual([[expect.any(Float32Array), [1, 1, 128, 128]]]);
  print.mockRestore();
});

it.runIf(!withoutChromium)(
  `the one for browsers does in Chromium${withoutChromium ? ` (${withoutChromium})` : ''}`,
  { timeout: 300_000 },
  async () => {
    const model = readFileSync(new URL('../../../examples/demo/models/fair.onnx', import.meta.url));
    const printed = await printedBy(inBrowser, { ...site, files: { '/fair.onnx': model } });
    expect(printed).toBe('1,1,128,128');
  },
);
