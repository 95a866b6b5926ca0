import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeLabels } from '../src/report/labels';
import { labelPointOf, outlineOf } from '../src/report/outline';
import { distributionPlot } from '../src/report/plots';
import { renderReport } from '../src/report/report';
import { agreement, findings, number, pValue } from '../src/report/words';
import { temporaryFolder } from './folders';
import { madeUpStudy } from './made-up';

describe('words', () => {
  it('numbers have the digits that matter', () => {
    expect([0, 0.12345, -0.5, 45.678, 12345, 1.2345e-8].map((value) => number(value))).toEqual([
      '0',
      '0.123',
      '−0.500',
      '45.7',
      '12345',
      '1.2×10⁻⁸',
    ]);
    expect([0.0421, 0.9999, 0.00042].map(pValue)).toEqual(['0.042', '1.000', '4.2×10⁻⁴']);
  });

  it('findings say where relevance is highest and which differences hold, per method', async () => {
    const { results } = await madeUpStudy();
    const sentences = findings(results).map((sentence) => sentence.replaceAll('\u00a0', ' '));
    expect(sentences[0]).toMatch(
      /^Over all images, relevance was highest in right lung \(mean 0\.\d+\) and lowest in .+\. It was higher for PNEUMONIA in left lung \(d = −0\.66, corrected p = 0\.033\) and right lung \(.+\)\.$/,
    );
    expect(sentences[1]).toMatch(/No region tells NORMAL from PNEUMONIA after correction\.$/);
  });

  it('agreement says by how many methods a region tells the groups apart', async () => {
    const { results } = await madeUpStudy();
    const said = agreement(results).map(({ region, sentence }) => `${region}: ${sentence}`);
    // The second of the three methods was made up without a difference.
    expect(said).toEqual([
      'left lung: Relevance was higher for PNEUMONIA by 2 of 3 methods, after correction.',
      'heart: None of 3 methods tells NORMAL from PNEUMONIA after correction.',
      'right lung: Relevance was higher for PNEUMONIA by 2 of 3 methods, after correction.',
    ]);
  });
});

describe('outlines', () => {
  it('a pixel’s outline is its four sides', () => {
    expect(outlineOf({ width: 3, height: 3, data: [0, 0, 0, 0, 1, 0, 0, 0, 0] })).toBe(
      'M1 1H2M1 2H2M1 1V2M2 1V2',
    );
  });

  it('an outline is as long as the mask’s perimeter, and a name stands inside its region', () => {
    const masks = fc
      .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }))
      .chain(([width, height]) =>
        fc
          .array(fc.constantFrom(0, 1), { minLength: width * height, maxLength: width * height })
          .map((data) => ({ width, height, data })),
      );
    fc.assert(
      fc.property(masks, (mask) => {
        const at = (x: number, y: number) =>
          x < 0 || y < 0 || x >= mask.width || y >= mask.height ? 0 : mask.data[y * mask.width + x]!;
        let perimeter = 0;
        for (let y = -1; y < mask.height; y++) {
          for (let x = -1; x < mask.width; x++) {
            if (at(x, y) !== at(x + 1, y)) perimeter++;
            if (at(x, y) !== at(x, y + 1)) perimeter++;
          }
        }
        const lengths = [...outlineOf(mask).matchAll(/M(\d+) (\d+)([HV])(\d+)/g)].map(([, x, y, way, to]) =>
          Math.abs(Number(to) - Number(way === 'H' ? x : y)),
        );
        expect(lengths.reduce((a, b) => a + b, 0)).toBe(perimeter);
        const label = labelPointOf(mask);
        if (label) expect(at(Math.ceil(label.x) - 1, Math.floor(label.y))).toBe(1);
        else expect(mask.data).not.toContain(1);
      }),
    );
  });
});

describe('names over an image', () => {
  it('stay inside it and don’t cover each other', () => {
    const regions = [
      { name: 'right lung', label: { x: 40, y: 60 } },
      { name: 'heart', label: { x: 60, y: 62 } },
      { name: 'left lung', label: { x: 80, y: 61 } },
      { name: 'marker', label: { x: 125, y: 2 } },
      { name: 'nothing' },
    ];
    const size = 6;
    const labels = placeLabels(regions, { width: 128, height: 128, size });
    expect(labels.map(({ name }) => name).sort()).toEqual(['heart', 'left lung', 'marker', 'right lung']);
    const half = (name: string) => (name.length * size * 0.62) / 2;
    for (const { name, x, y } of labels) {
      expect(x + half(name)).toBeLessThanOrEqual(128);
      expect(y).toBeGreaterThanOrEqual(size);
      for (const other of labels) {
        if (other.name === name || Math.abs(other.x - x) >= half(name) + half(other.name)) continue;
        expect(Math.abs(other.y - y)).toBeGreaterThan(size);
      }
    }
  });
});

