/** The component, built and used in Chromium: another patient, and a click on a region. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuiltApp, openBuiltApp, withoutChromium } from '@regional-saliency/conformance/browser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
if (withoutChromium) console.warn(`examples/react: left out, ${withoutChromium}`);

describe.runIf(!withoutChromium)('a React component', { timeout: 120_000 }, () => {
  let app: BuiltApp;
  beforeAll(async () => {
    app = await openBuiltApp(here);
  }, 240_000);
  afterAll(() => app?.close());

  it('shows a patient by two methods, then the next one, and says what a region holds', async () => {
    const page = await app.browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    await page.goto(app.url);
    const status = page.getByRole('status').first();
    const soon = (pattern: RegExp) =>
      expect.poll(() => status.textContent(), { timeout: 60_000 }).toMatch(pattern);
    await soon(/^Patient 0: predicted pneumonia$/);
    await page.getByRole('button', { name: 'Next patient' }).click();
    await soon(/^Patient 1: predicted pneumonia$/);
    const cells = page.getByRole('gridcell');
    expect(await cells.evaluateAll((all) => all.map((cell) => cell.getAttribute('aria-label')))).toEqual([
      'Patient 1, Grad-CAM',
      'Patient 1, LRP',
    ]);
    // The right lung, which the opacity is in, is on the left of an X-ray.
    const picture = (await cells.first().boundingBox())!;
    await page.mouse.click(picture.x + 0.3 * picture.width, picture.y + 0.5 * picture.height);
    await soon(/^The right lung holds (\d+) % of Grad-CAM, (\d+) % of LRP\.$/);
    const [cam, lrp] = (await status.textContent())!.match(/\d+/g)!.map(Number);
    expect(Math.min(cam!, lrp!)).toBeGreaterThan(50);
    expect(problems).toEqual([]);
    await page.close();
  });
});

it('the README shows the component', () => {
  expect(read('README.md')).toContain(`\`\`\`tsx\n${read('explained.tsx')}\`\`\``);
});
