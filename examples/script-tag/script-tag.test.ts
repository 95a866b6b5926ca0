import { existsSync, readFileSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from './serve';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);
const built = existsSync(new URL('../../packages/regional-saliency/dist/browser/index.js', import.meta.url));
if (!executablePath) console.warn('examples/script-tag: left out, no Chromium is installed');
else if (!built) console.warn('examples/script-tag: left out, the packages are not built (pnpm build)');

describe.runIf(executablePath && built)('a page without a build', () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    server = await serve();
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it('explains an X-ray in Chromium: most of the relevance is where the opacity is', async () => {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('requestfailed', (request) => problems.push(request.url()));
    await page.goto(server.url);
    const status = page.getByRole('status');
    await expect.poll(() => status.textContent(), { timeout: 30_000 }).not.toBe('Explaining …');
    // The right lung, which has the opacity, is on the left of an X-ray.
    expect(await status.textContent()).toMatch(/^Class 1; 9\d % of the relevance in the left half\.$/);
    expect(problems).toEqual([]);
    await page.close();
  });
});

it('the README shows the page', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  expect(read('./README.md')).toContain(`\`\`\`html\n${read('./index.html')}\`\`\``);
});
