/**
 * A study from its settings to its files: explains every image, scores the regions, tests, and writes scores, results
 * and report.
 *
 * The results are a function of the study and its files alone: images go in fixed batches by their place in the sorted
 * lists, and a batch that was not finished is done again as a whole, since float sums may depend on the batch.
 */
import { basename, extname, join, resolve } from 'node:path';
import { type Graph, isProcedure, SaliencyError, type Tensor } from '@regional-saliency/core';
import {
  parseRegions,
  type Region,
  type RegionSet,
  reduceChannels,
  scoreRegions,
} from '@regional-saliency/regions';
import sharp from 'sharp';
import { openBackend } from '../backends';
import { settledObjective } from '../embedding';
import { readWhole, sha256, writeWhole } from '../files';
import { decodeImage } from '../images/decode';
import { imagesIn } from '../images/folder';
import { type Prepared, type Preprocessing, preparedSize, preprocess } from '../images/preprocess';
import { batchFor } from '../memory';
import { readModel } from '../model';
import { type Field, levelsOf } from '../overlay/levels';
import { atSizeOf, encodePng } from '../overlay/overlay';
import type { Progress, Work } from '../progress';
import { labelPointOf, outlineOf } from '../report/outline';
import { type Example, renderReport } from '../report/report';
import type { LeftOut, ScoreRow, StudyResults } from '../results';
import { type Table, toCsv, toParquet } from '../tables/table';
import { version } from '../version';
import { analyse } from './analyse';
import type { StudyConfig } from './config';
import { createJointExplainer, type JointExplainer, type NamedMethod, namedMethods } from './methods';
import { type Explained, isLeftOut, openState, type Record as StateRecord } from './state';

export interface RunOptions {
  /** Aborted: the study ends after the batch it is at, with a `Stopped`. */
  readonly signal?: AbortSignal | undefined;
  /** Shows how many of the study's maps are made, one for each image and method. */
  readonly progress?: ((work: Work) => Progress) | undefined;
}

export interface StudyOutcome {
  readonly results: StudyResults;
  /** Paths of the files that were written. */
  readonly files: { readonly [name in 'csv' | 'parquet' | 'results' | 'report']: string };
}

/** A study that was asked to stop; what it finished is kept, and the next run goes on from there. */
export class Stopped extends Error {
  constructor(done: number, total: number) {
    super(`stopped after ${done} of ${total} images; the same command goes on from there`);
    this.name = 'Stopped';
  }
}

/** An image of the study, before anything is known of its pixels. */
interface Item {
  readonly group: string;
  readonly file: string;
  readonly path: string;
  readonly key: string;
}

/**
 * Runs a study, or what is left of it.
 *
 * @throws SaliencyError for anything that stands in the way of the whole study; an image that can't be used is left out
 *   and listed in the results
 * @throws Stopped when `signal` was aborted
 */
export async function runStudy(config: StudyConfig, options: RunOptions = {}): Promise<StudyOutcome> {
  const { graph: model, sha256: hash } = await readModel(config.model, config);
  const methods = namedMethods(config.methods);
  const preprocessing = settledPreprocessing(config.preprocessing, model);
  const lists = await listGroups(config);
  const regionsOf = await regionSets(config);
  const { backend, version: backendVersion } = await openBackend(config.backend);
  const { objective: chosen } = config;
  const reference = chosen?.reference && (await readWhole(chosen.reference, 'the objective’s image'));
  const objective =
    chosen &&
    (await settledObjective(chosen, model, backend, async (path) => {
      const picture = await decodeImage(reference as Uint8Array, path);
      return preprocess(picture, preprocessing, path).tensor;
    }));
  const explainer = await createJointExplainer(model, methods, {
    backend,
    target: config.target,
    objective,
    output: chosen?.output,
  });
  try {
    const batch =
      config.batch ??
      Math.min(...explainer.explainers.map(({ program }) => batchFor(program.graph, config.memory)));
    const versions = {
      '@regional-saliency/study': version,
      [backend.name]: backendVersion,
      sharp: sharp.versions.sharp ?? '',
    };
    const settings = sha256(
      JSON.stringify([
        [hash, config.shapes, config.outputs],
        methods.map(({ method }) => [method.id, method.options]),
        [chosen?.text, reference && sha256(reference)],
        [config.target, preprocessing, config.regions, config.reduce, config.aggregate, config.resolution],
        [config.examples, batch, versions],
      ]),
    );
    const items = await keyed(config, lists, settings, batch);
    const records = await explainAll(items, {
      ...options,
      batch,
      state: await openState(join(config.output, 'state.jsonl')),
      explain: batchExplainer({ config, methods, preprocessing, explainer, regionsOf }),
      examples: config.examples,
      methods: methods.length,
    });
    return await finish(config, { hash, methods, preprocessing, versions, items, records });
  } finally {
    await explainer.dispose();
  }
}

