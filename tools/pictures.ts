/**
 * The pictures in the READMEs of methods, regions, chest and stats: docs/methods.png, regions.png, chest.png, stats.png.
 *
 *     npx tsx tools/pictures.ts
 *
 * All that is seen is drawn here: the demo's phantom, its network and what the packages make of them. Needs Chromium, which sets
 * the captions.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { phantom, size } from '../examples/demo/phantom';
import { chestRegions, lungZones } from '../packages/chest/src/index';
import { launchChromium } from '../packages/conformance/src/browser/chromium';
import { createExplainer, type Tensor, tensor } from '../packages/core/src/index';
import { methods as catalog, method } from '../packages/methods/src/index';
import { readOnnx } from '../packages/onnx/src/index';
import {
  box,
  difference,
  grid,
  polygon,
  type Region,
  reduceChannels,
  slic,
} from '../packages/regions/src/index';
import { effects, tests } from '../packages/stats/src/index';
import { openBackend } from '../packages/study/src/backends';
import { drawOverlay, encodePng } from '../packages/study/src/overlay/overlay';
import { outlineOf } from '../packages/study/src/report/outline';
import { distributionPlot } from '../packages/study/src/report/plots/distributions';
import { effectSymbol, number, pValue } from '../packages/study/src/report/words';

const sharp = createRequire(new URL('../packages/study/package.json', import.meta.url))('sharp');
const { backend } = await openBackend('onnxruntime');
const { pixels } = phantom({ seed: 77, image: 1, group: 'pneumonia', letter: 'L' });
const picture = { width: size, height: size, channels: 1 as const, data: pixels };

const dataUrl = async (image: Parameters<typeof encodePng>[0]) =>
  `data:image/png;base64,${Buffer.from(await encodePng(image)).toString('base64')}`;

const figure = (image: string, caption: string, drawn = '') =>
  `<figure><div><img src="${image}">${drawn}</div><figcaption>${caption}</figcaption></figure>`;

/** One image by methods of every family. */
async function mapsByMethods(): Promise<string> {
  const ids = [
    'gradient',
    'integrated-gradients',
    'guided-backprop',
    'grad-cam',
    'layer-cam',
    'lrp-epsilon-plus',
    'deep-lift',
    'occlusion',
    'region-shapley',
  ];
  const explainer = await createExplainer(readOnnx(readFileSync('examples/demo/models/fair.onnx')), {
    backend,
    method: ids.map((id) => method(id, catalog[id]!.layer ? { layer: 'layer3' } : {})),
  });
  const values = Float32Array.from(pixels, (grey) => (grey / 255 - 0.5) / 0.25);
  const { relevances } = await explainer.explain(tensor(values, [1, 1, size, size]));
  await explainer.dispose();
  const figures = await Promise.all(
    Object.entries(relevances).map(async ([id, relevance]) => {
      const [, , height, width] = relevance.shape as [number, number, number, number];
      const { data } = reduceChannels(relevance as Tensor, 'sum-abs');
      const map = { width, height, data: Float32Array.from(data, Number) };
      return figure(await dataUrl(drawOverlay(picture, map)), id);
    }),
  );
  return [figure(await dataUrl(picture), 'the image'), ...figures].join('');
}

/** Regions as outlines over the image. */
function outlined(regions: readonly Region[]): string {
  const paths = regions.map((region, index) => {
    const mask = region.mask(size, size);
    const path = outlineOf({ width: size, height: size, data: mask.data as Uint8Array });
    return `<path d="${path}" style="--c: var(--${index % 6})"/>`;
  });
  return `<svg viewBox="0 0 ${size} ${size}">${paths.join('')}</svg>`;
}

