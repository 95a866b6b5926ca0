/** Lung fields, null regions and mean maps of a study, on the demo's drawn chests. */
import { mkdir, readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lungNetworkFile } from '@regional-saliency/chest';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { phantom } from '../../../examples/demo/phantom';
import { sha256 } from '../src/files';
import { decodeNpy } from '../src/overlay/npy';
import { methodsText } from '../src/report/methods-text';
import { number } from '../src/report/words';
import { readStudy } from '../src/study/config';
import { runStudy, Stopped } from '../src/study/run';
import { demoModel, temporaryFolder } from './folders';

const strips = { type: 'grid', rows: 1, columns: 3, names: ['left strip', 'middle strip', 'right strip'] };
const lungs = { type: 'union', name: 'lungs', of: ['right lung', 'left lung'] };

/** Folders of drawn chests, and the settings of a study on them. */
async function chests(count: number, settings: Record<string, unknown> = {}) {
  const folder = await temporaryFolder();
  const groups = { normal: 'normal', pneumonia: 'pneumonia' } as const;
  for (const group of Object.values(groups)) {
    await mkdir(join(folder, group));
    for (let image = 0; image < count; image++) {
      const { pixels } = phantom({ seed: 3, image, group });
      const raw = { raw: { width: 128, height: 128, channels: 1 as const } };
      await sharp(pixels, raw)
        .toColourspace('b-w')
        .png()
        .toFile(join(folder, group, `p${image}-${group[0]}.png`));
    }
  }
  const study = {
    model: demoModel,
    groups,
    preprocessing: { mean: [0.5], std: [0.25] },
    methods: ['gradient', { id: 'grad-cam', layer: 'layer3' }],
    regions: [strips, { type: 'chest' }, lungs],
    batch: 2,
    output: 'out',
    ...settings,
  };
  const file = join(folder, 'study.json');
  await writeFile(file, JSON.stringify(study));
  return { folder, file };
}

async function table(csv: string): Promise<Record<string, string>[]> {
  const [header, ...lines] = (await readFile(csv, 'utf8')).trimEnd().split('\r\n');
  const names = header!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [names[at]!, cell])));
}

/** All files below a folder, by path. */
async function contents(folder: string): Promise<Record<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(
      paths.sort().map(async (path) => [path.slice(folder.length), await readFile(path)] as const),
    ),
  );
}

it('the study file of the README runs on drawn chests', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const [, shown] = readme.match(/(?<=^```json\n).*?(?=^```$)/gms)!;
  // What must fit the drawings: the model and its channel, its last block, the images and their names.
  const { file, folder } = await chests(2, {
    ...JSON.parse(shown!),
    model: demoModel,
    groups: { normal: 'normal', pneumonia: 'pneumonia' },
    patient: '^(p\\d+-\\w)',
    preprocessing: { mean: [0.5], std: [0.25] },
    methods: ['gradient', { id: 'grad-cam', layer: 'layer3' }],
  });
  const { results } = await runStudy(await readStudy(file));
  expect(results.regions).toHaveLength(3 + 9 + 1);
  expect(results.patients).toEqual({ normal: 2, pneumonia: 2 });
  expect(results.nulls!.summaries.length).toBeGreaterThan(0);
  expect(await readdir(join(folder, 'out', 'means'))).toHaveLength(8);
  expect(results.tests.correction).toBe('max-t');
});