/** Size and channels are the model's own where the study does not say. */
function settledPreprocessing(given: StudyConfig['preprocessing'], model: Graph): Preprocessing {
  const [, channels, height, width] = model.inputs[0]!.shape;
  const own =
    typeof height === 'number' && typeof width === 'number' ? ([height, width] as const) : undefined;
  const size = given.size ?? own;
  if (size === undefined) {
    throw new SaliencyError(
      'bad-input',
      'the model takes images of any size: say which with "size" in preprocessing, such as [224, 224]',
    );
  }
  const settled = { ...given, size, channels: given.channels ?? (channels === 1 ? 1 : 3) } as Preprocessing;
  if (settled.mean.length !== settled.channels) {
    throw new SaliencyError(
      'bad-input',
      `the model takes ${settled.channels} channels, but "mean" of preprocessing has ${settled.mean.length} numbers`,
    );
  }
  if (!preparedSize(settled)) {
    throw new SaliencyError(
      'bad-input',
      `"size" ${settled.size} of preprocessing sets only the shorter side: add "crop" or give [height, width], since all images must come out alike`,
    );
  }
  return settled;
}

async function listGroups(config: StudyConfig): Promise<{ group: string; file: string; path: string }[]> {
  const lists = [];
  for (const [group, folder] of Object.entries(config.groups)) {
    const files = await imagesIn(folder, `group "${group}"`);
    if (files.length === 1) throw tooFew(group, 1, 'its folder holds');
    lists.push(...files.map((file) => ({ group, file, path: join(folder, file) })));
  }
  return lists;
}

function tooFew(group: string, count: number, why: string, leftOut?: string): SaliencyError {
  const first = leftOut === undefined ? '' : `; the first was left out: ${leftOut}`;
  return new SaliencyError(
    'bad-input',
    `group "${group}" is too small to compare: ${why} ${count === 1 ? 'one image' : 'no image'}, and at least two are needed${first}`,
  );
}

/** The regions of each group: `{group}` in the settings stands for its name, as `{image}` does for the image's. */
async function regionSets(config: StudyConfig): Promise<(group: string) => RegionSet> {
  const sets = new Map<string, RegionSet>();
  for (const group of Object.keys(config.groups)) {
    const readFile = (path: string) => readWhole(resolve(config.folder, path), 'the regions’ file');
    sets.set(group, await parseRegions(forGroup(config.regions, group), { readFile }));
  }
  return (group) => sets.get(group)!;
}

const nameOf = (file: string) => file.slice(0, file.length - extname(file).length);

function forGroup<T>(json: T, group: string): T {
  return mapTexts(json, (text) => text.replaceAll('{group}', group)) as T;
}

function mapTexts(json: unknown, change: (text: string) => string): unknown {
  if (typeof json === 'string') return change(json);
  if (Array.isArray(json)) return json.map((item) => mapTexts(item, change));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, mapTexts(value, change)]));
}

/** The files that the regions of an image are read from. */
function regionFiles(json: unknown, image: string): string[] {
  if (Array.isArray(json)) return json.flatMap((item) => regionFiles(item, image));
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([key, value]) =>
    key === 'file' && typeof value === 'string'
      ? [value.replaceAll('{image}', image)]
      : regionFiles(value, image),
  );
}

/** Gives every image its key: what its numbers depend on, which includes the other images of its batch. */
async function keyed(
  config: StudyConfig,
  lists: readonly { group: string; file: string; path: string }[],
  settings: string,
  batch: number,
): Promise<Item[]> {
  const hashes = new Map<string, string>();
  const hashOf = async (path: string) => {
    const known = hashes.get(path);
    if (known !== undefined) return known;
    const hash = await readWhole(path, 'image').then(sha256, () => 'unreadable');
    hashes.set(path, hash);
    return hash;
  };
  const contents: string[] = [];
  for (const { group, file, path } of lists) {
    const files = regionFiles(forGroup(config.regions, group), nameOf(file));
    const regions = await Promise.all(files.map((name) => hashOf(resolve(config.folder, name))));
    contents.push([group, file, await hashOf(path), ...regions].join('\0'));
  }
  return lists.map((item, index) => {
    const start = index - (index % batch);
    const members = contents.slice(start, start + batch);
    return { ...item, key: sha256([settings, index - start, ...members].join('\0\0')) };
  });
}

