import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, options } from '../bundle';
import { SaliencyViewer } from '../src/react';
import { executablePath, launch } from './page';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const read = (path: string) => readFileSync(here(path), 'utf8');
const readme = read('../README.md');
const html = readme.match(/```html\n([\s\S]*?)```/)![1]!;

it('the snippets of the README are those that run here', () => {
  expect(readme).toContain(`\`\`\`ts\n${read('./readme-snippet.ts')}\`\`\``);
  expect(readme).toContain(`\`\`\`tsx\n${read('./readme-react.tsx')}\`\`\``);
});

it('React renders it on a server as its bare element', () => {
  const text = renderToString(createElement(SaliencyViewer, { items: [], threshold: 50, theme: 'dark' }));
  expect(text).toBe('<saliency-viewer theme="dark"></saliency-viewer>');
});

describe.runIf(executablePath)('in Chromium (needs a chromium installed)', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  const packages = {
    '@regional-saliency/viewer': here('../src/index.ts'),
    '@regional-saliency/viewer/react': here('../src/react.ts'),
  };
  const script = async (contents: string) => {
    const { outputFiles } = await build({
      ...options,
      alias: packages,
      jsx: 'automatic',
      define: { 'process.env.NODE_ENV': '"production"' },
      stdin: { contents, loader: 'tsx', resolveDir: here('.') },
      write: false,
    });
    return outputFiles[0]!.text;
  };
  const open = async (markup: string) => {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.setContent(`<!doctype html><title>x</title><body>${markup}</body>`);
    return { page, problems };
  };

  it('the module’s snippet shows both maps and hears of what is picked', async () => {
    const { page, problems } = await open('');
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    await page.addScriptTag({ content: await script(read('./readme-snippet.ts')) });
    await page.waitForFunction(
      () => !document.querySelector('saliency-viewer')!.shadowRoot!.querySelector('.loading'),
    );
    expect(await page.locator('canvas.map').count()).toBe(2);
    const { x, y, width, height } = (await page.locator('.frame').first().boundingBox())!;
    await page.mouse.click(x + width / 4, y + height / 2);
    await expect.poll(() => said).toEqual(['chest-0001 Grad-CAM right lung']);
    expect(problems).toEqual([]);
  });

  it('the page’s snippet runs from a script tag', async () => {
    const viewer = await bundle('saliency-viewer');
    const page = await browser.newPage();
    await page.route('http://page.test/**', (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: html });
      if (pathname.endsWith('/saliency-viewer.js'))
        return route.fulfill({ contentType: 'text/javascript', body: viewer });
      const file = pathname === '/xray.png' || pathname === '/levels.png' ? dot : undefined;
      return file ? route.fulfill({ contentType: 'image/png', body: file }) : route.fulfill({ status: 404 });
    });
    await page.goto('http://page.test/');
    await page.waitForFunction(
      () => !document.querySelector('saliency-viewer')!.shadowRoot!.querySelector('.loading'),
    );
    expect(await page.locator('canvas.map').count()).toBe(1);
    expect(await page.getByLabel('Threshold').inputValue()).toBe('90');
  });

  it('the component’s snippet follows the slider and the slider follows it', async () => {
    const { page, problems } = await open('<div id="root"></div>');
    const main = `${read('./readme-react.tsx')}
      import { createRoot } from 'react-dom/client';
      const data = Float32Array.of(1, 2, 3, 4);
      const items = [{ name: 'a', image: new ImageData(2, 2), maps: { m: { data, width: 2, height: 2 } } }];
      createRoot(document.getElementById('root')!).render(<Explained items={items} />);`;
    await page.addScriptTag({ content: await script(main) });
    const slider = page.getByLabel('Threshold');
    expect(await slider.inputValue()).toBe('90');
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('p').first().textContent()).toBe('The strongest 11 % of the pixels');
    expect(await slider.inputValue()).toBe('89');
    expect(problems).toEqual([]);
  });
});

/** A grey PNG of one pixel. */
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);
