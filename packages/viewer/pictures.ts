/**
 * `npx tsx packages/viewer/pictures.ts`: the README's picture. With a folder, what the viewer looks like in every state,
 * light and dark, at 400, 1280 and 2560 pixels.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { type PackedItem, phantomItems, showItems } from './phantoms';
import type { SaliencyViewer } from './src/index';
import { launch, openPage, settled } from './test/page';

type View = Page & { problems: string[] };
const ask = (page: Page, change: (viewer: SaliencyViewer) => void) =>
  page.evaluate(`(${change})(document.querySelector('saliency-viewer'))`);

const scenes: Record<string, (page: View, items: PackedItem[]) => Promise<void>> = {
  one: (page, items) => showItems(page, items.slice(0, 1)),
  ten: (page, items) => showItems(page, items.slice(0, 10)),
  forty: (page, items) => showItems(page, items),
  methods: (page, items) => showItems(page, items.slice(0, 6), ['Gradient', 'Grad-CAM', 'LRP EpsilonPlus']),
  signed: (page, items) => showItems(page, items.slice(0, 2), ['LRP EpsilonPlus', 'Input × gradient']),
  opened: async (page, items) => {
    await showItems(page, items, ['Gradient', 'Grad-CAM', 'LRP EpsilonPlus']);
    await ask(page, (viewer) => {
      viewer.opened = 4;
    });
    await settled(page);
    const box = await page.locator('.cell[tabindex="0"] .region').first().boundingBox();
    await page.mouse.move(box!.x + box!.width / 2, box!.y + box!.height / 2);
  },
  zoomed: async (page, items) => {
    await showItems(page, items.slice(0, 10), ['Grad-CAM']);
    await ask(page, (viewer) => {
      viewer.view = { scale: 2.5, x: 0.1, y: 0.3 };
    });
  },
  troubled: async (page, items) => {
    const long =
      'a very long name of an image as hospitals give them, 2024-05-13T10-22-51 study 0001 series 0002';
    const bad = { ...items[1]!, name: 'broken', image: 'data:image/png;base64,AAAA' };
    const lacking = {
      ...items[2]!,
      name: long,
      maps: { 'A method with quite a long name, smoothed over 50 draws': items[2]!.maps['Grad-CAM']! },
    };
    await showItems(page, [items[0]!, bad, lacking, items[3]!]);
    await ask(page, (viewer) => {
      viewer.methods = Object.keys(viewer.items[0]!.maps).slice(0, 2);
    });
  },
  empty: async () => undefined,
};

const folder = process.argv[2];
const only = process.argv.slice(3);
const browser = await launch();
const items = await phantomItems(40);
try {
  if (folder) {
    mkdirSync(folder, { recursive: true });
    for (const [width, height] of [
      [400, 800],
      [1280, 720],
      [2560, 1440],
    ] as const) {
      for (const dark of [false, true]) {
        for (const [name, show] of Object.entries(scenes)) {
          if (only.length > 0 && !only.includes(name)) continue;
          const page = await openPage(browser, { width, height, dark });
          await show(page, items);
          await settled(page);
          await page.screenshot({ path: join(folder, `${name}-${width}-${dark ? 'dark' : 'light'}.png`) });
          if (page.problems.length > 0) console.log(name, width, page.problems);
          await page.close();
        }
      }
    }
  } else {
    const page = await openPage(browser, { width: 880, height: 700 });
    await scenes.opened!(page, items);
    await settled(page);
    await page.screenshot({ path: fileURLToPath(new URL('../../docs/viewer.png', import.meta.url)) });
  }
} finally {
  await browser.close();
}