interface BatchOptions {
  /** Whether the report will show an image. */
  readonly show: (item: Item) => boolean;
  readonly signal: AbortSignal | undefined;
  /** Told what part of the batch is done, 0 to 1. */
  readonly progress: (part: number) => void;
}

/** What explaining one batch gives, in its order. */
type ExplainBatch = (items: readonly Item[], options: BatchOptions) => Promise<StateRecord[]>;

async function explainAll(
  items: readonly Item[],
  options: RunOptions & {
    readonly batch: number;
    readonly state: Awaited<ReturnType<typeof openState>>;
    readonly explain: ExplainBatch;
    readonly examples: number;
    readonly methods: number;
  },
): Promise<StateRecord[]> {
  const { batch, state, signal, methods } = options;
  const batches = Array.from({ length: Math.ceil(items.length / batch) }, (_, at) =>
    items.slice(at * batch, (at + 1) * batch),
  );
  const isKnown = (members: readonly Item[]) => members.every(({ key }) => state.get(key));
  let finished = batches.filter(isKnown).flat().length;
  const progress = options.progress?.({
    what: 'explaining',
    unit: 'maps',
    total: items.length * methods,
    already: finished * methods,
  });
  const records: StateRecord[] = [];
  const shown = new Map<string, number>();
  try {
    for (const members of batches) {
      let done = members.flatMap((item) => state.get(item.key) ?? []);
      if (done.length < members.length) {
        // Lets a signal in: the backends may keep the thread for a whole batch.
        await new Promise((next) => setImmediate(next));
        if (signal?.aborted) throw new Stopped(finished, items.length);
        const room = new Map(shown);
        const show = ({ group }: Item) => {
          const count = room.get(group) ?? 0;
          room.set(group, count + 1);
          return count < options.examples;
        };
        try {
          done = await options.explain(members, {
            show,
            signal,
            progress: (part) => progress?.update((finished + part * members.length) * methods),
          });
        } catch (error) {
          if (signal?.aborted && error === signal.reason) throw new Stopped(finished, items.length);
          throw error;
        }
        await state.append(done);
        finished += members.length;
        progress?.update(finished * methods);
      }
      for (const [index, record] of done.entries()) {
        const { group } = members[index]!;
        if (isLeftOut(record)) progress?.note(`left out: ${record.reason}`);
        else shown.set(group, (shown.get(group) ?? 0) + 1);
      }
      records.push(...done);
    }
    await state.settle(records);
    return records;
  } finally {
    progress?.stop();
  }
}

interface Means {
  readonly config: StudyConfig;
  readonly methods: readonly NamedMethod[];
  readonly preprocessing: Preprocessing;
  readonly explainer: JointExplainer;
  readonly regionsOf: (group: string) => RegionSet;
}

/** An image that is ready to be explained. */
interface Ready extends Prepared {
  readonly item: Item;
  readonly regions: readonly Region[];
}

function batchExplainer(means: Means): ExplainBatch {
  return async (items, options) => {
    const prepared = await Promise.all(items.map((item) => prepare(item, means)));
    const ready = prepared.filter((each): each is Ready => 'tensor' in each);
    const explained = ready.length > 0 ? await explain(ready, means, options) : [];
    const records = new Map(explained.map((record) => [record.key, record]));
    return prepared.map((each) => ('reason' in each ? each : records.get(each.item.key)!));
  };
}

/** Decodes and prepares an image and its regions; what can't be used becomes a reason. */
async function prepare(item: Item, means: Means): Promise<Ready | { key: string; reason: string }> {
  const name = `${item.group}/${item.file}`;
  try {
    const picture = await decodeImage(await readWhole(item.path, 'image'), name);
    const prepared = preprocess(picture, means.preprocessing, name);
    // Regions are drawn on the image as it is; where it is cropped, on what is left.
    const drawnOn = means.preprocessing.crop ? prepared.shown : picture;
    const { width, height } = drawnOn;
    const regions = await means.regionsOf(item.group)({ name: nameOf(item.file), width, height });
    return { ...prepared, item, regions };
  } catch (error) {
    return leftOutBy(error, item);
  }
}

/** @throws what is no fault of an image */
function leftOutBy(error: unknown, { key, group, file }: Item): { key: string; reason: string } {
  if (!(error instanceof SaliencyError) || error.code === 'backend') throw error;
  return { key, reason: error.message.includes(file) ? error.message : `${group}/${file}: ${error.message}` };
}

