import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Builder, N } from '@regional-saliency/core';
import { writeOnnx } from '@regional-saliency/onnx';
import { parquetReadObjects } from 'hyparquet';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Progress, Work } from '../src/progress';
import { methodsText } from '../src/report/methods-text';
import { parseStudy, readStudy } from '../src/study/config';
import { runStudy, Stopped } from '../src/study/run';
import { blobs, studyFolder } from './folders';

const run = async (file: string, output?: string) => runStudy(await readStudy(file, { output }));

async function contents(folder: string): Promise<Record<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))])),
  );
}

/** Aborts when so many maps are made. */
function stopAt(count: number): { signal: AbortSignal; progress: () => Progress } {
  const controller = new AbortController();
  const update = (done: number) => {
    if (done >= count) controller.abort();
  };
  return { signal: controller.signal, progress: () => ({ update, note: () => {}, stop: () => {} }) };
}

describe('a study', () => {
  it('scores every image by every method in every region, tests them and writes its files', async () => {
    const { file, folder } = await studyFolder({ calm: 5, busy: 4 });
    const { results, files } = await run(file);
    expect((await readdir(join(folder, 'out'))).sort()).toEqual([
      'comparisons.csv',
      'images',
      'report.html',
      'results.json',
      'scores.csv',
      'scores.parquet',
      'state.jsonl',
    ]);
    const lines = (await readFile(files.csv, 'utf8')).trimEnd().split('\r\n');
    expect(lines[0]).toBe('image,group,method,region,score,pixels,target,predicted,output');
    expect(lines).toHaveLength(1 + 9 * 2 * 3);
    const parquet = await readFile(files.parquet);
    const rows = await parquetReadObjects({ file: new Uint8Array(parquet).buffer });
    expect(rows.map((row) => String(row.score))).toEqual(lines.slice(1).map((line) => line.split(',')[4]));

    expect(results.groups).toEqual([
      { name: 'calm', images: 5 },
      { name: 'busy', images: 4 },
    ]);
    expect(results.regions).toEqual(['r1c1', 'r1c2', 'r1c3']);
    expect(results.comparisons).toHaveLength(2 * 3);
    for (const { p, corrected, effect } of results.comparisons) {
      expect(corrected).toBe(Math.min(1, 3 * p!));
      expect(effect!.low).toBeLessThan(effect!.value);
      expect(effect!.high).toBeGreaterThan(effect!.value);
    }
    expect(JSON.parse(await readFile(files.results, 'utf8'))).toEqual(JSON.parse(JSON.stringify(results)));
  });

  it('has procedures beside programs, with the study’s regions as theirs', async () => {
    const methods = ['gradient', { id: 'occlusion', set: { window: 64, stride: 32 } }, 'region-shapley'];
    const { file } = await studyFolder({ calm: 2, busy: 2 }, { methods, reduce: 'sum' });
    const { files, results } = await run(file);
    expect(results.methods.map(({ label }) => label)).toEqual(['gradient', 'occlusion', 'region-shapley']);
    const [, ...lines] = (await readFile(files.csv, 'utf8')).trimEnd().split('\r\n');
    const values = lines.map((line) => line.split(',')).filter(([, , method]) => method === 'region-shapley');
    expect(values).toHaveLength(4 * 3);
    expect(new Set(values.map((cells) => cells[4])).size).toBe(4 * 3);
  });

  it('has procedures that read a layer, of their choice or the study’s', async () => {
    const methods = ['score-cam', { id: 'ablation-cam', layer: 'layer2' }, 'grad-cam'];
    const { file } = await studyFolder({ calm: 2, busy: 2 }, { methods });
    const { results } = await run(file);
    expect(results.methods.map(({ label, layer }) => [label, layer])).toEqual([
      ['score-cam', undefined],
      ['ablation-cam', 'layer2'],
      ['grad-cam', undefined],
    ]);
    expect(results.leftOut).toEqual([]);
  });

  it('tells of each map, and of parts of those that take many predictions, without ever going back', async () => {
    const occlusion = (window: number, stride: number) => ({ id: 'occlusion', set: { window, stride } });
    const methods = ['gradient', occlusion(64, 16), 'region-shapley', occlusion(32, 32), 'grad-cam'];
    const { file } = await studyFolder({ calm: 2, busy: 2 }, { methods, batch: 2 });
    const told: number[] = [];
    let asked: Work | undefined;
    await runStudy(await readStudy(file), {
      progress: (work) => {
        asked = work;
        return { update: (done) => told.push(done), note: () => {}, stop: () => {} };
      },
    });
    expect(asked).toEqual({ what: 'explaining', unit: 'maps', total: 4 * 5, already: 0 });
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(20);
    // Two images by two programs are first; then each of three procedures moves on its way, too.
    expect(told[0]).toBeGreaterThan(4);
    for (const at of [4, 6, 8]) {
      expect(told.filter((done) => done > at && done < at + 2).length).toBeGreaterThan(0);
    }
  });

  it('stops in the middle of a procedure', async () => {
    const { file } = await studyFolder(
      { calm: 2, busy: 2 },
      { methods: [{ id: 'rise', set: { samples: 1e6 } }] },
    );
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    await expect(runStudy(await readStudy(file), { signal: controller.signal })).rejects.toThrow(
      'stopped after 0 of 4 images',
    );
  });

  it('interrupted and resumed, it ends with the same bytes', async () => {
    const { file, folder } = await studyFolder({ calm: 5, busy: 5 }, { batch: 3, examples: 2 });
    await run(file, join(folder, 'whole'));
    const config = await readStudy(file, { output: join(folder, 'parts') });
    await expect(runStudy(config, stopAt(3 * 2))).rejects.toThrow(
      'stopped after 3 of 10 images; the same command goes on from there',
    );
    expect(await readdir(join(folder, 'parts'))).toEqual(['images', 'state.jsonl']);
    await expect(runStudy(config, stopAt(9 * 2))).rejects.toBeInstanceOf(Stopped);
    await runStudy(config);
    expect(await contents(join(folder, 'parts'))).toEqual(await contents(join(folder, 'whole')));
  });

  it('a state whose last line was cut off by a crash is taken up before it', async () => {
    const { file, folder } = await studyFolder({ calm: 4, busy: 4 }, { batch: 2 });
    await run(file, join(folder, 'whole'));
    const config = await readStudy(file, { output: join(folder, 'crashed') });
    await expect(runStudy(config, stopAt(4 * 2))).rejects.toBeInstanceOf(Stopped);
    const state = join(folder, 'crashed', 'state.jsonl');
    const text = await readFile(state, 'utf8');
    await writeFile(state, text.slice(0, -25));
    let already = -1;
    await runStudy(config, {
      progress: (work) => {
        already = work.already!;
        return { update: () => {}, note: () => {}, stop: () => {} };
      },
    });
    // The batch that lost an image is done again.
    expect(already).toBe(2 * 2);
    expect(await contents(join(folder, 'crashed'))).toEqual(await contents(join(folder, 'whole')));
  });

  it('an image that changed is explained again with its batch, and nothing else is', async () => {
    const { file, folder } = await studyFolder({ calm: 4, busy: 4 }, { batch: 2 });
    const config = await readStudy(file);
    await runStudy(config);
    await writeFile(join(folder, 'busy', '01.png'), await blobs(99));
    let already = -1;
    const progress = (work: Work) => {
      already = work.already!;
      return { update: () => {}, note: () => {}, stop: () => {} };
    };
    await runStudy(config, { progress });
    expect(already).toBe(6 * 2);
    await runStudy({ ...config, tests: { ...config.tests, correction: 'holm' } }, { progress });
    expect(already).toBe(8 * 2);
    await runStudy({ ...config, aggregate: 'max' }, { progress });
    expect(already).toBe(8 * 2);
    await runStudy({ ...config, reduce: 'max-abs' }, { progress });
    expect(already).toBe(0);
  });

  it('keeps every image’s pictures, in the report up to 40 images and beside it beyond', async () => {
    const few = await studyFolder({ calm: 3, busy: 3 }, { methods: ['gradient'] });
    await run(few.file);
    const inside = await contents(join(few.folder, 'out'));
    const report = inside['report.html']!.toString();
    expect(report.match(/<script[^>]* data-picture="/g)).toHaveLength(6);
    expect(report).not.toContain('images/');

    const many = await studyFolder({ calm: 21, busy: 20 }, { methods: ['gradient'] });
    const config = await readStudy(many.file);
    await runStudy(config);
    const beside = await contents(join(many.folder, 'out'));
    const page = beside['report.html']!.toString();
    const scripts = Object.keys(beside).filter((name) => name.startsWith('images/'));
    expect(scripts).toHaveLength(41);
    for (const name of scripts) expect(page).toContain(`"source":"${name}"`);
    expect(page.length).toBeLessThan(report.length + 41 * 2000);
    // Without its picture an image is explained again, with its batch; with none asked for, nothing is.
    await rm(join(many.folder, 'out', scripts[0]!));
    let already = -1;
    const progress = (work: Work) => {
      already = work.already!;
      return { update: () => {}, note: () => {}, stop: () => {} };
    };
    await runStudy(config, { progress });
    expect(already).toBeLessThan(41);
    expect(already).toBeGreaterThan(0);
    expect(await contents(join(many.folder, 'out'))).toEqual(beside);
    const { files } = await runStudy({ ...config, examples: 0 }, { progress });
    expect(already).toBe(41);
    expect(await readFile(files.report, 'utf8')).not.toContain('<saliency-viewer>');
    expect(Object.keys(await contents(join(many.folder, 'out'))).join()).not.toContain('images/');
  }, 180_000);

  it('explains an objective, and says so in results and report', async () => {
    const { file } = await studyFolder({ calm: 3, busy: 3 }, { objective: 'logit-difference=1,0' });
    const { results, files } = await run(file);
    expect(results.objective).toBe('logit-difference=1,0');
    const difference = 'the score of class 1 less that of class 0';
    expect(methodsText(results)[1]).toContain(`Relevance for ${difference} was computed with`);
    expect(await readFile(files.report, 'utf8')).toContain(`<dd>${difference}</dd>`);
    const [, ...lines] = (await readFile(files.csv, 'utf8')).trimEnd().split('\r\n');
    for (const line of lines) {
      const [target, predicted, output] = line.split(',').slice(6);
      // What is explained is the difference, whose sign says which class is predicted.
      expect([target, predicted]).toEqual(['', Number(output) > 0 ? '1' : '0']);
    }
  });

  it('explains similarity to an image, by programs and procedures, without a word of classes', async () => {
    const methods = ['gradient', { id: 'occlusion', set: { window: 64, stride: 64 } }];
    const { file, folder } = await studyFolder(
      { calm: 2, busy: 2 },
      { methods, objective: 'similarity=calm/00.png', outputs: ['layer3'] },
    );
    const { files, results } = await run(file);
    const [, ...lines] = (await readFile(files.csv, 'utf8')).trimEnd().split('\r\n');
    const rows = lines.map((line) => line.split(','));
    for (const row of rows) expect(row.slice(6, 8)).toEqual(['', '']);
    // The reference is one of the images: nothing is more like it than itself.
    const own = Number(rows.find(([image, group]) => image === '00.png' && group === 'calm')![8]);
    expect(own).toBeCloseTo(1, 5);
    for (const row of rows) expect(Number(row[8])).toBeLessThanOrEqual(own + 1e-6);
    expect(methodsText(results)[1]).toContain(
      'the cosine similarity of the image’s embedding and that of 00.png',
    );
    expect(await readFile(files.report, 'utf8')).not.toContain('<br>predicted');
    expect(JSON.stringify(results)).not.toContain(folder);
  });

  it('with another objective, or another reference image, explains all again', async () => {
    const { file, folder } = await studyFolder({ calm: 2, busy: 2 });
    await writeFile(join(folder, 'reference.png'), await blobs(50));
    const known = async (objective: string | undefined) => {
      let already = -1;
      const config = parseStudy({ ...JSON.parse(await readFile(file, 'utf8')), objective }, file);
      await runStudy(config, {
        progress: (work) => {
          already = work.already!;
          return { update: () => {}, note: () => {}, stop: () => {} };
        },
      });
      return already;
    };
    expect(await known(undefined)).toBe(0);
    expect(await known('logit-difference=1,0')).toBe(0);
    expect(await known('logit-difference=1,0')).toBe(4 * 2);
    expect(await known('similarity=reference.png')).toBe(0);
    expect(await known('similarity=reference.png')).toBe(4 * 2);
    await writeFile(join(folder, 'reference.png'), await blobs(51));
    expect(await known('similarity=reference.png')).toBe(0);
  });

  it('says which image it could not use, lists it in results and report, and goes on', async () => {
    const { file, folder } = await studyFolder({ calm: 3, busy: 3 });
    await writeFile(join(folder, 'busy', '01.png'), 'this is text');
    const notes: string[] = [];
    const config = await readStudy(file);
    const { results, files } = await runStudy(config, {
      progress: () => ({ update: () => {}, note: (text) => notes.push(text), stop: () => {} }),
    });
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^left out: busy\/01\.png is not an image that can be read/);
    expect(results.leftOut).toEqual([
      {
        image: '01.png',
        group: 'busy',
        reason: expect.stringMatching(/^busy\/01\.png is not an image that can be read: /),
      },
    ]);
    expect(results.groups[1]).toEqual({ name: 'busy', images: 2 });
    expect(await readFile(files.report, 'utf8')).toContain('busy/01.png is not an image');
    expect(await readFile(files.csv, 'utf8')).not.toContain('01.png,busy');
  });

  it('leaves out the image that a method can’t explain, and has the others of its batch as they are without it', async () => {
    // Without biases, black scores 0, of which ablation-cam can take no parts.
    const g = new Builder();
    const input = g.input('input', [N, 1, 32, 32]);
    const weights = Array.from({ length: 4 * 9 }, (_, at) => Math.sin(at + 1));
    const features = g.op('Conv', [input, g.constant(weights, [4, 1, 3, 3])], { pads: [1, 1, 1, 1] });
    const layer = g.op('Relu', [features], {}, { outputs: ['features'] });
    const pooled = g.reshape(g.op('GlobalAveragePool', [layer]), [N, 4]);
    const scores = g.matMul(pooled, g.constant([1, -1, 2, 1, 0.5, 1, -1, 2], [4, 2]));
    const graph = g.finish({ inputs: [input], outputs: { scores } });
    const settings = {
      model: 'model.onnx',
      preprocessing: { mean: [0], std: [1] },
      methods: ['gradient', { id: 'ablation-cam', layer: 'features' }],
    };
    const { file, folder } = await studyFolder({ calm: 4, busy: 3 }, settings);
    await writeFile(join(folder, 'model.onnx'), writeOnnx(graph));
    const black = { create: { width: 64, height: 64, channels: 3 as const, background: 'black' } };
    await writeFile(join(folder, 'calm', '01.png'), await sharp(black).png().toBuffer());
    const { results, files } = await run(file);
    const scored = async ({ csv }: typeof files) => {
      const lines = (await readFile(csv, 'utf8')).trimEnd().split('\r\n').slice(1);
      return lines
        .map((line) => line.split(','))
        .map(([image, group, method, region, score]) => ({
          name: [image, group, method, region].join(),
          score: Number(score),
        }));
    };
    expect(results.leftOut).toEqual([
      {
        image: '01.png',
        group: 'calm',
        reason: expect.stringMatching(
          /^calm\/01\.png: ablation-cam takes parts of the score, but the score of this image is 0/,
        ),
      },
    ]);
    const found = await scored(files);
    expect(found).toHaveLength((3 + 3) * 2 * 3);
    await rm(join(folder, 'calm', '01.png'));
    const others = await scored((await run(file, join(folder, 'without'))).files);
    expect(others.map(({ name }) => name)).toEqual(found.map(({ name }) => name));
    for (const [at, { score }] of others.entries()) expect(found[at]!.score).toBeCloseTo(score, 6);
  });

  it('takes label maps by group and image, and leaves out the image whose map is missing', async () => {
    const labels = { '1': 'left', '2': 'right' };
    const { file, folder } = await studyFolder(
      { calm: 3, busy: 3 },
      { regions: [{ type: 'labels', file: 'maps/{group}/{image}.png', labels }], aggregate: 'density' },
    );
    const map = await sharp(
      Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 64 < 20 ? 1 : 2)),
      { raw: { width: 64, height: 64, channels: 1 } },
    )
      .toColourspace('b-w')
      .png()
      .toBuffer();
    for (const group of ['calm', 'busy']) {
      await mkdir(join(folder, 'maps', group), { recursive: true });
      for (const image of ['00', '01', '02']) {
        const path = join(folder, 'maps', group, `${image}.png`);
        await writeFile(path, map);
      }
    }
    await rm(join(folder, 'maps', 'calm', '02.png'));
    const { results } = await run(file);
    expect(results.regions).toEqual(['left', 'right']);
    expect(results.leftOut).toHaveLength(1);
    expect(results.leftOut[0]).toMatchObject({ group: 'calm', image: '02.png' });
    expect(results.leftOut[0]!.reason).toMatch(/maps\/calm\/02\.png/);
  });

  it('a region without pixels is a missing value, not a zero', async () => {
    const { file } = await studyFolder(
      { calm: 3, busy: 3 },
      {
        regions: [
          { type: 'grid', rows: 1, columns: 2 },
          { type: 'box', name: 'speck', box: [0.5001, 0.5001, 0.5002, 0.5002] },
        ],
      },
    );
    const { results, files } = await run(file);
    const speck = results.summaries.filter(({ region }) => region === 'speck');
    expect(speck.map(({ n, missing, mean }) => [n, missing, mean])).toEqual(speck.map(() => [0, 3, null]));
    expect(results.comparisons.find(({ region }) => region === 'speck')).toMatchObject({
      p: null,
      corrected: null,
      significant: false,
      missing: 'no image has a score',
    });
    expect(await readFile(files.csv, 'utf8')).toMatch(/00\.png,calm,gradient,speck,,0,/);
  });

  it('methods of one id are told apart by layer and options', async () => {
    const { file } = await studyFolder(
      { calm: 2, busy: 2 },
      {
        methods: [
          { id: 'grad-cam', layer: 'layer2' },
          { id: 'grad-cam', layer: 'layer3', set: { relu: false } },
          { id: 'grad-cam', layer: 'layer3', label: 'as in the paper' },
        ],
        tests: { rule: 'welch' },
      },
    );
    const { results } = await run(file);
    expect(results.methods.map(({ label }) => label)).toEqual([
      'grad-cam layer2',
      'grad-cam layer3 relu=false',
      'as in the paper',
    ]);
    const means = results.summaries.filter(({ region, group }) => region === 'r1c1' && group === 'calm');
    expect(new Set(means.map(({ mean }) => mean)).size).toBe(3);
  });

  it('tfjs gives the same scores as onnxruntime', async () => {
    const { file, folder } = await studyFolder({ calm: 2, busy: 2 }, { tests: { rule: 'welch' } });
    const scores = async (backend: string) => {
      const config = await readStudy(file, { backend, output: join(folder, backend) });
      const { files } = await runStudy(config);
      const lines = (await readFile(files.csv, 'utf8')).trimEnd().split('\r\n').slice(1);
      return lines.map((line) => Number(line.split(',')[4]));
    };
    const [ort, wasm] = [await scores('onnxruntime'), await scores('tfjs-wasm')];
    for (const [index, score] of ort.entries()) {
      expect(Math.abs(wasm[index]! - score)).toBeLessThanOrEqual(1e-4 * Math.abs(score));
    }
  });
});