async function regionsDrawn(): Promise<string> {
  const image = await dataUrl(picture);
  const heart = polygon('heart', [
    [0.42, 0.4],
    [0.62, 0.45],
    [0.7, 0.75],
    [0.4, 0.7],
  ]);
  const labels = slic(tensor(Float32Array.from(pixels), [size, size]), { segments: 24 });
  const segments = [...new Set(Array.from(labels.data, Number))].map((label) => ({
    name: String(label),
    mask: () => ({ data: Uint8Array.from(labels.data, (own) => Number(Number(own) === label)) }),
  })) as unknown as Region[];
  const drawn: [string, readonly Region[]][] = [
    ['grid', grid({ rows: 1, columns: 3 })],
    ['polygon', [heart]],
    [
      'difference',
      [difference('frame', box('image', [0, 0, 1, 1]), box('middle', [0.15, 0.15, 0.85, 0.85]))],
    ],
    ['superpixels', segments],
  ];
  return drawn.map(([caption, regions]) => figure(image, caption, outlined(regions))).join('');
}

async function lungsFound(): Promise<string> {
  const { pixels } = phantom({ seed: 1, image: 0, group: 'normal' });
  const image = await dataUrl({ ...picture, data: pixels });
  const chest = await chestRegions(tensor(pixels, [size, size]), { backend });
  if (!chest.found) throw new Error(`no lung fields in the phantom: ${chest.reason}`);
  return [
    figure(image, 'a drawn X-ray'),
    figure(image, 'lungs and mediastinum', outlined(chest.regions.filter(({ name }) => name !== 'rest'))),
    figure(image, 'zones', outlined(lungZones(chest.labels))),
  ].join('');
}

/** The groups of the README's snippet, and what the tests say of them. */
function groupsCompared(): string {
  const normal = [0.16, 0.13, 0.1, 0.18, 0.18, 0.14, 0.12, 0.19, 0.25];
  const pneumonia = [0.15, 0.27, 0.2, 0.22, 0.16, 0.1, 0.34, 0.22, 0.21];
  const { p, details } = tests['seed-rule'](normal, pneumonia);
  const g = effects['hedges-g'](normal, pneumonia);
  const plot = distributionPlot(
    [
      { group: 'normal', scores: normal },
      { group: 'pneumonia', scores: pneumonia },
    ],
    [0, 0.4],
    'scores of two groups',
  );
  const said = `${details.chosen}, p = ${pValue(p)}; ${effectSymbol('hedges-g')} = ${number(g.value, 2)} [${number(g.interval.low, 2)}, ${number(g.interval.high, 2)}]`;
  return `<figure class="plot">${plot}<figcaption><i>●</i> normal <i>●</i> pneumonia<br>${said}</figcaption></figure>`;
}

const style = `
body { margin: 0; padding: 12px; display: inline-flex; flex-wrap: wrap; gap: 10px; background: #fff; color: #1c1f23; font: 13px/1.4 system-ui, sans-serif; }
figure { margin: 0; } figcaption { text-align: center; padding-top: 3px; }
figure div { position: relative; width: 150px; height: 150px; }
img, svg { display: block; position: absolute; width: 100%; height: 100%; }
path { fill: color-mix(in srgb, var(--c) 22%, transparent); stroke: var(--c); stroke-width: 1.2; vector-effect: non-scaling-stroke; }
.plot i { font-style: normal; color: var(--group-0); } .plot i + i { color: var(--group-1); }
.plot { width: 290px; } .plot svg { position: static; height: auto; }
:root { --0: #56b4e9; --1: #f08a3c; --2: #3ccf9f; --3: #e08fc8; --4: #f0e442; --5: #d0d6dc; --group-0: #0072b2; --group-1: #d55e00; --soft: #5c6570; --ink: #1c1f23; --line: #dfe2e6; --paper: #fff; }
`;

const pictures: Record<string, () => string | Promise<string>> = {
  methods: mapsByMethods,
  regions: regionsDrawn,
  chest: lungsFound,
  stats: groupsCompared,
};

const browser = await launchChromium();
for (const [name, draw] of Object.entries(pictures)) {
  const page = await browser.newPage({ viewport: { width: 824, height: 400 } });
  await page.setContent(`<style>${style}</style>${await draw()}`);
  const path = fileURLToPath(new URL(`../docs/${name}.png`, import.meta.url));
  await sharp(await page.locator('body').screenshot())
    .png({ palette: true, effort: 10 })
    .toFile(path);
  await page.close();
  console.log(path);
}
await browser.close();