async function explain(ready: readonly Ready[], means: Means, options: BatchOptions): Promise<StateRecord[]> {
  const { show, signal, progress } = options;
  const { config, methods, explainer } = means;
  const images = stacked(ready.map(({ tensor }) => tensor));
  // Only procedures look at regions; programs never pay for drawing them at the model's resolution.
  const regions = methods.some(({ method }) => isProcedure(method))
    ? ready.map(({ regions }) => masksOf(regions, images.shape))
    : undefined;
  let explanation: Awaited<ReturnType<JointExplainer['explain']>>;
  try {
    explanation = await explainer.explain(images, { regions, signal, progress });
  } catch (error) {
    // What one image has (a score of 0, a map beyond float32) stops its batch. Which one it is shows by itself.
    if (ready.length === 1) return [leftOutBy(error, ready[0]!.item)];
    if (!(error instanceof SaliencyError) || error.code === 'backend') throw error;
    const records: StateRecord[] = [];
    for (const [index, each] of ready.entries()) {
      const own = { ...options, progress: (part: number) => progress((index + part) / ready.length) };
      records.push(...(await explain([each], means, own)));
    }
    return records;
  }
  const { output, target, relevances, values } = explanation;
  const classes = output.shape.length === 2 ? output.shape[1]! : 1;
  const maps = new Map(
    methods.map(({ info }) => [info.label, reduceChannels(relevances[info.label]!, config.reduce)]),
  );
  const records: StateRecord[] = [];
  for (const [index, { item, shown, regions }] of ready.entries()) {
    const { key } = item;
    const scores: Explained['scores'] = {};
    const fields = new Map<string, Field>();
    let reason: string | undefined;
    for (const [label, all] of maps) {
      const field = fieldAt(all, index);
      if (!field.data.every(Number.isFinite)) {
        reason = `${item.group}/${item.file}: the map of ${label} holds values that are not finite`;
        break;
      }
      fields.set(label, field);
      const rows = scoreRegions(
        { data: field.data, shape: [1, field.height, field.width], dtype: all.dtype },
        regions,
        {
          aggregate: config.aggregate,
          empty: 'nan',
          resolution: config.resolution === 'map' ? 'map' : shown,
          images: [item.file],
        },
      );
      scores[label] = Object.fromEntries(
        rows.map(({ region, score, pixels }) => [region, [Number.isNaN(score) ? null : score, pixels]]),
      );
    }
    if (reason !== undefined) {
      records.push({ key, reason });
      continue;
    }
    const own = Array.from(output.data.subarray(index * classes, (index + 1) * classes), Number);
    const { ofClasses, readsTarget } = config.objective ?? { ofClasses: true, readsTarget: true };
    const explained: Explained = {
      key,
      target: readsTarget ? target[index]! : null,
      predicted: ofClasses ? own.reduce((best, value, at) => (value > own[best]! ? at : best), 0) : null,
      output: values ? Number(values.data[index]) : (own[target[index]!] ?? null),
      scores,
    };
    records.push(
      show(item)
        ? { ...explained, example: await exampleOf(shown, regions, fields, signed(config)) }
        : explained,
    );
  }
  return records;
}

/** An image's regions as masks [R, H, W] at the model's resolution. */
function masksOf(regions: readonly Region[], [, , height, width]: readonly number[]): Tensor {
  const size = height! * width!;
  const data = new Uint8Array(regions.length * size);
  for (const [index, region] of regions.entries()) data.set(region.mask(height!, width!).data, index * size);
  return { data, shape: [regions.length, height!, width!], dtype: 'uint8' };
}

/** Only a signed sum keeps the sign of relevance. */
const signed = (config: StudyConfig) => config.reduce === 'sum';

function stacked(tensors: readonly Tensor[]): Tensor {
  const size = tensors[0]!.data.length;
  const data = new Float32Array(size * tensors.length);
  for (const [index, tensor] of tensors.entries()) data.set(tensor.data as Float32Array, index * size);
  return { data, shape: [tensors.length, ...tensors[0]!.shape.slice(1)], dtype: 'float32' };
}

function fieldAt(maps: ReturnType<typeof reduceChannels>, index: number): Field {
  const [, height, width] = maps.shape as [number, number, number];
  const size = height * width;
  return { width, height, data: maps.data.subarray(index * size, (index + 1) * size) };
}

