/** The element in Chromium, as a person meets it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { decode } from 'fast-png';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { percentile } from '../../study/src/overlay/levels';
import { bundle } from '../bundle';
import { colourTable } from '../src/colours';
import { executablePath, launch, openPage, policy, settled } from './page';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

it('is one script of less than 40 kB gzipped', async () => {
  const text = await bundle('saliency-viewer');
  const kilobytes = gzipSync(text, { level: 9 }).length / 1000;
  console.log(
    `saliency-viewer.js: ${(text.length / 1000).toFixed(1)} kB minified, ${kilobytes.toFixed(1)} kB gzipped`,
  );
  expect(kilobytes).toBeLessThan(40);
});

it('can be imported where there is no document', async () => {
  const { SaliencyViewer, defineSaliencyViewer } = await import('../src/index');
  expect([typeof SaliencyViewer, typeof defineSaliencyViewer, typeof document]).toEqual([
    'function',
    'function',
    'undefined',
  ]);
});

/** Shows items whose maps are ramps: 32 × 32 pixels of growing values, over an even grey of 100. */
const showRamps = (page: Page, count: number, { signed = false } = {}) =>
  page.evaluate(
    ({ count, signed }) => {
      const size = 32;
      const image = new ImageData(
        new Uint8ClampedArray(4 * size * size).map((_, i) => (i % 4 === 3 ? 255 : 100)),
        size,
        size,
      );
      const ramp = Float32Array.from({ length: size * size }, (_, i) => (signed ? i - (size * size) / 2 : i));
      window.viewer.items = Array.from({ length: count }, (_, index) => ({
        name: `image ${index}`,
        image,
        maps: {
          first: { data: ramp, width: size, height: size, signed },
          second: { data: ramp.slice().reverse(), width: size, height: size },
        },
        regions: [
          {
            name: 'left',
            outline: [
              [0, 0],
              [0.5, 0],
              [0.5, 1],
              [0, 1],
            ],
            score: { first: 0.25, second: -0.75 },
          },
          {
            name: 'right',
            outline: [
              [0.5, 0],
              [1, 0],
              [1, 1],
              [0.5, 1],
            ],
            score: 0.5,
          },
        ],
      }));
    },
    { count, signed },
  );

declare global {
  interface Window {
    viewer: HTMLElementTagNameMap['saliency-viewer'];
    heard: {
      type: string;
      detail: { name?: string; value?: unknown; index?: number; region?: { name: string } };
    }[];
    axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
  }
}

