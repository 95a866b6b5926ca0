/** The page, built and used in Chromium as a person would: run, stop, run again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuiltApp, openBuiltApp, withoutChromium } from '@regional-saliency/conformance/browser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const read = (path: string) => readFileSync(join(here, path), 'utf8');
if (withoutChromium) console.warn(`examples/onnx-worker: left out, ${withoutChromium}`);

describe.runIf(!withoutChromium)('an ONNX model in a worker', { timeout: 120_000 }, () => {
  let app: BuiltApp;
  beforeAll(async () => {
    app = await openBuiltApp(here);
  }, 240_000);
  afterAll(() => app?.close());

  it('stops when told to, and explains in full the next time', async () => {
    const page = await app.browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('requestfailed', (request) => problems.push(request.url()));
    await page.goto(app.url);
    const status = page.getByRole('status');
    const explain = page.getByRole('button', { name: 'Explain' });
    const ended = { timeout: 60_000 };
    /** How much redder than blue the halves of the picture are: only what was painted is. */
    const orange = () =>
      page.evaluate(() => {
        const { data } = document.querySelector('canvas')!.getContext('2d')!.getImageData(0, 0, 128, 128);
        const halves = [0, 0];
        for (let at = 0; at < 128 * 128; at++)
          halves[at % 128 < 64 ? 0 : 1]! += data[4 * at]! - data[4 * at + 2]!;
        return halves;
      });

    // Cancelled from within the page at the first sign of progress, so that a fast machine isn't done before.
    await page.evaluate(() => {
      const bar = document.querySelector('progress')!;
      new MutationObserver((_, observer) => {
        if (bar.value === 0) return;
        observer.disconnect();
        document.querySelector<HTMLButtonElement>('#cancel')!.click();
      }).observe(bar, { attributes: true });
    });
    await explain.click();
    await expect.poll(() => status.textContent(), ended).toMatch(/^Stopped at \d+ of 841 windows\.$/);
    expect(await page.locator('progress').evaluate((bar: HTMLProgressElement) => bar.value)).toBeLessThan(
      841,
    );
    expect(await orange()).toEqual([0, 0]);

    await explain.click();
    await expect.poll(() => status.textContent(), ended).toMatch(/^(?!Explaining)/);
    expect(await status.textContent()).toBe('Class 1, by what 841 covered windows changed.');
    // The right lung, which has the opacity, is on the left of an X-ray.
    const [left, right] = await orange();
    expect(left! / (left! + right!)).toBeGreaterThan(0.8);
    expect(problems).toEqual([]);
    await page.close();
  });
});

it('the README shows both sides', () => {
  for (const file of ['saliency.worker.ts', 'page.ts'])
    expect(read('README.md')).toContain(`\`\`\`ts\n${read(file)}\`\`\``);
});
