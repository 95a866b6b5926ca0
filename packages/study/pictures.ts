/**
 * docs/report.png: parts of the demo's report as Chromium shows it.
 *
 * After `npx -y pnpm@12 demo`: npx tsx packages/study/pictures.ts
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SaliencyViewer } from '@regional-saliency/viewer';
import { chromium } from 'playwright-core';
import sharp from 'sharp';

const report = new URL('../../demo-report/fair/report.html', import.meta.url);
const picture = fileURLToPath(new URL('../../docs/report.png', import.meta.url));
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
if (!executablePath) throw new Error('needs a chromium installed');

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-background-networking'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1180, height: 900 } });
  await page.goto(report.href);
  await page.addStyleTag({
    content:
      'main { padding: 22px 24px 10px } h2 { margin-top: 26px } .lead, ul.found, dl.facts, details { display: none }',
  });
  // The matrix, the scores by one method, and the images by another.
  await page.evaluate(() => {
    const kept = ['Differences by method and region', 'Every image’s score', 'Images'];
    for (const section of document.querySelectorAll('main > section')) {
      const title = section.querySelector('h2')!.textContent!;
      if (!kept.includes(title)) section.remove();
      if (title !== kept[1]) continue;
      for (const method of section.querySelectorAll('h3')) {
        if (method.textContent === 'grad-cam') continue;
        method.nextElementSibling!.remove();
        method.remove();
      }
    }
  });
  await page.waitForFunction(() => document.querySelector<SaliencyViewer>('saliency-viewer')!.items.length);
  await page.evaluate(() => {
    document.querySelector<SaliencyViewer>('saliency-viewer')!.methods = ['lrp-epsilon-plus'];
  });
  await page.locator('saliency-viewer').evaluate((viewer) => viewer.scrollIntoView({ block: 'end' }));
  // Maps are painted by a worker.
  await page.waitForTimeout(4000);
  const shot = await page.screenshot({ fullPage: true });
  await sharp(shot).png({ palette: true, quality: 70, effort: 10 }).toFile(picture);
} finally {
  await browser.close();
}