describe.runIf(executablePath)('in Chromium (needs a chromium installed)', () => {
  let browser: Browser;
  let page: Awaited<ReturnType<typeof openPage>>;
  const property = (name: string) =>
    page.evaluate(
      (name) =>
        JSON.parse(JSON.stringify((window.viewer as unknown as Record<string, unknown>)[name] ?? null)),
      name,
    );
  const focused = () =>
    page.evaluate(() => window.viewer.shadowRoot!.activeElement?.getAttribute('aria-label') ?? null);

  beforeAll(async () => {
    browser = await launch();
    page = await openPage(browser);
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    await page.evaluate(() => {
      Object.assign(window.viewer, {
        items: [],
        threshold: 75,
        opacity: 0.6,
        outlines: true,
        colours: 'inferno',
      });
      window.heard = [];
      window.viewer.onselect = null;
    });
    await page.evaluate(() => {
      if ('listening' in window) return;
      Object.assign(window, { listening: true });
      for (const type of ['change', 'select']) {
        window.viewer.addEventListener(type, (event) => {
          const { detail } = event as CustomEvent;
          window.heard.push({ type, detail: JSON.parse(JSON.stringify({ ...detail, item: undefined })) });
        });
      }
    });
  });

  it('works under a policy without eval, opened from a file, and paints in a worker', async () => {
    await showRamps(page, 2);
    await settled(page);
    expect(await page.evaluate(() => window.viewer.paintedIn)).toBe('worker');
    expect(page.problems).toEqual([]);
  });

  it('saved, one image is pixel by pixel the image under the map’s colours, cut at the percentile', async () => {
    await showRamps(page, 1);
    await page.evaluate(() => {
      Object.assign(window.viewer, { outlines: false, threshold: 62.5, opacity: 0.5, colours: 'viridis' });
    });
    await settled(page);
    const png = await pixelsOf(page, 'toPNG');
    expect([png.width, png.height]).toEqual([32, 32]);
    const ramp = Float64Array.from({ length: 1024 }, (_, i) => i);
    const cut = percentile(ramp, 62.5);
    const peak = percentile(ramp, 99.5);
    const table = colourTable('viridis');
    const expected = Array.from(ramp, (value) => {
      const level = Math.round(255 * Math.min(1, value / peak));
      return [0, 1, 2].map((c) => (value >= cut ? 100 * 0.5 + table[3 * level + c]! * 0.5 : 100));
    });
    const worst = Math.max(
      ...expected.flatMap((rgb, i) => rgb.map((value, c) => Math.abs(value - png.data[4 * i + c]!))),
    );
    // Eight bits of colour and of opacity, rounded on the way.
    expect(worst).toBeLessThanOrEqual(2);
    const coloured = expected.filter((_, i) => png.data[4 * i] !== 100 || png.data[4 * i + 2] !== 100).length;
    expect(coloured).toBe(ramp.filter((value) => value >= cut).length);
  });

  it('signed, no relevance is the middle of the diverging colours and both ends are as strong', async () => {
    await showRamps(page, 1, { signed: true });
    await page.evaluate(() => Object.assign(window.viewer, { outlines: false, threshold: 0, opacity: 1 }));
    await settled(page);
    const png = await pixelsOf(page, 'toPNG');
    const table = colourTable('purple-orange');
    const at = (pixel: number) => [...png.data.subarray(4 * pixel, 4 * pixel + 3)];
    expect(at(512)).toEqual([100, 100, 100]); // exactly zero: the image alone
    expect(at(0)).toEqual([...table.subarray(3, 6)]);
    expect(at(1023)).toEqual([...table.subarray(765, 768)]);
    expect(at(513)).toEqual([...table.subarray(3 * 128, 3 * 128 + 3)]);
  });

  it('what is on the screen is what is saved', async () => {
    await showRamps(page, 1);
    await page.evaluate(() => Object.assign(window.viewer, { outlines: false, threshold: 50, opacity: 1 }));
    await settled(page);
    const frame = page.locator('.frame');
    const { width, height } = (await frame.boundingBox())!;
    const shot = decode(await frame.screenshot());
    const at = (x: number, y: number) => {
      const pixel = Math.floor(y * height) * shot.width + Math.floor(x * width);
      return [...shot.data.subarray(shot.channels * pixel, shot.channels * pixel + 3)];
    };
    expect(at(0.5, 0.25)).toEqual([100, 100, 100]);
    const level = Math.round(
      (255 * (31 * 32 + 16)) /
        percentile(
          Float64Array.from({ length: 1024 }, (_, i) => i),
          99.5,
        ),
    );
    const seen = at(0.5, 31.5 / 32);
    const table = colourTable('inferno');
    for (const c of [0, 1, 2]) expect(Math.abs(seen[c]! - table[3 * level + c]!)).toBeLessThanOrEqual(6);
  });

  it('an SVG holds image, colours, outlines and names, and can be read', async () => {
    await showRamps(page, 3);
    await settled(page);
    const found = await page.evaluate(async () => {
      const text = await (await window.viewer.toSVG()).text();
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
      const image = new Image();
      image.src = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
      await image.decode();
      return {
        images: parsed.querySelectorAll('image').length,
        paths: parsed.querySelectorAll('path').length,
        texts: [...parsed.querySelectorAll('text')].map((node) => node.textContent),
        width: image.naturalWidth,
      };
    });
    expect(found).toMatchObject({ images: 6, paths: 12, texts: ['image 0', 'image 1', 'image 2'] });
    expect(found.width).toBeGreaterThan(96);
  });

  it('a slider moved by keys sets the property, says the value, and tells the page once a step', async () => {
    await showRamps(page, 2);
    const slider = page.getByLabel('Threshold');
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await property('threshold')).toBe(76);
    expect(await slider.getAttribute('aria-valuetext')).toBe('76 percent');
    const heard = await page.evaluate(() => window.heard);
    expect(heard.map(({ type, detail }) => [type, detail.name, detail.value])).toEqual([
      ['change', 'threshold', 75.5],
      ['change', 'threshold', 76],
    ]);
  });

  it('setting properties draws and tells nobody', async () => {
    await showRamps(page, 2);
    await page.evaluate(() => Object.assign(window.viewer, { threshold: 20, opened: 1 }));
    expect(await page.getByLabel('Threshold').inputValue()).toBe('20');
    expect(await page.evaluate(() => window.heard)).toEqual([]);
  });

  it('one Tab stop among the images, arrows between them, Tab on to the regions, Enter opens and Escape closes', async () => {
    await showRamps(page, 10);
    await settled(page);
    await page.getByLabel('Save as SVG').focus();
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('image 0, first');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('image 1, first');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('image 6, first');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('left, score 0.25, region 1 of 2');
    expect(await page.locator('.card').textContent()).toContain('left');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('right, score 0.5, region 2 of 2');
    await page.keyboard.press('Enter');
    expect(await property('opened')).toBe(6);
    expect(await page.locator('.tile:visible').count()).toBe(1);
    await page.keyboard.press('Escape');
    expect(await property('opened')).toBe(null);
    expect(await focused()).toBe('image 6, first');
    expect(await page.evaluate(() => window.heard.filter(({ type }) => type === 'select').length)).toBe(1);
  });

  it('zoom and pan are the same in every image', async () => {
    await showRamps(page, 4);
    await page.getByRole('button', { name: 'second' }).click();
    await settled(page);
    await page.locator('.cell').first().focus();
    await page.keyboard.press('+');
    await page.keyboard.press('Shift+ArrowRight');
    const views = await page.evaluate(() =>
      [...window.viewer.shadowRoot!.querySelectorAll('.layers')].map(
        (layers) => getComputedStyle(layers).transform,
      ),
    );
    expect(views).toHaveLength(8);
    expect(new Set(views).size).toBe(1);
    expect(await property('view')).toMatchObject({ scale: 1.5 });
    const before = (await property('view')) as { x: number };
    const box = (await page.locator('.frame').nth(2).boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 0.1 * box.width, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    expect(((await property('view')) as { x: number }).x).toBeCloseTo(before.x - 0.1 / 1.5, 1);
    expect(await page.evaluate(() => window.heard.some(({ type }) => type === 'select'))).toBe(false);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, 500);
    await page.keyboard.up('Control');
    await page.keyboard.press('0');
    expect(await property('view')).toEqual({ scale: 1, x: 0, y: 0 });
  });

  it('a region under the pointer says its name and its scores; a click picks it', async () => {
    await showRamps(page, 2);
    await page.evaluate(() => {
      window.viewer.methods = ['first', 'second'];
    });
    await settled(page);
    const box = (await page.locator('.frame').first().boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.25, box.y + box.height * 0.5);
    expect(await page.locator('.card').textContent()).toMatch(/^leftimage 0first0\.25second−0\.75$/);
    await page.mouse.down();
    await page.mouse.up();
    const [picked] = await page.evaluate(() => window.heard.filter(({ type }) => type === 'select'));
    expect(picked!.detail).toMatchObject({ index: 0, method: 'first', region: { name: 'left' } });
    await page.mouse.move(2, 2);
    expect(await page.locator('.card').isVisible()).toBe(false);
  });

  it('the buttons save files', async () => {
    await showRamps(page, 2);
    await settled(page);
    for (const [name, ending] of [
      ['Save as PNG', 'png'],
      ['Save as SVG', 'svg'],
    ]) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByLabel(name!).click()]);
      expect(download.suggestedFilename()).toBe(`saliency.${ending}`);
      await download.delete();
    }
  });

  it('what can’t be shown says why in its place', async () => {
    await page.evaluate(() => {
      const data = Float32Array.of(1, Number.NaN, 2, 3);
      const image = new ImageData(2, 2);
      window.viewer.items = [
        {
          name: 'lost',
          image: 'data:image/png;base64,AAAA',
          maps: { a: { data: new Float32Array(4), width: 2, height: 2 } },
        },
        { name: 'wrong', image, maps: { a: { data, width: 2, height: 2 } } },
        { name: 'lacking', image, maps: { b: { data, width: 2, height: 2 } } },
      ];
    });
    await settled(page);
    expect(await page.locator('.failed').allInnerTexts()).toEqual([
      'The image could not be loaded.',
      "The map's value at pixel 1 is NaN.",
      'There is no map of a for this image.',
    ]);
    page.problems.length = 0;
    await expect(
      page.evaluate(() => Object.assign(window.viewer, { items: [{ name: 'a' }] })),
    ).rejects.toThrow('a has no image');
  });

  it('levels in a PNG are a map too', async () => {
    await page.evaluate(() => {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 16;
      const context = canvas.getContext('2d')!;
      const pixels = context.createImageData(16, 16);
      for (let i = 0; i < 256; i++) pixels.data.set([i, i, i, 255], 4 * i);
      context.putImageData(pixels, 0, 0);
      const picture = canvas.toDataURL();
      window.viewer.items = [{ name: 'levels', image: new ImageData(16, 16), maps: { a: { picture } } }];
      Object.assign(window.viewer, { threshold: 0, opacity: 1 });
    });
    await settled(page);
    const png = await pixelsOf(page, 'toPNG');
    const table = colourTable('inferno');
    for (const level of [1, 64, 200, 255]) {
      expect([...png.data.subarray(4 * level, 4 * level + 3)]).toEqual([
        ...table.subarray(3 * level, 3 * level + 3),
      ]);
    }
  });

  it('methods may be asked for before the items that have them', async () => {
    await page.evaluate(() => {
      window.viewer.items = [];
      window.viewer.methods = ['second', 'first', 'third'];
    });
    expect(await property('methods')).toEqual([]);
    await showRamps(page, 1);
    expect(await property('methods')).toEqual(['first', 'second']);
    await page.evaluate(() => {
      window.viewer.methods = [];
    });
    expect(await property('methods')).toEqual(['first']);
  });

  it('moved elsewhere in the page it goes on', async () => {
    await showRamps(page, 2);
    await settled(page);
    await page.evaluate(() => document.querySelector('main')!.append(window.viewer));
    await settled(page);
    expect(await page.locator('canvas.map').count()).toBe(2);
  });

  it.each([
    ['images', 10, ['first']],
    ['methods side by side', 3, ['first', 'second']],
    ['one open image', 1, ['first', 'second']],
    ['nothing', 0, []],
  ] as const)('axe finds nothing wrong with %s, light or dark', async (_, count, methods) => {
    if (count > 0) await showRamps(page, count);
    await page.evaluate((methods) => Object.assign(window.viewer, { methods }), methods);
    await settled(page);
    await page.evaluate(axe);
    for (const theme of ['light', 'dark']) {
      await page.evaluate((theme) => window.viewer.setAttribute('theme', theme), theme);
      const violations = await page.evaluate(async () =>
        (await window.axe.run()).violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
        ),
      );
      expect(violations).toEqual([]);
    }
    await page.evaluate(() => window.viewer.removeAttribute('theme'));
  });

  it('nothing moves for those who asked for that', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate(() => {
      window.viewer.items = [
        {
          name: 'slow',
          image: 'data:image/png;base64,AAAA',
          maps: { a: { data: new Float32Array(1), width: 1, height: 1 } },
        },
      ];
    });
    const moving = await page.evaluate(
      () => document.getAnimations().length + window.viewer.shadowRoot!.getAnimations().length,
    );
    expect(moving).toBe(0);
    await page.emulateMedia({ reducedMotion: null });
  });

  it.each([320, 400, 1280, 2560])('at %i pixels nothing sticks out sideways', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    await showRamps(page, 10);
    for (const methods of [['first'], ['first', 'second']]) {
      await page.evaluate((methods) => Object.assign(window.viewer, { methods }), methods);
      await settled(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      const out = await page.evaluate(() =>
        [...window.viewer.shadowRoot!.querySelectorAll('button, select, input, .frame, .scale')]
          .filter((node) => node.getBoundingClientRect().right > window.innerWidth)
          .map((node) => node.outerHTML),
      );
      expect(out).toEqual([]);
    }
    await page.setViewportSize({ width: 1280, height: 720 });
  });

  it('where the policy forbids workers it paints in the page, the same', async () => {
    const strict = await openPage(browser, { csp: policy.replace('worker-src blob:', "worker-src 'none'") });
    await showRamps(strict, 1);
    await strict.evaluate(() => Object.assign(window.viewer, { outlines: false, threshold: 50, opacity: 1 }));
    await settled(strict);
    expect(await strict.evaluate(() => window.viewer.paintedIn)).toBe('page');
    const png = await pixelsOf(strict, 'toPNG');
    expect([...png.data.subarray(0, 3)]).toEqual([100, 100, 100]);
    expect([...png.data.subarray(4 * 1023, 4 * 1023 + 3)]).toEqual([
      ...colourTable('inferno').subarray(765, 768),
    ]);
    await strict.close();
  });
});

async function pixelsOf(page: Page, how: 'toPNG') {
  const base64 = await page.evaluate(async (how) => {
    const bytes = new Uint8Array(await (await window.viewer[how]()).arrayBuffer());
    return btoa(String.fromCharCode(...bytes));
  }, how);
  const { width, height, data, channels } = decode(Buffer.from(base64, 'base64'));
  if (channels === 4) return { width, height, data };
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) rgba.set([...data.subarray(3 * i, 3 * i + 3), 255], 4 * i);
  return { width, height, data: rgba };
}