async function exampleOf(
  shown: Prepared['shown'],
  regions: readonly Region[],
  fields: ReadonlyMap<string, Field>,
  withSign: boolean,
): Promise<NonNullable<Explained['example']>> {
  const { width, height, channels, data } = shown;
  const maps: Record<string, string> = {};
  for (const [label, field] of fields) {
    const levels = levelsOf(atSizeOf(shown, field), withSign);
    const png = await encodePng({ width, height, channels: 1, data: levels.data });
    maps[label] = Buffer.from(png).toString('base64');
  }
  const picture = await sharp(data, { raw: { width, height, channels } }).jpeg({ quality: 88 }).toBuffer();
  return {
    width,
    height,
    picture: picture.toString('base64'),
    maps,
    regions: regions.map((region) => {
      const mask = { width, height, data: region.mask(height, width).data };
      return { name: region.name, outline: outlineOf(mask), label: labelPointOf(mask) };
    }),
  };
}

interface Finished {
  readonly hash: string;
  readonly methods: readonly NamedMethod[];
  readonly preprocessing: Preprocessing;
  readonly versions: StudyResults['versions'];
  readonly items: readonly Item[];
  readonly records: readonly StateRecord[];
}

/** Tests the scores and writes the study's files. */
async function finish(config: StudyConfig, done: Finished): Promise<StudyOutcome> {
  const { items, records, methods, preprocessing } = done;
  const rows: ScoreRow[] = [];
  const examples: Example[] = [];
  const leftOut: LeftOut[] = [];
  const counts = new Map(Object.keys(config.groups).map((group) => [group, 0]));
  const regions = new Set<string>();
  for (const [index, record] of records.entries()) {
    const { group, file: image } = items[index]!;
    if (isLeftOut(record)) {
      leftOut.push({ image, group, reason: record.reason });
      continue;
    }
    counts.set(group, counts.get(group)! + 1);
    const { target, predicted, output, scores, example } = record;
    for (const [method, cells] of Object.entries(scores)) {
      for (const [region, [score, pixels]] of Object.entries(cells)) {
        regions.add(region);
        rows.push({ image, group, method, region, score, pixels, target, predicted, output });
      }
    }
    if (example) {
      examples.push({
        ...example,
        image,
        group,
        target,
        predicted,
        picture: Buffer.from(example.picture, 'base64'),
        maps: Object.fromEntries(
          Object.entries(example.maps).map(([label, png]) => [label, Buffer.from(png, 'base64')]),
        ),
      });
    }
  }
  for (const [group, count] of counts) {
    if (count >= 2) continue;
    const why = leftOut.find((each) => each.group === group)?.reason;
    throw tooFew(group, count, 'of its images those that could be used are', why);
  }
  const groups = [...counts.keys()];
  const labels = methods.map(({ info }) => info.label);
  const names = [...regions];
  const results: StudyResults = {
    title: config.title ?? `Where ${nameOf(basename(config.model))} looks: ${groups.join(' against ')}`,
    model: { file: basename(config.model), sha256: done.hash },
    ...(config.classes && { classes: config.classes }),
    groups: groups.map((name) => ({ name, images: counts.get(name)! })),
    methods: methods.map(({ info }) => info),
    regions: names,
    target: config.target,
    ...(config.objective && { objective: config.objective.text }),
    reduce: config.reduce,
    aggregate: config.aggregate,
    backend: config.backend,
    preprocessing: { ...preprocessing },
    ...(await analyse(rows, { groups, methods: labels, regions: names, tests: config.tests })),
    leftOut,
    versions: done.versions,
  };
  const table = scoreTable(rows);
  const file = (name: string) => join(config.output, name);
  const files = {
    csv: file('scores.csv'),
    parquet: file('scores.parquet'),
    results: file('results.json'),
    report: file('report.html'),
  };
  await writeWhole(files.csv, toCsv(table));
  await writeWhole(files.parquet, toParquet(table));
  await writeWhole(files.results, `${JSON.stringify(results, null, 2)}\n`);
  await writeWhole(files.report, renderReport({ results, scores: rows, examples, signed: signed(config) }));
  return { results, files };
}

function scoreTable(rows: readonly ScoreRow[]): Table {
  const columns = [
    { name: 'image', type: 'text' },
    { name: 'group', type: 'text' },
    { name: 'method', type: 'text' },
    { name: 'region', type: 'text' },
    { name: 'score', type: 'number' },
    { name: 'pixels', type: 'integer' },
    { name: 'target', type: 'integer' },
    { name: 'predicted', type: 'integer' },
    { name: 'output', type: 'number' },
  ] as const satisfies { name: keyof ScoreRow; type: string }[];
  return { columns, rows: rows.map((row) => columns.map(({ name }) => row[name])) };
}
