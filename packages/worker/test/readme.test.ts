/** The README's page and its worker, in Chromium. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { snippetsOf } from '@regional-saliency/conformance';
import { launchChromium, serveSite, withoutChromium } from '@regional-saliency/conformance/browser';
import { expect, it } from 'vitest';

const files = ['saliency.worker.ts', 'page.ts'].map((name) => new URL(`./readme/${name}`, import.meta.url));

it('the README shows the files that are run here', () => {
  expect(snippetsOf(new URL('../README.md', import.meta.url))).toEqual(
    files.map((file) => readFileSync(file, 'utf8')),
  );
});

it.runIf(!withoutChromium)(
  `the README's page prints what it says${withoutChromium ? ` (${withoutChromium})` : ''}`,
  { timeout: 300_000 },
  async () => {
    const site = await serveSite({
      scripts: { page: files[1]!, 'saliency.worker': files[0]! },
      folders: { ort: fileURLToPath(new URL('../node_modules/onnxruntime-web/dist/', import.meta.url)) },
      files: {
        '/fair.onnx': readFileSync(new URL('../../../examples/demo/models/fair.onnx', import.meta.url)),
      },
    });
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const printed = page.waitForEvent('console', { timeout: 100_000 });
      await page.goto(`${site.url}/page.html`);
      expect((await printed).text()).toBe('1,2 1,1,128,128');
    } finally {
      await browser.close();
      await site.close();
    }
  },
);
