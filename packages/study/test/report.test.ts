import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SaliencyViewer } from '@regional-saliency/viewer';
import type axeCore from 'axe-core';
import fc from 'fast-check';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { density, silverman } from '../src/report/density';
import { methodsText } from '../src/report/methods-text';
import { outlineOf } from '../src/report/outline';
import { type Picture, pictureScript } from '../src/report/pictures';
import { distributionPlot } from '../src/report/plots/distributions';
import { rankAgreement } from '../src/report/rank-agreement';
import { renderReport } from '../src/report/report';
import { agreement, findings, number, pIs, pValue } from '../src/report/words';
import { temporaryFolder } from './folders';
import { madeUpStudy, severalGroups } from './made-up';

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

/** The corners of each closed loop of a path. */
function loopsOf(path: string): number[][][] {
  return path
    .split('Z')
    .slice(0, -1)
    .map((loop) => {
      const corners: number[][] = [];
      for (const [, letter, a, b] of loop.matchAll(/([MHV])(\d+)(?: (\d+))?/g)) {
        const [x, y] = corners.at(-1) ?? [];
        corners.push(
          letter === 'M' ? [Number(a), Number(b)] : letter === 'H' ? [Number(a), y!] : [x!, Number(a)],
        );
      }
      return corners;
    });
}

describe('outlines', () => {
  it('a pixel’s outline is its four sides', () => {
    expect(outlineOf({ width: 3, height: 3, data: [0, 0, 0, 0, 1, 0, 0, 0, 0] })).toBe('M1 1H2V2H1Z');
  });

  it('goes around a hole, and around each of two pixels that touch by a corner', () => {
    const ring = [1, 1, 1, 1, 0, 1, 1, 1, 1];
    expect(outlineOf({ width: 3, height: 3, data: ring })).toBe('M0 0H3V3H0ZM1 1V2H2V1Z');
    expect(outlineOf({ width: 2, height: 2, data: [1, 0, 0, 1] })).toBe('M0 0H1V1H0ZM1 1H2V2H1Z');
    expect(outlineOf({ width: 2, height: 1, data: [0, 0] })).toBe('');
  });

  it('an outline is as long as the mask’s perimeter, and encloses its pixels', () => {
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
        const loops = loopsOf(outlineOf(mask));
        const length = ([x, y]: readonly number[], [u, v]: readonly number[]) =>
          Math.abs(u! - x!) + Math.abs(v! - y!);
        const lengths = loops.flatMap((loop) =>
          loop.map((from, i) => length(from, loop[(i + 1) % loop.length]!)),
        );
        expect(lengths.reduce((a, b) => a + b, 0)).toBe(perimeter);
        // The area that the loops enclose, holes the other way around, is the pixels.
        const area = ([x, y]: readonly number[], [u, v]: readonly number[]) => (x! * v! - u! * y!) / 2;
        const areas = loops.flatMap((loop) =>
          loop.map((from, i) => area(from, loop[(i + 1) % loop.length]!)),
        );
        expect(areas.reduce((a, b) => a + b, 0)).toBe(mask.data.filter(Boolean).length);
      }),
    );
  });
});

