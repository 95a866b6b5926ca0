/**
 * `pnpm bench --planted`: how well each method finds what a network is known to rely on. The demo's two networks are explained on
 * new phantoms: `fair` must have relied on the lung with the opacity, `shortcut` on the letter in the corner.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  type Backend,
  createExplainer,
  type Graph,
  SaliencyError,
  type Tensor,
} from '@regional-saliency/core';
import { randomized } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { type ReductionName, reduceChannels, reductions } from '@regional-saliency/regions';
import { type Contender, contenders, controls, isProgram } from './planted/contenders';
import { resamples } from './planted/intervals';
import {
  book,
  emptySeries,
  figuresOf,
  metrics,
  type Ranked,
  ranking,
  type Series,
  selected,
} from './planted/measured';
import { overlays } from './planted/overlays';
import { inputOf, type Planted, plant, seen, tasks } from './planted/phantoms';
import { legend, markdown, marksOf, plain, rankingRows, type TaskFigures, taskRows } from './planted/report';

const help = `pnpm bench --planted [options]   how well methods find what a network is known to rely on

  --images N      images of each seed and network (default 50)
  --seeds A,B     the patients' seeds, none of ${seen.join(', ')} (default 11,12,13,14)
  --methods A,B   only these (default the whole index)
  --tolerance N   pixels that the pointing game forgives (default 4, of 128: 15 of 500 as its authors have)
  --reduce NAME   from relevance to a map: ${Object.keys(reductions).join(', ')} (default sum-abs, as the paper's)
  --quick         5 images of two seeds, about a minute; the whole is about 12
  --help          this text

The table goes to stdout and out/planted.md, every figure to out/planted.json, the maps of three images of each network to
out/planted/index.html. Progress goes to stderr.`;

const out = fileURLToPath(new URL('../out/', import.meta.url));
/** How many images are explained in one run. */
const BATCH = 5;

/** How many images of a task have their maps drawn. */
const DRAWN = 3;

/** How many images, about, the network with shuffled weights explains. */
const SHUFFLED = 40;

/** Bootstrap samples of an interval, and of the ranking's. */
const SAMPLES = 1000;
const RANKED = 300;

