/** What a page prints: for snippets of READMEs that run in a browser. */
import { launchChromium } from './chromium';
import { type SiteOptions, serveSite } from './site';

/** Serves a script and opens it in Chromium. @returns the first line that it prints, or what it failed with */
export async function printedBy(script: URL, options: Omit<SiteOptions, 'scripts'>): Promise<string> {
  const site = await serveSite({ ...options, scripts: { page: script } });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const first = new Promise<string>((settle) => {
      // Warnings are the browser's or a library's.
      page.on('console', (message) => message.type() === 'log' && settle(message.text()));
      page.on('pageerror', (error) => settle(`${error.name}: ${error.message}`));
    });
    await page.goto(`${site.url}/page.html`);
    return await first;
  } finally {
    await browser.close();
    await site.close();
  }
}