describe('density', () => {
  it('is the mean of normal curves of Silverman’s bandwidth, from the least to the greatest value', () => {
    // 0.9 · min(s = 1.5811, IQR / 1.34 = 1.4925) · 5^(−1/5)
    expect(silverman([1, 2, 3, 4, 5])).toBeCloseTo(0.9 * (2 / 1.34) * 5 ** -0.2, 12);
    const curve = density([1, 2, 3, 4, 5], 5);
    expect(curve.map(({ value }) => value)).toEqual([1, 2, 3, 4, 5]);
    const bandwidth = silverman([1, 2, 3, 4, 5]);
    const bell = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const middle = [-2, -1, 0, 1, 2].reduce((sum, d) => sum + bell(d / bandwidth), 0) / (5 * bandwidth);
    expect(curve[2]!.density).toBeCloseTo(middle, 12);
  });

  it('holds nearly all there is between the extremes of many values', () => {
    const values = Array.from({ length: 400 }, (_, i) => Math.sin(i) + Math.sin(2.7 * i));
    const curve = density(values, 500);
    const step = curve[1]!.value - curve[0]!.value;
    expect(curve.reduce((sum, point) => sum + point.density * step, 0)).toBeGreaterThan(0.95);
    expect(curve.reduce((sum, point) => sum + point.density * step, 0)).toBeLessThan(1);
  });

  it('is nothing of two values, or of values all alike', () => {
    expect(density([1, 2])).toEqual([]);
    expect(density([3, 3, 3, 3])).toEqual([]);
    // Half of the values alike: the quartiles coincide, the deviation does not.
    expect(density([3, 3, 3, 3, 3, 3, 9]).length).toBeGreaterThan(0);
  });
});

describe('agreement of methods', () => {
  const row = (method: string, image: string, region: string, score: number | null) => ({
    ...{ method, image, region, score, group: 'a', pixels: 1, target: 0, predicted: 0, output: 1 },
  });

  it('is the mean over regions of the rank correlation over images, and puts like beside like', () => {
    const scores = [1, 2, 3, 4].flatMap((value) => [
      row('up', `${value}`, 'x', value),
      row('up', `${value}`, 'y', value),
      row('down', `${value}`, 'x', -value),
      row('down', `${value}`, 'y', value === 4 ? null : -value),
      row('cubed', `${value}`, 'x', value ** 3),
      row('cubed', `${value}`, 'y', [2, 1, 4, 3][value - 1]!),
    ]);
    const { methods, correlations } = rankAgreement(scores, {
      methods: ['up', 'down', 'cubed'],
      regions: ['x', 'y', 'nowhere'],
    });
    const between = (a: string, b: string) => correlations[methods.indexOf(a)]![methods.indexOf(b)];
    expect(between('up', 'down')).toBeCloseTo(-1, 12);
    // 1 in x, and 0.6 in y, where two pairs of neighbours change places.
    expect(between('up', 'cubed')).toBeCloseTo(0.8, 12);
    expect(between('cubed', 'up')).toBe(between('up', 'cubed'));
    expect(Math.abs(methods.indexOf('up') - methods.indexOf('cubed'))).toBe(1);
    expect(methods[1]).not.toBe('down');
  });

  it('is unknown where a method’s scores never differ', () => {
    const scores = [1, 2, 3].flatMap((value) => [
      row('up', `${value}`, 'x', value),
      row('flat', `${value}`, 'x', 7),
    ]);
    expect(rankAgreement(scores, { methods: ['up', 'flat'], regions: ['x'] }).correlations[0]![1]).toBeNull();
  });

  it('finds the kinds of methods that were made up', async () => {
    const ids = ['a1', 'b1', 'c1', 'a2', 'b2', 'c2', 'a3', 'b3', 'c3'];
    const { scores } = await madeUpStudy({ methods: ids, pictures: 0 });
    const { methods } = rankAgreement(scores, {
      methods: ids,
      regions: ['left lung', 'heart', 'right lung'],
    });
    expect(methods.map((id) => id[0]).join('')).toMatch(/^(aaa|bbb|ccc){3}$/);
  });
});