describe('lung fields in a study', () => {
  it('are scored beside strips in one run, with the network and its confidence on record', async () => {
    const { file } = await chests(2);
    const { results, files } = await runStudy(await readStudy(file));
    const found = ['right lung', 'left lung', 'mediastinum', 'lungs'];
    expect(results.regions).toEqual([...strips.names, ...found]);
    expect(results.leftOut).toEqual([]);
    expect(results.versions['lungs.onnx']).toBe(sha256(await lungNetworkFile()));
    expect(Object.keys(results.confidence!)).toEqual(found);
    const { least, median } = results.confidence!.lungs!;
    expect(least).toBeGreaterThan(0.25);
    expect(median).toBeGreaterThanOrEqual(least);
    const rows = await table(files.csv);
    for (const { region, confidence, pixels } of rows) {
      expect(confidence !== '').toBe(found.includes(region!));
      expect(Number(pixels)).toBeGreaterThan(0);
    }
    const { least: worst, median: middle } = results.confidence!.lungs!;
    expect(methodsText(results)[2]).toContain(
      `right lung, left lung, mediastinum and lungs were found by an algorithm on each image as the model saw it, with a confidence of ${number(middle)} in the median and ${number(worst)} at least.`,
    );
    // Each child's own lungs, not one shape for all.
    const sizes = rows.filter(({ region }) => region === 'right lung').map(({ pixels }) => pixels);
    expect(new Set(sizes).size).toBeGreaterThan(1);
  });

  it('are found on what is left of an image that is cropped', async () => {
    const preprocessing = { size: [150, 150], crop: [128, 128], mean: [0.5], std: [0.25] };
    const { file } = await chests(2, { preprocessing, regions: [{ type: 'chest' }] });
    const whole = await chests(2, { regions: [{ type: 'chest' }] });
    const pixelsOf = async (study: string) =>
      (await table((await runStudy(await readStudy(study))).files.csv))
        .filter(({ region, method }) => region === 'right lung' && method === 'gradient')
        .map(({ pixels }) => Number(pixels));
    // Enlarged by 150 / 128 in both directions, of which the lungs lose less than they gain.
    const [large, small] = [await pixelsOf(file), await pixelsOf(whole.file)];
    for (const [index, pixels] of large.entries()) expect(pixels).toBeGreaterThan(1.15 * small[index]!);
  });

  it('an image without them is left out, and says why', async () => {
    const { file, folder } = await chests(3);
    const noise = Uint8Array.from(
      { length: 128 * 128 },
      (_, at) => (Math.imul(at + 1, 2654435761) >>> 8) % 256,
    );
    const raw = { raw: { width: 128, height: 128, channels: 1 as const } };
    await sharp(noise, raw)
      .png()
      .toFile(join(folder, 'normal', 'p1-n.png'));
    const { results } = await runStudy(await readStudy(file));
    expect(results.leftOut).toEqual([
      {
        image: 'p1-n.png',
        group: 'normal',
        reason: expect.stringMatching(/^normal\/p1-n\.png: it has no lung fields: .+/),
      },
    ]);
    expect(results.groups[0]).toEqual({ name: 'normal', images: 2 });
  });
});

describe('null regions in a study', () => {
  it('give z and p for each image, and a summary of each group', async () => {
    const settings = {
      null: { field: 'lungs', draws: 99 },
      regions: [{ type: 'chest', zones: true }, lungs],
    };
    const { file } = await chests(3, settings);
    const { results, files } = await runStudy(await readStudy(file));
    const rows = await table(files.csv);
    for (const { region, null_z, null_p } of rows) {
      expect(null_z === '').toBe(null_p === '');
      // The lungs themselves have no other place among the lungs, and what lies between them is not in them.
      if (['lungs', 'mediastinum'].includes(region!)) expect(null_z).toBe('');
      if (region === 'left upper zone') expect(null_z).not.toBe('');
      if (null_p === '') continue;
      expect(Number(null_p)).toBeGreaterThanOrEqual(1 / 100);
      expect(Number(null_p)).toBeLessThanOrEqual(1);
    }
    expect(results.nulls).toMatchObject({ field: 'lungs', draws: 99, seed: 0 });
    const summary = results.nulls!.summaries.find(
      (each) => each.method === 'gradient' && each.region === 'left upper zone' && each.group === 'normal',
    )!;
    const own = rows.filter(
      (row) => row.method === 'gradient' && row.region === 'left upper zone' && row.group === 'normal',
    );
    const zs = own.map(({ null_z }) => Number(null_z)).sort((a, b) => a - b);
    expect(summary.n).toBe(3);
    expect(summary.z).toBeCloseTo(zs[1]!, 12);
    expect(summary.share).toBe(own.filter(({ null_p }) => Number(null_p) <= 0.05).length / 3);
    expect(await readFile(files.report, 'utf8')).toContain('in the region “lungs”, 99 times an');
  });

  it('of a field that is no region are refused', async () => {
    const { file } = await chests(2, { null: { field: 'thorax' } });
    await expect(runStudy(await readStudy(file))).rejects.toThrow(
      '"field" of "null" is "thorax", and the regions are left strip, middle strip',
    );
  });
});