describe('distribution plots', () => {
  it.each([
    ['spread', (i: number) => i / 40],
    ['all alike', () => 0.001],
    ['many', (i: number) => ((i * 7919) % 1000) / 1000],
  ])('dots stay within the figure when scores are %s', (name, score) => {
    const scores = Array.from({ length: name === 'many' ? 1000 : 24 }, (_, i) => score(i));
    const groups = ['a', 'b'].map((group) => ({ group, scores }));
    const svg = distributionPlot(groups, [0, 1], 'plot');
    const dots = [...svg.matchAll(/<circle[^>]*>/g)].map(([circle]) => circle);
    expect(dots).toHaveLength(2 * scores.length);
    for (const circle of dots) {
      const x = Number(/cx="([^"]+)"/.exec(circle)![1]);
      expect(x).toBeGreaterThan(40);
      expect(x).toBeLessThan(250);
    }
  });
});

describe('report.html', () => {
  it('asks nothing of the network, and names from folders can’t become markup', async () => {
    const study = await madeUpStudy();
    const evil = '</script><img src=x onerror=alert(1)>';
    const examples = study.examples.map((example) => ({
      ...example,
      image: evil,
      maps: Object.fromEntries(Object.entries(example.maps).map(([, png]) => [evil, png])),
    }));
    const page = renderReport({ ...study, examples, results: { ...study.results, title: evil } });
    expect(page).not.toContain('<img src=x');
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(page).not.toMatch(/url\(|@import|<link/);
  });

  it('says every test, p, corrected p, effect and interval, and what was left out', async () => {
    const study = await madeUpStudy();
    const page = renderReport(study);
    for (const { effect, p, corrected } of study.results.comparisons) {
      expect(page).toContain(`[${number(effect!.low, 2)}, ${number(effect!.high, 2)}]`);
      expect(page).toContain(`p ${pValue(p!)} → <b>${pValue(corrected!)}</b>`);
    }
    expect(page).toContain('Mann–Whitney U, U = 171');
    expect(page).toContain('notes.png is not an image that can be read');
    expect(page).toContain('Bonferroni');
  });
});

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

describe.runIf(executablePath)('report.html in Chromium (needs a chromium installed)', () => {
  let browser: Browser;
  let url: string;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
    const path = join(await temporaryFolder(), 'report.html');
    await writeFile(path, renderReport(await madeUpStudy()));
    url = `file://${path}`;
  });
  afterAll(() => browser?.close());

  it.each([400, 800, 1280, 1600])(
    'fits %i pixels without scrolling sideways, and throws nothing',
    async (width) => {
      const page = await browser.newPage({ viewport: { width, height: 800 } });
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('request', (request) => {
        if (!request.url().startsWith('file:') && !request.url().startsWith('data:'))
          errors.push(request.url());
      });
      await page.goto(url);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(errors).toEqual([]);
      await page.close();
    },
  );

  it('threshold, opacity, method and outlines change what is seen', async () => {
    const page = await browser.newPage();
    await page.goto(url);
    const coloured = () =>
      page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('canvas[data-example]')!;
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let i = 3; i < data.length; i += 4) if (data[i]) count++;
        return count / (data.length / 4);
      });
    const set = (control: string, value: string) =>
      page.evaluate(
        ([name, to]) => {
          const input = document.querySelector<HTMLInputElement>(`[data-control="${name}"]`)!;
          input.value = to!;
          input.dispatchEvent(new Event('input', { bubbles: true }));
        },
        [control, value],
      );
    await expect.poll(coloured).toBeCloseTo(0.25, 1);
    await set('threshold', '90');
    await expect.poll(coloured).toBeCloseTo(0.1, 1);
    await set('opacity', '30');
    expect(
      await page.evaluate(() => document.querySelector<HTMLElement>('canvas[data-example]')!.style.opacity),
    ).toBe('0.3');
    const before = await coloured();
    await set('threshold', '0');
    await set('method', 'grad-cam');
    await expect.poll(coloured).toBeGreaterThan(before);
    await page.click('[data-control="outlines"]');
    expect(await page.evaluate(() => getComputedStyle(document.querySelector('.stack svg')!).display)).toBe(
      'none',
    );
    await page.close();
  });
});
