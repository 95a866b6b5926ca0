/**
 * A study from its settings to its files: explains every image, scores the regions, tests, and writes scores, results
 * and report.
 *
 * The results are a function of the study and its files alone: images go in fixed batches by their place in the sorted
 * lists, and a batch that was not finished is done again as a whole, since float sums may depend on the batch.
 */
import { basename, join, resolve } from 'node:path';
import { type Graph, isProcedure, SaliencyError, type Tensor } from '@regional-saliency/core';
import {
  type AggregationName,
  aggregations,
  type Region,
  type RegionSet,
  reduceChannels,
  type Size,
  scoreRegions,
} from '@regional-saliency/regions';
import sharp from 'sharp';
import { openBackend } from '../backends';
import { settledObjective } from '../embedding';
import { readWhole, sha256, writeWhole } from '../files';
import { decodeImage } from '../images/decode';
import { imagesIn } from '../images/folder';
import { planes } from '../images/planes';
import { type Prepared, type Preprocessing, preparedSize, preprocess } from '../images/preprocess';
import { batchFor } from '../memory';
import { readModel } from '../model';
import { type Field, percentile } from '../overlay/levels';
import { encodeNpy } from '../overlay/npy';
import type { Progress, Work } from '../progress';
import { type ReportImage, renderReport } from '../report/report';
import { viewerScript } from '../report/viewer';
import type { Confidence, LeftOut, ScoreRow, StudyResults } from '../results';
import { toCsv, toParquet } from '../tables/table';
import { version } from '../version';
import { analyse } from './analyse';
import { comparisonTable, overallTable } from './comparison-table';
import type { StudyConfig } from './config';
import { type FramedMaps, framed, frameSide, type MeanMaps, meanMaps, openFramedMaps } from './mean-maps';
import { createJointExplainer, type JointExplainer, type NamedMethod, namedMethods } from './methods';
import { nullScores, nullSummaries } from './null-scores';
import { patientsOf, sampled } from './patients';
import { nameOf, regionFiles, studyRegions } from './regions';
import { scoreTable } from './score-table';
import { draw, openShownImages, type ShownImages, withPictures } from './shown-images';
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
  readonly files: { readonly [name in 'csv' | 'comparisons' | 'parquet' | 'results' | 'report']: string };
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
  const all = await listGroups(config);
  const patientOf = await patientsOf(config, all);
  const whose = patientOf ?? (({ file }: { file: string }) => file);
  const lists = config.sample ? sampled(all, whose, config.sample) : all;
  const { backend, version: backendVersion } = await openBackend(config.backend);
  const regions = await studyRegions(config, backend);
  const { objective: chosen } = config;
  const reference = chosen?.reference && (await readWhole(chosen.reference, 'the objective’s image'));
  const objective =
    chosen &&
    (await settledObjective(chosen, model, backend, async (path) => {
      const picture = await decodeImage(reference as Uint8Array, path, config.scan);
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
      ...regions.networks,
    };
    const settings = sha256(
      JSON.stringify([
        [hash, config.shapes, config.outputs],
        methods.map(({ method }) => [method.id, method.options]),
        [chosen?.text, reference && sha256(reference)],
        [config.target, preprocessing, config.regions, config.reduce, config.resolution],
        [config.scan, config.null, config.meanMaps],
        [batch, versions],
      ]),
    );
    const items = await keyed(config, lists, settings, batch);
    const framedMaps = config.meanMaps && (await openFramedMaps(join(config.output, 'maps')));
    const shownImages = await openShownImages(config.output, config.examples !== 0);
    const regionsOf = regions.of;
    const records = await explainAll(items, {
      ...options,
      batch,
      state: await openState(join(config.output, 'state.jsonl')),
      framedMaps,
      shownImages,
      explain: batchExplainer({
        config,
        methods,
        preprocessing,
        explainer,
        regionsOf,
        framedMaps,
        shownImages,
      }),
      methods: methods.length,
    });
    return await finish(config, {
      hash,
      methods,
      preprocessing,
      versions,
      items,
      records,
      patientOf,
      framedMaps,
      shownImages,
    });
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
    const files = regionFiles(config, group, file);
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
    readonly framedMaps: FramedMaps | undefined;
    readonly shownImages: ShownImages | undefined;
    readonly explain: ExplainBatch;
    readonly methods: number;
  },
): Promise<StateRecord[]> {
  const { batch, state, signal, methods } = options;
  const beside = [options.framedMaps, options.shownImages].filter((files) => files !== undefined);
  const batches = Array.from({ length: Math.ceil(items.length / batch) }, (_, at) =>
    items.slice(at * batch, (at + 1) * batch),
  );
  const known = ({ key }: Item): StateRecord | undefined => {
    const record = state.get(key);
    const whole = record && (isLeftOut(record) || beside.every((files) => files.has(key)));
    return whole ? record : undefined;
  };
  const isKnown = (members: readonly Item[]) => members.every(known);
  let finished = batches.filter(isKnown).flat().length;
  const progress = options.progress?.({
    what: 'explaining',
    unit: 'maps',
    total: items.length * methods,
    already: finished * methods,
  });
  const records: StateRecord[] = [];
  try {
    for (const members of batches) {
      let done = members.flatMap((item) => known(item) ?? []);
      if (done.length < members.length) {
        // Lets a signal in: the backends may keep the thread for a whole batch.
        await new Promise((next) => setImmediate(next));
        if (signal?.aborted) throw new Stopped(finished, items.length);
        try {
          done = await options.explain(members, {
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
      for (const record of done) {
        if (isLeftOut(record)) progress?.note(`left out: ${record.reason}`);
      }
      records.push(...done);
    }
    await state.settle(records);
    const kept = records.filter((record) => !isLeftOut(record)).map(({ key }) => key);
    for (const files of beside) await files.settle(kept);
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
  readonly framedMaps: FramedMaps | undefined;
  readonly shownImages: ShownImages | undefined;
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
    const picture = await decodeImage(await readWhole(item.path, 'image'), name, means.config.scan);
    const prepared = preprocess(picture, means.preprocessing, name);
    // Regions are drawn on the image as it is; where it is cropped, on what is left.
    const drawnOn = means.preprocessing.crop ? prepared.shown : picture;
    const { width, height } = drawnOn;
    const pixels = planes(prepared.shown);
    const regions = await means.regionsOf(item.group)({ name: nameOf(item.file), width, height, pixels });
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
  const { signal, progress } = options;
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
      const map = { data: field.data, shape: [1, field.height, field.width], dtype: all.dtype };
      scores[label] = scoresOf(map, regions, config.resolution === 'map' ? 'map' : shown, item.file);
    }
    if (reason !== undefined) {
      records.push({ key, reason });
      continue;
    }
    let found: Pick<Explained, 'confidence' | 'nulls'>;
    let planesOfFrame: Float32Array | undefined;
    try {
      found = {
        ...confidenceOf(regions),
        ...(config.null && {
          nulls: nullScores(
            item.file,
            fields,
            regions,
            config.null,
            config.resolution === 'map' ? 'map' : shown,
          ),
        }),
      };
      if (config.meanMaps) planesOfFrame = framed(fields, regions, config.meanMaps);
    } catch (error) {
      records.push(leftOutBy(error, item));
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
      ...found,
    };
    await means.framedMaps?.write(key, planesOfFrame!);
    await means.shownImages?.write(key, await draw(shown, regions, fields, signed(config)));
    records.push(explained);
  }
  return records;
}

/** Of one map, by every aggregation. */
function scoresOf(
  map: Tensor,
  regions: readonly Region[],
  resolution: 'map' | Size,
  image: string,
): Explained['scores'][string] {
  const scores: Explained['scores'][string] = {};
  for (const aggregate of Object.keys(aggregations) as AggregationName[]) {
    const options = { aggregate, empty: 'nan', resolution, images: [image] } as const;
    for (const { region, score, pixels } of scoreRegions(map, regions, options)) {
      scores[region] ??= [pixels, {}];
      scores[region][1][aggregate] = Number.isNaN(score) ? null : score;
    }
  }
  return scores;
}

function confidenceOf(regions: readonly Region[]): Pick<Explained, 'confidence'> {
  const found = regions.flatMap(({ name, confidence }) =>
    confidence === undefined ? [] : [[name, confidence] as const],
  );
  return found.length > 0 ? { confidence: Object.fromEntries(found) } : {};
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

interface Finished {
  readonly hash: string;
  readonly methods: readonly NamedMethod[];
  readonly preprocessing: Preprocessing;
  readonly versions: StudyResults['versions'];
  readonly items: readonly Item[];
  readonly records: readonly StateRecord[];
  readonly patientOf: ((image: Item) => string) | undefined;
  readonly framedMaps: FramedMaps | undefined;
  readonly shownImages: ShownImages | undefined;
}

/** Tests the scores and writes the study's files. */
async function finish(config: StudyConfig, done: Finished): Promise<StudyOutcome> {
  const { items, records, methods, preprocessing, patientOf, framedMaps, shownImages } = done;
  const rows: ScoreRow[] = [];
  const explained: Omit<ReportImage, 'content'>[] = [];
  const leftOut: LeftOut[] = [];
  const counts = new Map(Object.keys(config.groups).map((group) => [group, 0]));
  const regions = new Set<string>();
  for (const [index, record] of records.entries()) {
    const { group, file: image } = items[index]!;
    const patient = patientOf?.(items[index]!);
    if (isLeftOut(record)) {
      leftOut.push({ image, group, reason: record.reason });
      continue;
    }
    counts.set(group, counts.get(group)! + 1);
    const { target, predicted, output, scores, nulls } = record;
    for (const [method, cells] of Object.entries(scores)) {
      for (const [region, [pixels, scored]] of Object.entries(cells)) {
        const score = scored[config.aggregate] ?? null;
        regions.add(region);
        const [z, p] = nulls?.[method]?.[region] ?? [];
        rows.push({
          image,
          group,
          ...(patient !== undefined && { patient }),
          method,
          region,
          score,
          pixels,
          ...(record.confidence && { confidence: record.confidence[region] }),
          ...(nulls && { null: { z: z ?? null, p: p ?? null } }),
          target,
          predicted,
          output,
        });
      }
    }
    explained.push({ name: record.key, image, group, target, predicted });
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
    ...confidences(records),
    ...(patientOf && { patients: countPatients(rows) }),
    ...(config.sample && { sample: config.sample }),
    ...(config.null && { nulls: nullSummaries(rows, config.null, config.tests.alpha) }),
    ...(config.meanMaps && { meanMaps: config.meanMaps }),
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
    comparisons: file('comparisons.csv'),
    parquet: file('scores.parquet'),
    results: file('results.json'),
    report: file('report.html'),
  };
  await writeWhole(files.csv, toCsv(table));
  await writeWhole(files.comparisons, toCsv(comparisonTable(results.comparisons)));
  if (results.overall) await writeWhole(file('overall.csv'), toCsv(overallTable(results.overall)));
  await writeWhole(files.parquet, toParquet(table));
  await writeWhole(files.results, `${JSON.stringify(results, null, 2)}\n`);
  const means =
    framedMaps && (await meanMaps(groupsAndKeys(items, records), framedMaps, labels, signed(config)));
  if (means) await writeMeans(file('means'), means);
  const report = renderReport({
    results,
    scores: rows,
    images: shownImages ? await withPictures(explained, shownImages) : [],
    shown: config.examples === 'all' ? explained.length : config.examples,
    signed: signed(config),
    viewer: shownImages ? await viewerScript() : '',
    means,
  });
  await writeWhole(files.report, report);
  return { results, files };
}

/** The images that were explained, in order. */
function groupsAndKeys(items: readonly Item[], records: readonly StateRecord[]) {
  return items.filter((_, index) => !isLeftOut(records[index]!)).map(({ group, key }) => ({ group, key }));
}

/** Of each region that an algorithm found, over the images that have it. */
function confidences(records: readonly StateRecord[]): Pick<StudyResults, 'confidence'> {
  const found = new Map<string, number[]>();
  for (const record of records) {
    if (isLeftOut(record)) continue;
    for (const [region, confidence] of Object.entries(record.confidence ?? {})) {
      found.set(region, [...(found.get(region) ?? []), confidence]);
    }
  }
  if (found.size === 0) return {};
  const summaries = [...found].map(([region, values]): [string, Confidence] => [
    region,
    { least: percentile(values, 0), median: percentile(values, 50) },
  ]);
  return { confidence: Object.fromEntries(summaries) };
}

function countPatients(rows: readonly ScoreRow[]): Record<string, number> {
  const patients = new Map<string, Set<string>>();
  for (const { group, patient } of rows) {
    patients.set(group, (patients.get(group) ?? new Set()).add(patient!));
  }
  return Object.fromEntries([...patients].map(([group, own]) => [group, own.size]));
}

/** `means/<group>.<method>.npy`, [128, 128] float32, and the same in colours as `.png`. */
async function writeMeans(folder: string, { maps }: MeanMaps): Promise<void> {
  for (const { group, method, map, png } of maps) {
    const stem = join(folder, `${group}.${method}`.replaceAll(/[^\w.=-]+/g, '-'));
    await writeWhole(`${stem}.npy`, encodeNpy(Float32Array.from(map.data), [frameSide, frameSide]));
    await writeWhole(`${stem}.png`, png);
  }
}