describe('distribution plots', () => {
  it('has a box and a density for each group, where there are values enough', () => {
    const [some, two] = [[1, 2, 2.5, 3, 4].map((value) => value / 4), [0.2, 0.4]];
    const svg = distributionPlot(
      [
        { group: 'a', scores: some },
        { group: 'b', scores: two },
      ],
      [0, 1],
      'plot',
    );
    expect(svg.match(/class="area"/g)).toHaveLength(1);
    expect(svg.match(/class="bar"/g)).toHaveLength(2);
  });

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
    const images = study.images.map((image) => {
      const picture = image.content as Picture;
      const maps = Object.fromEntries(Object.entries(picture.maps).map(([, png]) => [evil, png]));
      return { ...image, image: evil, content: { ...picture, maps } };
    });
    const page = renderReport({ ...study, images, results: { ...study.results, title: evil } });
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

  it('marks in the matrix what holds after correction, for every pair of groups', async () => {
    const { results, ...rest } = await madeUpStudy({ groups: ['a', 'b', 'c'], pictures: 0 });
    const page = renderReport({ results, ...rest });
    expect(page.match(/<figcaption><span class="key"/g)).toHaveLength(3);
    const clear = results.comparisons.filter(({ significant }) => significant);
    expect(clear.length).toBeGreaterThan(0);
    expect(page.match(/<td class="marked"/g)).toHaveLength(clear.length);
    expect(page).toContain(`title="gradient, left lung: d = −0.66 [−1.3, −0.010], `);
  });

  it.each([
    ['anova', 'ω²', /F\(2,\u00a057\)\u00a0=\u00a0/g, 'Tukey HSD'],
    ['welch-anova', 'ω²', /F\(2,\u00a03\d\.\d\)\u00a0=\u00a0/g, 'Games–Howell'],
    ['kruskal-wallis', 'ε²', /H\(2\)\u00a0=\u00a0/g, 'Dunn'],
  ])(
    'tells of all groups at once by %s: effect, test, and every pair',
    async (rule, symbol, statistic, postHoc) => {
      const study = await severalGroups(rule, { pictures: 0 });
      const { overall, tests } = study.results;
      const page = renderReport(study);
      const [section] = page.match(/<section>\s*<h2>All 3 groups at once.+?<\/section>/s)!;
      // In each cell's words and in the table.
      expect(section.match(statistic)).toHaveLength(2 * overall!.length);
      for (const { p, corrected, effect, postHoc: pairs } of overall!) {
        expect(section).toContain(`${symbol} = ${number(effect!.value, 2)}, `);
        expect(section).toContain(`${pIs(p!)}, corrected ${pIs(corrected!)}`);
        for (const { difference, low, high } of pairs!) {
          expect(section).toContain(
            low === undefined
              ? `<td class="n">${number(difference, 2)}</td>`
              : `${number(difference, 2)} <span class="soft">[${number(low, 2)}, ${number(high!, 2)}]</span>`,
          );
        }
      }
      const clear = overall!.filter(({ significant }) => significant).length;
      expect(clear).toBeGreaterThan(0);
      expect(section.match(/<td class="marked"/g)).toHaveLength(clear);
      expect(section).toContain(`Pairs of groups by ${postHoc}`);
      expect(section.match(/<tr>/g)).toHaveLength(3 + 3 + 9 + 27);
      expect(methodsText(study.results).join(' ')).toContain(`intervals, and over all groups ${symbol}.`);
      expect(tests.overallEffect).toBe(symbol === 'ε²' ? 'epsilon-squared' : 'omega-squared');
      const [, table] = /download="overall.csv" href="data:text\/csv;base64,([^"]+)"/.exec(page)!;
      const lines = Buffer.from(table!, 'base64').toString().trimEnd().split('\r\n');
      expect(lines).toHaveLength(1 + 9);
      expect(lines[1]).toMatch(new RegExp(`^gradient,left lung,20 20 20,${rule},`));
    },
  );

  it('findings of several groups say between which of them', async () => {
    const { results } = await severalGroups('anova', { pictures: 0 });
    expect(findings(results)[0]).toMatch(
      / It was higher for VIRUS than for NORMAL in left lung .+ higher for VIRUS than for BACTERIA in /,
    );
  });

  it('says nothing of all groups at once where the rule compares pairs', async () => {
    const page = renderReport(await madeUpStudy({ pictures: 0 }));
    expect(page).not.toContain('groups at once');
    expect(page).not.toContain('overall.csv');
  });

  it('carries its tables as CSV', async () => {
    const study = await madeUpStudy({ pictures: 0 });
    const page = renderReport(study);
    const file = (name: string) => {
      const [, url] = new RegExp(`download="${name}" href="data:text/csv;base64,([^"]+)"`).exec(page)!;
      return Buffer.from(url!, 'base64').toString().trimEnd().split('\r\n');
    };
    expect(file('scores.csv')).toHaveLength(1 + study.scores.length);
    const [head, first] = file('comparisons.csv');
    expect(head).toBe(
      'method,region,group_a,group_b,n_a,n_b,test,statistic,p,corrected,significant,effect,low,high',
    );
    const { effect, p, corrected } = study.results.comparisons[0]!;
    expect(first).toMatch(/^gradient,left lung,NORMAL,PNEUMONIA,20,20,student,/);
    expect(first!.split(',').slice(8)).toEqual(
      [p, corrected, 'true', effect!.value, effect!.low, effect!.high].map(String),
    );
  });

  it('tells in prose which methods of whom, with which options, versions and seed', async () => {
    const { results } = await madeUpStudy({ pictures: 0 });
    const methods = [
      { label: 'a', id: 'smooth-grad', options: { n: 20, seed: 7 } },
      { label: 'b', id: 'grad-cam', layer: 'layer4', options: {} },
      { label: 'c', id: 'own-method', options: {} },
    ];
    const text = methodsText({ ...results, methods }).join('\n');
    expect(text).toContain(
      'SmoothGrad (Smilkov et al. 2017, arXiv:1706.03825; n = 20, seed = 7), Grad-CAM (Selvaraju et al. 2017, doi:10.1109/ICCV.2017.74) at layer layer4 and own-method',
    );
    expect(text).toContain('come from seed 0.');
    expect(text).toContain('@regional-saliency/study 0.1.0, onnxruntime-node 1.30.0 and node v20');
    expect(text).toContain(results.model.sha256);
  });
});