describe('mean maps', () => {
  it('in the frame of chests put every lung where the template has it', async () => {
    const { file, folder } = await chests(3, { meanMaps: 'chest' });
    const { results, files } = await runStudy(await readStudy(file));
    expect(results.meanMaps).toBe('chest');
    expect((await readdir(join(folder, 'out', 'means'))).sort()).toEqual([
      'normal.grad-cam.npy',
      'normal.grad-cam.png',
      'normal.gradient.npy',
      'normal.gradient.png',
      'pneumonia.grad-cam.npy',
      'pneumonia.grad-cam.png',
      'pneumonia.gradient.npy',
      'pneumonia.gradient.png',
    ]);
    const mean = decodeNpy(await readFile(join(folder, 'out', 'means', 'normal.gradient.npy')));
    expect(mean).toHaveLength(128 * 128);
    // The maps of the three images are two planes and two lungs each; means over images, place by place.
    const names = await readdir(join(folder, 'out', 'maps'));
    expect(names).toHaveLength(6);
    const state = (await readFile(join(folder, 'out', 'state.jsonl'), 'utf8')).trimEnd().split('\n');
    const keys = state.slice(0, 3).map((line) => JSON.parse(line).key as string);
    const planes = await Promise.all(
      keys.map(async (key) => decodeNpy(await readFile(join(folder, 'out', 'maps', `${key}.npy`)))),
    );
    const at = 64 * 128 + 40;
    expect(planes[0]).toHaveLength(4 * 128 * 128);
    expect(mean[at]).toBeCloseTo((planes[0]![at]! + planes[1]![at]! + planes[2]![at]!) / 3, 4);
    // The template's right lung has its middle third around (0.30, 0.51).
    const inside = Math.round(0.507 * 128) * 128 + Math.round(0.3 * 128);
    for (const each of planes) expect(each[2 * 128 * 128 + inside]).toBeGreaterThan(0.5);
    const html = await readFile(files.report, 'utf8');
    expect(html).toContain('<h2>Mean maps</h2>');
    expect(html.match(/alt="mean map of /g)).toHaveLength(4);
  });

  it('in the images’ own frame need no lungs, and count every image alike', async () => {
    const { file, folder } = await chests(2, { meanMaps: 'image', regions: [strips] });
    await runStudy(await readStudy(file));
    const mean = decodeNpy(await readFile(join(folder, 'out', 'means', 'normal.gradient.npy')));
    expect(mean.reduce((sum, value) => sum + value, 0) / mean.length).toBeCloseTo(1, 4);
  });

  it('of chests without lungs are refused with the cure', async () => {
    const { file } = await chests(2, { meanMaps: 'chest', regions: [strips] });
    await expect(runStudy(await readStudy(file))).rejects.toThrow(
      'mean maps in the frame of chests need a region "right lung": add { "type": "chest" } to the regions',
    );
  });

  it('are the same bytes when the study was stopped on its way, or lost a file, and nothing stale stays', async () => {
    const settings = { regions: [{ type: 'chest', mediastinum: false }], methods: ['gradient'] };
    const { file, folder } = await chests(2, { ...settings, meanMaps: 'chest', null: { draws: 19 } });
    await runStudy(await readStudy(file, { output: join(folder, 'whole') }));
    const config = await readStudy(file, { output: join(folder, 'parts') });
    const controller = new AbortController();
    const update = (done: number) => {
      if (done >= 2) controller.abort();
    };
    const progress = () => ({ update, note: () => {}, stop: () => {} });
    await expect(runStudy(config, { signal: controller.signal, progress })).rejects.toBeInstanceOf(Stopped);
    const [some] = await readdir(join(folder, 'parts', 'maps'));
    await writeFile(join(folder, 'parts', 'maps', 'stale.npy'), 'x');
    await unlink(join(folder, 'parts', 'maps', some!));
    await runStudy(config);
    expect(await contents(join(folder, 'parts'))).toEqual(await contents(join(folder, 'whole')));
  });
});