describe('a study that can’t be', () => {
  it('names the group that has one image, none, or no folder', async () => {
    const one = await studyFolder({ calm: 3, lonely: 1 });
    await expect(run(one.file)).rejects.toThrow(
      /^group "lonely" is too small to compare: its folder holds one image/,
    );
    const empty = await studyFolder({ calm: 3, empty: 0 });
    await expect(run(empty.file)).rejects.toThrow(/^group "empty": the folder .*empty holds no image/);
    const missing = await studyFolder({ calm: 3, gone: 2 });
    await rm(join(missing.folder, 'gone'), { recursive: true });
    await expect(run(missing.file)).rejects.toThrow(/^group "gone": there is no folder .*gone$/);
  });

  it('names the group of which too few images can be used', async () => {
    const { file, folder } = await studyFolder({ calm: 2, broken: 2 });
    await writeFile(join(folder, 'broken', '00.png'), 'text');
    await expect(run(file)).rejects.toThrow(
      /^group "broken" is too small to compare: of its images those that could be used are one image.*; the first was left out: broken\/00\.png is not an image/,
    );
  });

  it('names the layer, the target and the method that don’t exist', async () => {
    const with_ = async (settings: Record<string, unknown>) =>
      run((await studyFolder({ calm: 2, busy: 2 }, settings)).file);
    await expect(with_({ methods: [{ id: 'grad-cam', layer: 'layer33' }] })).rejects.toThrow(
      /no layer is called "layer33"; the nearest are "layer3"/,
    );
    await expect(with_({ target: 7 })).rejects.toThrow(/target 7 is out of range/);
    await expect(with_({ methods: ['grad-camm'] })).rejects.toThrow(/did you mean "grad-cam"/);
  });
});
