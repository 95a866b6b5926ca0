/** A page with the viewer in Chromium, made of one inlined script as the report is. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { bundle } from '../bundle';

export const executablePath = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find(existsSync);

/** The policy of a careful page: only what stands in it, no eval; workers and images made in the page. */
export const policy =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'none'; img-src data: blob:; worker-src blob:";

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: executablePath!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly csp?: string;
  /** Attributes of the element. */
  readonly attributes?: string;
}

/** Opens the page from a file; `window.viewer` is the element. What it throws or logs as an error ends up in `problems`. */
export async function openPage(
  browser: Browser,
  options: PageOptions = {},
): Promise<Page & { problems: string[] }> {
  const { width = 1280, height = 720, dark = false, csp = policy, attributes = '' } = options;
  const script = (await bundle('saliency-viewer')).replaceAll('</script', '<\\/script');
  const folder = await mkdtemp(join(tmpdir(), 'viewer-'));
  const file = join(folder, 'page.html');
  // __name: tsx keeps the names of functions by this helper, in those that are sent to the page too.
  const text = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>viewer</title>
<meta http-equiv="Content-Security-Policy" content="${csp}"><meta name="viewport" content="width=device-width">
</head><body><main><h1>Viewer</h1><saliency-viewer ${attributes}></saliency-viewer></main>
<script>${script}</script><script>document.body.style.margin = 0; var __name = (value) => value; var viewer = document.querySelector('saliency-viewer');
document.querySelector('h1').style.cssText = 'position: absolute; clip-path: inset(50%)';
document.documentElement.style.background = 'light-dark(#fff, #15181b)'; document.documentElement.style.colorScheme = 'light dark';</script></body></html>`;
  await writeFile(file, text);
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light' });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(`file://${file}`);
  await rm(folder, { recursive: true });
  return Object.assign(page, { problems });
}

/** Resolves when every cell in sight has its image and map, or says what is wrong, and has been painted. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelector('saliency-viewer')!.shadowRoot!.querySelectorAll('.loading')].every(
      (frame) => {
        const { top, bottom, width } = frame.getBoundingClientRect();
        return width === 0 || bottom < 0 || top > window.innerHeight;
      },
    ),
  );
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        let frames = 12;
        const wait = () => (--frames > 0 ? requestAnimationFrame(wait) : resolve(undefined));
        wait();
      }),
  );
}