declare const axe: typeof axeCore;

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
  }, 60_000);
  afterAll(() => browser?.close());

  it.each([400, 800, 1280, 1600])(
    'fits %i pixels without scrolling sideways, and throws nothing',
    async (width) => {
      const page = await browser.newPage({ viewport: { width, height: 800 } });
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('request', (request) => {
        if (!/^(file|data|blob):/.test(request.url())) errors.push(request.url());
      });
      await page.goto(url);
      await page.waitForFunction(
        () => (document.querySelector('saliency-viewer') as SaliencyViewer).items.length,
      );
      await page.locator('saliency-viewer').scrollIntoViewIfNeeded();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(errors).toEqual([]);
      await page.close();
    },
  );

  it('opens any image, by pages of ten and back, from scripts beside it on a disk', async () => {
    const folder = await temporaryFolder();
    const study = await madeUpStudy({ count: 24, pictures: 24, methods: ['gradient'] });
    await mkdir(join(folder, 'images'));
    const images = study.images.map((image) => ({ ...image, content: `images/${image.name}.js` }));
    for (const { name, content } of study.images) {
      await writeFile(join(folder, `images/${name}.js`), pictureScript(name, content as Picture));
    }
    await rm(join(folder, 'images/1-3.js'));
    await writeFile(join(folder, 'report.html'), renderReport({ ...study, images, shown: 2 }));
    const page = await browser.newPage();
    await page.goto(`file://${folder}/report.html`);
    const names = () =>
      page.evaluate(() => {
        const { items } = document.querySelector('saliency-viewer') as SaliencyViewer;
        return items.map(
          ({ name, detail }) => `${detail!.split(',')[0]} ${Number.parseInt(name.slice(6), 10)}`,
        );
      });
    const first = ['NORMAL 1', 'NORMAL 2', 'PNEUMONIA 1', 'PNEUMONIA 2'];
    await expect.poll(names).toEqual(first);
    await page.selectOption('[data-control="page"]', { label: 'NORMAL 21–24 of 24' });
    await expect.poll(names).toEqual([21, 22, 23, 24].map((at) => `NORMAL ${at}`));
    await page.click('[data-step="1"]');
    await expect.poll(() => page.textContent('[data-said]')).toBe('images/1-3.js is not beside this file');
    await page.click('[data-step="1"]');
    await expect.poll(async () => (await names())[0]).toBe('PNEUMONIA 11');
    await page.click('[data-step="1"]');
    await page.click('[data-step="1"]');
    await expect.poll(names).toEqual(first);
    // What was loaded is taken out again.
    expect(await page.locator('script[src]').count()).toBe(0);
    await page.close();
  });

  it.each([
    ['light', 1280],
    ['dark', 400],
  ] as const)('has nothing that axe finds wrong, %s, %i pixels wide', async (colorScheme, width) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
    const page = await context.newPage();
    await page.goto(url);
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    await page.addScriptTag({ path: fileURLToPath(import.meta.resolve('axe-core/axe.min.js')) });
    const { violations, passes } = await page.evaluate(() => axe.run());
    expect(passes.length).toBeGreaterThan(10);
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html} (${nodes[0]!.failureSummary})`),
    ).toEqual([]);
    await context.close();
  });

  it('copies the methods section', async () => {
    const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    await page.goto(url);
    await page.click('[data-copy]');
    await expect.poll(() => page.textContent('[data-copy] + span')).toBe('Copied.');
    const { results } = await madeUpStudy({ pictures: 0 });
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(methodsText(results).join('\n\n'));
    await context.close();
  });

  it('shows the first images of each group with maps, regions and scores, and opens one', async () => {
    const page = await browser.newPage();
    await page.goto(url);
    const item = () =>
      page.evaluate(() => {
        const { items } = document.querySelector('saliency-viewer') as SaliencyViewer;
        return { count: items.length, names: items.map(({ name }) => name), last: items.at(-1) };
      });
    await expect.poll(async () => (await item()).count).toBe(8);
    const { last } = await item();
    expect(last).toMatchObject({ name: 'image-4.jpeg', detail: 'PNEUMONIA, predicted class 1' });
    expect(Object.keys(last!.maps)).toEqual(['gradient', 'grad-cam', 'lrp-epsilon-plus']);
    const { scores } = await madeUpStudy({ pictures: 0 });
    const own = scores.filter(({ group, image }) => group === 'PNEUMONIA' && image === 'image-4.jpeg');
    for (const { region, method, score } of own) {
      const shown = last!.regions!.find(({ name }) => name === region)!.score as Record<string, number>;
      expect(shown[method]).toBe(Number(score!.toPrecision(4)));
    }
    await page.evaluate(() => {
      (document.querySelector('saliency-viewer') as SaliencyViewer).opened = 7;
    });
    await expect.poll(() => page.locator('saliency-viewer').getByText('8 of 8').count()).toBe(1);
    await page.close();
  });

  it('has its images on paper, all of them, without having been scrolled to', async () => {
    const page = await browser.newPage({ colorScheme: 'dark' });
    await page.goto(url);
    await page.emulateMedia({ media: 'print' });
    const size = () =>
      page.evaluate(() => {
        const image = document.querySelector<HTMLImageElement>('.on-paper img')!;
        return image.getBoundingClientRect().width > 0 ? image.naturalWidth : 0;
      });
    await expect.poll(size, { timeout: 10_000 }).toBeGreaterThan(300);
    expect(await page.locator('.on-paper').textContent()).toBe(
      'Maps of gradient; weaker than percentile 75 not shown',
    );
    expect(await page.locator('saliency-viewer').isVisible()).toBe(false);
    await page.close();
  });
});
