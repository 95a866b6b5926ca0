/** The app, built and driven in Chromium as a person would: from dropped files to the downloaded report. */
import '@tensorflow/tfjs-backend-cpu';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuiltApp, openBuiltApp, withoutChromium } from '@regional-saliency/conformance/browser';
import { createExplainer, tensor } from '@regional-saliency/core';
import { gradient } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { box, reduceChannels, scoreRegions } from '@regional-saliency/regions';
import * as layers from '@tensorflow/tfjs-layers';
import { encode } from 'fast-png';
import * as ort from 'onnxruntime-node';
import type { BrowserContext, Download, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { phantom, size } from '../demo/phantom';

const here = fileURLToPath(new URL('.', import.meta.url));
const fair = readFileSync(new URL('../demo/models/fair.onnx', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
if (withoutChromium) console.warn(`examples/browser: left out, ${withoutChromium}`);

/** What comes to be in a while; a loaded machine takes longer. */
const soon = <T>(get: () => T) => expect.poll(get, { timeout: 60_000 });

type Upload = { name: string; mimeType: string; buffer: Buffer };
const upload = (name: string, content: Uint8Array | string, mimeType = ''): Upload => ({
  name,
  mimeType,
  buffer: Buffer.from(content as Uint8Array),
});
const xray = (image: number, group: 'normal' | 'pneumonia') =>
  phantom({ seed: 7, image, group, lung: 'right-lung' }).pixels;
const png = (name: string, data: Uint8Array) =>
  upload(name, encode({ width: size, height: size, data, channels: 1, depth: 8 }), 'image/png');
const xrays = (group: 'normal' | 'pneumonia', count: number) =>
  Array.from({ length: count }, (_, image) => png(`${group}-${image}.png`, xray(image, group)));

describe.runIf(!withoutChromium)('the app', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'downloaded-'));
  let app: BuiltApp;
  let context: BrowserContext;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    app = await openBuiltApp(here);
  }, 240_000);
  afterAll(async () => {
    await app?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    context = await app.browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    problems = [];
    const { origin } = new URL(app.url);
    page.on('pageerror', ({ message }) => problems.push(message));
    // Where the policy forbids something, the console says so.
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !/^(blob|data):/.test(request.url()))
        problems.push(request.url());
    });
    await page.goto(app.url);
  });
  afterEach(() => context.close());

  const status = (panel: string) => page.locator(`#${panel} .said`).last();
  const problem = (panel: string) => page.locator(`#${panel} .problem`).last();
  const textOf = async (download: Download) => readFileSync(await download.path(), 'utf8');
  async function downloaded(button: string): Promise<Download> {
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: 60_000 }),
      page.getByRole('button', { name: button }).click(),
    ]);
    return download;
  }
  async function drop(files: Upload[], place: string): Promise<void> {
    const transfer = await page.evaluateHandle(
      (files) => {
        const transfer = new DataTransfer();
        for (const { name, type, bytes } of files) {
          const data = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
          transfer.items.add(new File([data], name, { type }));
        }
        return transfer;
      },
      files.map(({ name, mimeType, buffer }) => ({ name, type: mimeType, bytes: buffer.toString('base64') })),
    );
    await page.dispatchEvent(place, 'drop', { dataTransfer: transfer });
  }
  async function violations(): Promise<unknown[]> {
    await page.evaluate(axe);
    return page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      return (await axe.run()).violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
    });
  }
  const rows = (csv: string) => {
    const [head, ...lines] = csv
      .trim()
      .split('\r\n')
      .map((line) => line.split(','));
    return lines.map((line) => Object.fromEntries(line.map((cell, at) => [head![at]!, cell])));
  };

  it('shows a newcomer one study in one click, and writes the report of it', async () => {
    expect(await violations()).toEqual([]);
    await page.getByRole('button', { name: 'Try it' }).click();
    await soon(() => status('explain').textContent()).toBe('24 images explained by 3 methods.');
    await page.getByRole('button', { name: 'Compare groups' }).click();
    await page.getByRole('button', { name: 'Download the report' }).click({ trial: true });
    const found = (region: string) =>
      page.locator('#results table', { hasText: 'grad-cam' }).locator('tr', { hasText: region });
    // The opacities lie in the right lung, and the network looks there.
    expect(await found('right lung').locator('.significant').textContent()).toMatch(/^[\d.]+×10⁻\S+ \*$/);
    expect(await found('right lung').locator('td').last().textContent()).toMatch(/^d −/);

    const shown = () =>
      page
        .locator('saliency-viewer')
        .evaluate((viewer) => (viewer as unknown as { items: unknown[] }).items.length);
    expect(await shown()).toBe(12);
    await page.getByLabel('Shown').selectOption('pneumonia');
    expect(await shown()).toBe(12);

    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violations()).toEqual([]);
    }
    expect(problems).toEqual([]);

    const download = await downloaded('Download the report');
    expect(download.suggestedFilename()).toBe('report.html');
    const file = join(folder, 'report.html');
    await download.saveAs(file);
    await page.goto(pathToFileURL(file).href);
    expect(await page.locator('h1').textContent()).toBe('What does fair rely on?');
    expect(await page.locator('main').textContent()).toContain(
      '12 of normal and 12 of pneumonia images were explained',
    );
    // Scores by region and group, and effects, are drawn.
    expect(await page.locator('svg.figure').count()).toBeGreaterThan(3);
    expect(await page.locator('svg.figure circle').count()).toBeGreaterThan(24);
    await soon(() =>
      page
        .locator('saliency-viewer')
        .evaluate((viewer) => (viewer as unknown as { items: unknown[] }).items.length),
    ).toBe(10);
  });

  it('explains what is dropped, scores what is drawn as the library does, and slides', async () => {
    await page.setInputFiles('#model input[type=file]', upload('fair.onnx', fair));
    await soon(() => status('model').textContent()).toBe('fair.onnx: grey images of 128 × 128, 2 classes');
    await page.getByRole('textbox', { name: 'Mean' }).fill('0.5');
    await page.getByRole('textbox', { name: 'Deviation' }).fill('0.25');
    await page.getByRole('textbox', { name: 'Class names' }).fill('normal, pneumonia');
    await page.getByLabel('Name of the group').first().fill('healthy');
    await page.getByLabel('Name of the group').first().press('Tab');
    await drop(xrays('normal', 3), '.group:nth-child(1) .drop');
    await soon(() => page.locator('.thumbs canvas').count()).toBe(3);
    await drop(xrays('pneumonia', 3), '.group:nth-child(2) .drop');
    await soon(() => page.locator('.thumbs canvas').count()).toBe(6);

    // A rectangle by the mouse, from a quarter to three quarters; a triangle by keys; a grid.
    const board = page.locator('.board');
    await soon(() => board.getAttribute('class')).toBe('board');
    await board.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await board.boundingBox())!;
    await page.mouse.move(x + width / 4, y + height / 4);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.move(x + (3 * width) / 4, y + (3 * height) / 4);
    await page.mouse.up();
    const name = page.getByLabel('Name of the region').first();
    await name.fill('middle');
    await name.press('Tab');
    await page.getByRole('button', { name: 'Polygon' }).click();
    await board.focus();
    const keys = [
      'Space',
      'Shift+ArrowRight',
      'Shift+ArrowRight',
      'Space',
      'Shift+ArrowDown',
      'Shift+ArrowDown',
      'Space',
      'Enter',
    ];
    for (const key of keys) await page.keyboard.press(key);
    await page.getByRole('button', { name: 'Add grid' }).click();
    await soon(() => page.locator('#regions .list li').count()).toBe(3);
    await soon(() => page.locator('.board path.region').count()).toBe(5);
    const drawn = JSON.parse(await textOf(await downloaded('Save the regions')));
    expect(drawn.map(({ type }: { type: string }) => type)).toEqual(['box', 'polygons', 'grid']);
    expect(drawn[1].polygons['region 2']).toEqual([
      [0.5, 0.5],
      [0.6, 0.5],
      [0.6, 0.6],
    ]);

    for (const method of ['Grad-CAM', 'LRP EpsilonPlus']) {
      await page.getByRole('button', { name: `Remove ${method}` }).click();
    }
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await soon(() => status('explain').textContent()).toBe('6 images explained by 1 method.');

    const threshold = () =>
      page
        .locator('saliency-viewer')
        .evaluate((viewer) => (viewer as unknown as { threshold: number }).threshold);
    const before = await threshold();
    await page.locator('saliency-viewer input[type=range]').first().press('ArrowRight');
    expect(await threshold()).toBeGreaterThan(before);

    const scores = rows(await textOf(await downloaded('scores.csv')));
    expect(scores).toHaveLength(6 * 5);
    const pixels = Float32Array.from(xray(1, 'pneumonia'), (grey) => (grey / 255 - 0.5) / 0.25);
    const explainer = await createExplainer(readOnnx(new Uint8Array(fair)), {
      backend: onnxruntimeBackend(ort),
      method: gradient(),
    });
    const { relevance, target } = await explainer.explain(tensor(pixels, [1, 1, size, size]));
    await explainer.dispose();
    const [expected] = scoreRegions(reduceChannels(relevance, 'sum-abs'), [box('middle', drawn[0].box)], {
      aggregate: 'density',
    });
    const own = scores.find(({ image, region }) => image === 'pneumonia-1.png' && region === 'middle')!;
    expect(Number(own.score)).toBeCloseTo(expected!.score, 4);
    expect([own.group, Number(own.predicted)]).toEqual(['group B', target[0]]);

    // Regions may change afterwards: the maps are scored anew.
    await page.getByRole('button', { name: 'Remove grid of 1 × 3' }).click();
    await soon(() => page.locator('#results tbody tr').count()).toBe(2);
    expect(problems).toEqual([]);
  });

  it('explains a model of TensorFlow.js, on its own backend too, and finds lungs', async () => {
    const model = layers.sequential({
      layers: [
        layers.layers.conv2d({
          name: 'conv',
          filters: 4,
          kernelSize: 3,
          activation: 'relu',
          inputShape: [32, 32, 1],
        }),
        layers.layers.globalAveragePooling2d({}),
        layers.layers.dense({ units: 2 }),
      ],
    });
    let saved: Upload[] = [];
    await model.save({
      async save({ modelTopology, weightSpecs, weightData }) {
        const manifest = [{ paths: ['group1-shard1of1.bin'], weights: weightSpecs }];
        const json = { format: 'layers-model', modelTopology, weightsManifest: manifest };
        saved = [
          upload('model.json', JSON.stringify(json)),
          upload('group1-shard1of1.bin', new Uint8Array(weightData as ArrayBuffer)),
        ];
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      },
    });
    await page.setInputFiles('#model input[type=file]', saved[0]!);
    await soon(() => problem('model').textContent()).toBe(
      'model.json: its weights file group1-shard1of1.bin is missing: drop it together with model.json.',
    );
    await page.setInputFiles('#model input[type=file]', saved);
    await soon(() => status('model').textContent()).toBe('model.json: grey images of 32 × 32, 2 classes');
    await drop(xrays('normal', 2), '.group:nth-child(1) .drop');
    await page.getByRole('button', { name: 'Find lungs' }).click();
    await soon(() => page.locator('.board path.region').count()).toBe(3);
    const run = async () => {
      await page.getByRole('button', { name: 'Explain', exact: true }).click();
      await soon(() => status('explain').textContent()).toBe('2 images explained by 3 methods.');
      return rows(await textOf(await downloaded('scores.csv')));
    };
    const first = await run();
    await page.locator('select[name=backend]').selectOption('tfjs');
    const second = await run();
    expect(new Set(first.map(({ region }) => region))).toEqual(
      new Set(['right lung', 'left lung', 'mediastinum']),
    );
    expect(first.map(({ confidence }) => Number(confidence) > 0.25)).not.toContain(false);
    first.forEach(({ score }, at) => {
      expect(Number(second[at]!.score)).toBeCloseTo(Number(score), 3);
    });
    expect(problems).toEqual([]);
  });

  it('says in one sentence what is wrong with a file, or what is missing, and stops when it is told to', async () => {
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    expect(await problem('explain').textContent()).toBe('There is no model yet: drop one above.');
    await page.setInputFiles('#model input[type=file]', upload('notes.txt', 'no model'));
    await soon(() => problem('model').textContent()).toMatch(/^notes\.txt is no model: drop an \.onnx file/);
    await page.setInputFiles('#model input[type=file]', upload('broken.onnx', 'no model'));
    await soon(() => problem('model').textContent()).toMatch(/^broken\.onnx: [^\n]+\.$/);
    await drop(
      [upload('notes.png', 'no image', 'image/png'), ...xrays('normal', 2)],
      '.group:nth-child(1) .drop',
    );
    await soon(() => problem('images').textContent()).toBe(
      'notes.png is no image that this browser can show: save it as PNG or JPEG.',
    );
    await page.setInputFiles('#regions input[type=file]', upload('regions.json', '[{ "type": "circle" }]'));
    await soon(() => problem('regions').textContent()).toMatch(/circle/);
    expect(await page.locator('#regions .list li').textContent()).toMatch(/^No region yet/);

    await page.setInputFiles('#model input[type=file]', upload('fair.onnx', fair));
    await soon(() => status('model').textContent()).toMatch(/^fair/);
    await page.getByRole('button', { name: 'Add grid' }).click();
    for (const method of ['Gradient', 'Grad-CAM', 'LRP EpsilonPlus']) {
      await page.getByRole('button', { name: `Remove ${method}` }).click();
    }
    await page.locator('select[name=method]').selectOption('rise');
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await soon(() =>
      page.locator('progress').evaluate((bar) => (bar as HTMLProgressElement).value),
    ).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await soon(() => status('explain').textContent()).toBe('Cancelled: what was shown before stays.');
    expect(await page.getByRole('button', { name: 'Explain', exact: true }).isEnabled()).toBe(true);
    expect(problems).toEqual([]);
  });
});