/** @param args what follows `--planted` */
export async function planted(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      images: { type: 'string' },
      seeds: { type: 'string' },
      methods: { type: 'string' },
      tolerance: { type: 'string', default: '4' },
      reduce: { type: 'string', default: 'sum-abs' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const count = whole(values.images ?? (values.quick ? '5' : '50'), '--images', 2);
  const seeds = (values.seeds ?? (values.quick ? '11,12' : '11,12,13,14'))
    .split(',')
    .map((text) => whole(text, '--seeds', 0));
  const known = seeds.find((seed, at) => seen.includes(seed) || seeds.indexOf(seed) !== at);
  if (known !== undefined)
    throw new SaliencyError(
      'bad-input',
      `seed ${known} is given twice or its patients are not new: take another`,
    );
  const tolerance = whole(values.tolerance, '--tolerance', 0);
  if (!Object.hasOwn(reductions, values.reduce))
    throw new SaliencyError(
      'unknown-name',
      `--reduce takes ${Object.keys(reductions).join(', ')}, not "${values.reduce}"`,
    );
  const reduce = values.reduce as ReductionName;
  const chosen = chosenOf(values.methods);

  const began = performance.now();
  const cpu = process.cpuUsage();
  const backend = onnxruntimeBackend(await import('onnxruntime-node'), {
    executionProviders: ['cpu'],
    threads: 1,
  });
  const drawing = overlays(`${out}planted/`, tasks);
  const samples = resamples(count * seeds.length, SAMPLES, 1);
  const done: Done[] = [];
  for (const task of tasks) {
    const file = new URL(`../examples/demo/models/${task.network}.onnx`, import.meta.url);
    const model = readOnnx(readFileSync(file));
    const { images, passedOver } = await plant(task, backend, model, { seeds, count, tolerance });
    const { series, positive } = await seriesOf(backend, model, chosen, images, reduce, {
      told: teller(task.id, images.length),
      drawn: (id, index, map) => drawing.add(task, id, index, images[index]!, map),
    });
    const few = images.filter((_, at) => at % Math.ceil(images.length / SHUFFLED) === 0);
    const { series: control } = await seriesOf(
      backend,
      randomized(model, Number.POSITIVE_INFINITY, 1),
      chosen.filter(isProgram),
      few,
      reduce,
      { told: teller(`${task.id}, weights shuffled`, few.length) },
    );
    const fewSamples = resamples(few.length, SAMPLES, 1);
    done.push({
      task,
      images,
      series,
      passedOver,
      figures: new Map([...series].map(([id, own]) => [id, figuresOf(own, samples)])),
      positive: new Map([...positive].map(([id, own]) => [id, figuresOf(own, samples)])),
      shuffled: new Map([...control].map(([id, own]) => [id, figuresOf(own, fewSamples).pixels])),
    });
  }

  const all = done.map(({ series }) => series);
  const ranked = ranking(all, samples.slice(0, RANKED));
  const bySeed = seeds.map((seed) => ({
    seed,
    ranked: ranking(
      done.map(({ series, images }) => {
        const own = Int32Array.from(images.flatMap((image, at) => (image.seed === seed ? [at] : [])));
        return new Map([...series].map(([id, each]) => [id, selected(each, own)]));
      }),
      [],
    ),
  }));
  const order = ranked.map(({ id }) => id);
  drawing.finish(order);
  const { user, system } = process.cpuUsage(cpu);
  const settings = {
    date: new Date().toISOString(),
    images: count,
    seeds,
    tolerance,
    reduce,
    metrics,
    processorSeconds: Math.round((user + system) / 1e6),
    wallSeconds: Math.round((performance.now() - began) / 1e3),
  };
  print({ settings, done, ranked, bySeed, order, chosen });
  return 0;
}

interface Done extends TaskFigures {
  readonly images: readonly Planted[];
  readonly series: ReadonlyMap<string, Series>;
}

/** Explains images by all methods, and books their maps beside those of the controls; their positive parts by themselves. */
async function seriesOf(
  backend: Backend,
  model: Graph,
  chosen: readonly Contender[],
  images: readonly Planted[],
  reduce: ReductionName,
  {
    told,
    drawn,
  }: {
    told: (done: number) => void;
    drawn?: (id: string, index: number, map: Float32Array) => Promise<void>;
  },
): Promise<Record<'series' | 'positive', Map<string, Series>>> {
  const empty = (ids: readonly string[]) => new Map(ids.map((id) => [id, emptySeries(images.length)]));
  const ids = chosen.map(({ id }) => id);
  const series = empty([...ids, ...Object.keys(controls)]);
  const positive = empty(ids);
  const take = async (id: string, index: number, map: Float32Array) => {
    book(series.get(id)!, index, map, images[index]!);
    if (index < DRAWN) await drawn?.(id, index, map);
  };
  const explainer = await createExplainer(model, {
    backend,
    method: chosen.map(({ method }) => method),
    target: 'input',
  });
  for (let start = 0; start < images.length; start += BATCH) {
    told(start);
    const batch = images.slice(start, start + BATCH);
    const { relevances } = await explainer.explain(inputOf(batch.map(({ pixels }) => pixels)), {
      target: batch.map(({ target }) => target),
      regions: batch.map(({ masks }) => masks),
    });
    for (const id of ids) {
      const maps = mapsOf(relevances[id]!, reduce);
      for (const [at, map] of maps.entries()) await take(id, start + at, map);
      for (const [at, map] of mapsOf(relevances[id]!, 'positive').entries())
        book(positive.get(id)!, start + at, map, images[start + at]!);
    }
    for (const [id, control] of Object.entries(controls))
      for (const [at, { pixels, seed, image }] of batch.entries())
        await take(id, start + at, control(pixels, 1e6 * seed + image));
  }
  told(images.length);
  await explainer.dispose();
  return { series, positive };
}

function mapsOf(relevance: Tensor, reduce: ReductionName): Float32Array[] {
  const { data, shape } = reduceChannels(relevance, reduce);
  const [images, height, width] = shape as [number, number, number];
  return Array.from({ length: images }, (_, at) =>
    Float32Array.from(data.subarray(at * height * width, (at + 1) * height * width)),
  );
}

/** Says how far a task is, with the time that is left, once every few seconds. */
function teller(label: string, total: number): (done: number) => void {
  const began = performance.now();
  let last = began;
  return (done) => {
    const now = performance.now();
    if (done < total && now - last < 5_000) return;
    last = now;
    const left = done === 0 ? '' : `, ${Math.ceil(((now - began) / done) * (total - done) * 1e-3)} s left`;
    console.error(`  ${label}: ${done}/${total} images${done < total ? left : ''}`);
  };
}

function print({
  settings,
  done,
  ranked,
  bySeed,
  order,
  chosen,
}: {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly done: readonly Done[];
  readonly ranked: readonly Ranked[];
  readonly bySeed: readonly { seed: number; ranked: readonly Ranked[] }[];
  readonly order: readonly string[];
  readonly chosen: readonly Contender[];
}): void {
  const marks = marksOf(chosen);
  const sections = [
    {
      title: `All methods by the mean of their places (${metrics.length} metrics, ${done.length} tasks)`,
      rows: rankingRows(ranked, bySeed, marks),
    },
    ...done.map((each) => ({
      title: `${capital(each.task.about)}: ${each.images.length} images (${each.passedOver} passed over)`,
      rows: taskRows(each, order, marks),
    })),
  ];
  for (const { title, rows } of sections) console.log(`${title}\n\n${plain(rows)}\n`);
  console.log(
    `${legend}\n\nEvery figure: out/planted.json; tables: out/planted.md; maps: out/planted/index.html`,
  );
  const text = sections.map(({ title, rows }) => `## ${title}\n\n${markdown(rows)}\n`);
  writeFileSync(`${out}planted.md`, `${text.join('\n')}\n${legend}\n`);
  const facts = {
    settings,
    methods: chosen.map(({ id, paper, told, set }) => ({ id, paper, told, set })),
    ranking: ranked,
    bySeed,
    tasks: done.map(({ task, images, passedOver, figures, positive, shuffled }) => ({
      ...task,
      images: images.length,
      passedOver,
      figures: Object.fromEntries(figures),
      positive: Object.fromEntries(positive),
      shuffled: Object.fromEntries(shuffled),
    })),
  };
  writeFileSync(`${out}planted.json`, `${JSON.stringify(facts, null, 1)}\n`);
}

function chosenOf(text: string | undefined): Contender[] {
  const all = contenders();
  if (text === undefined) return all;
  return text.split(',').map((id) => {
    const found = all.find((contender) => contender.id === id);
    if (!found)
      throw new SaliencyError(
        'unknown-name',
        `--methods has "${id}", which is not among ${all.map((contender) => contender.id).join(', ')}`,
      );
    return found;
  });
}

function whole(text: string, option: string, least: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
    throw new SaliencyError('bad-input', `${option} takes whole numbers from ${least}, not "${text}"`);
  return value;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
