/**
 * `pnpm parity`: every method on every architecture beside the field's own implementations in float64.
 *
 * The peers (Captum, Zennit, pytorch-grad-cam, lxt) make truths in float64 and their own float32 maps in truths/; ours come
 * from the explainer on onnxruntime, and compiled programs also from Python's onnxruntime. `pnpm parity --help` says more.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Backend, type Graph, type Tensor, tensor } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';
import { printCases } from './cases';
import { type Causes, causesOf, type Distance } from './causes';
import { compiledWhenQuick, fullOcclusion, isQuick, missing, networks, type Row, rows } from './cells';
import { errorsOf, isWithin, median, sumErrorsOf, worst } from './compare';
import { type PythonRunner, pythonRunner } from './compiled';
import { type Asked, conditioningOf } from './conditioning';
import { printDraws } from './draws';
import { exactBackend } from './exact';
import { alone, doubles, floats, type Images, together } from './ours';
import { askPeers, type Cell, type Network } from './peers';
import { printCompiled, printFootnotes, printLong, printTable, type Result } from './table';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const cache = path('../../.cache/parity/');
const out = path('../../out/');
const shared = path('../../../shared/');
const trained = `${shared}models/chest-xray/resnet18.onnx`;
const xrays = `${shared}data/chest-xray/seed-40/`;
// One thread here and one in the peers' Python, which works on the next network meanwhile.
const backend = onnxruntimeBackend(ort, { threads: 1 });

const help = `pnpm parity [--quick] [--only METHOD/NETWORK]… [--images N] [--size N] [--compiled | --no-compiled] [--cases | --draws]

Prints method × network: our largest difference from float64 over the largest value of the truth, the peer's own in float32,
and their ratio, the worst of the images. Truths are kept in .cache/parity by the hash of all that makes them.

  --quick       small images, one or two of them, few steps and samples, kindred methods on small networks only: under ten
                minutes on two quiet cores
  --only M/N    methods and networks, each a name, names with commas, or *: --only 'gradient,grad-cam/resnet18,vit_b_16';
                several times. Methods: ${rows(true)
                  .map((row) => row.method)
                  .join(', ')}.
                Networks: ${networks.join(', ')}
  --images N    images of each network (default 4; X-rays 24)
  --size N      side of the images of untrained networks (default 224, quick 64)
  --compiled    run every program also by Python's onnxruntime, at batch 1 and 5 (default: all; with --quick two networks)
  --cases       instead: Zennit's known cases, each by a minimal example
  --draws       instead: methods that draw, with our own generator, in standard errors; the whole table ends with it
Results go to out/parity.json too. PEERS_PYTHON names a Python that has the peers; else one is made in .cache/peers.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: ['*/*'] },
      images: { type: 'string' },
      size: { type: 'string' },
      compiled: { type: 'boolean' },
      cases: { type: 'boolean', default: false },
      draws: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (values.cases) return (await printCases(`${out}parity/cases/`, backend)) ? 0 : 1;
  if (values.draws) return (await printDraws(`${out}parity/draws/`, backend)) ? 0 : 1;
  const wanted = selection(values.only, values.quick);
  const all = rows(values.quick);
  const asked = networks
    .filter((name) => name !== 'trained' || (existsSync(trained) && existsSync(xrays)))
    .map((name) => ({
      name,
      size: name === 'trained' ? 224 : Number(values.size ?? (values.quick ? 64 : 224)),
      images:
        name === 'trained'
          ? pictures(values)
          : Number(values.images ?? (values.quick ? (compiledWhenQuick.includes(name) ? 2 : 1) : 4)),
      model: name === 'trained' ? trained : undefined,
      cells: all
        .filter((row) => wanted(row, name))
        .map(({ method, options, limit }) => ({
          method,
          options: fullOcclusion(method, name) ?? options,
          limit,
        })),
    }))
    .filter(({ cells }) => cells.length > 0);
  if (asked.length === 0) {
    console.log('no method and network is called so; --help lists them');
    return 2;
  }
  mkdirSync(cache, { recursive: true });
  mkdirSync(out, { recursive: true });
  const request = `${cache}request-${process.pid}.json`;
  writeFileSync(request, JSON.stringify({ cache, networks: asked }));

  const runner = pythonRunner(`${cache}compiled-${process.pid}/`);
  const exact = exactBackend(`${cache}exact-${process.pid}/`);
  const results: Result[] = [];
  try {
    for await (const network of askPeers(request, cache)) {
      const { shape, targets } = network;
      const images = { tensor: tensor(floats(network.pixels), shape), targets };
      const compiled = values.compiled ?? (!values.quick || compiledWhenQuick.includes(network.network));
      const model = readOnnx(readFileSync(network.model));
      const own = asked.find(({ name }) => name === network.network)!;
      const why: Explaining = async (result, cell) => {
        try {
          return await explained(result, cell, model, images, own, exact);
        } catch (error) {
          return { ...result, why: `its cause could not be looked for: ${sentence(error)}` };
        }
      };
      results.push(...(await resultsOf(model, network, images, all, compiled ? runner : undefined, why)));
      writeFileSync(`${out}parity.json`, `${JSON.stringify(results, null, 1)}\n`);
    }
  } finally {
    runner.close();
    exact.close();
    rmSync(request);
  }
  const shown = all.filter(({ method }) => results.some((result) => result.method === method));
  printTable(
    results,
    shown,
    asked.map(({ name }) => name),
  );
  printLong(results);
  printCompiled(results);
  printFootnotes(results, missing());
  const isWhole = values.only.includes('*/*');
  if (isWhole) console.log();
  if (isWhole && !(await printDraws(`${out}parity/draws/`, backend))) return 1;
  return results.some(({ verdict }) => verdict === 'too far' || verdict === 'error') ? 1 : 0;
}

/** Whether `--only` asks for a cell; --quick leaves some out that are not named. */
function selection(only: readonly string[], quick: boolean) {
  const parts = only.map((each) =>
    each.split('/').map((names) => (!names || names === '*' ? undefined : names.split(','))),
  );
  return (row: Row, network: string) =>
    parts.some(
      ([methods, networks]) =>
        (networks?.includes(network) ?? true) &&
        (methods ? methods.includes(row.method) : !quick || isQuick(row, network)),
    );
}

/** The first X-rays of each group. */
function pictures({ quick, images }: { quick: boolean; images?: string | undefined }): string[] {
  const each = Math.ceil(Number(images ?? (quick ? 2 : 24)) / 2);
  return ['NORMAL', 'PNEUMONIA'].flatMap((group) =>
    readdirSync(xrays + group)
      .sort()
      .slice(0, each)
      .map((name) => `${xrays}${group}/${name}`),
  );
}

async function resultsOf(
  model: Graph,
  network: Network,
  images: Images,
  all: readonly Row[],
  runner: PythonRunner | undefined,
  why: Explaining,
): Promise<Result[]> {
  const rowOf = new Map(all.map((row) => [row.method, row]));
  const results: Result[] = [];
  const left = new Map<Row['family'], Cell[]>();
  const say = (what: string) => process.stderr.write(`  ours: ${network.network} ${what}\x1b[K\n`);
  const judge = async (cell: Cell, run: () => Promise<Tensor>) => {
    const first = await compared(cell, network, rowOf.get(cell.method)!, run);
    const result = first.verdict === 'too far' ? await why(first, cell) : first;
    results.push(runner && result.ours ? await withCompiled(result, cell, network, model, runner) : result);
  };
  for (const cell of network.cells) {
    const { family } = rowOf.get(cell.method)!;
    if (cell.error || cell.note.startsWith('-')) results.push(await without(cell, network, model, images));
    else if (family === 'drawn' || family === 'perturbation') {
      await judge(cell, () => alone(model, cell, images, backend));
    } else left.set(family, [...(left.get(family) ?? []), cell]);
  }
  for (const [family, cells] of left) {
    let maps: Tensor[] | undefined;
    try {
      maps = await together(model, cells, images, backend);
    } catch {
      // One of them can't be done here: which, shows by itself.
    }
    for (const [at, cell] of cells.entries()) {
      await judge(cell, async () => maps?.[at] ?? (await together(model, [cell], images, backend))[0]!);
    }
    say(`${family}, ${cells.length} methods`);
  }
  return results;
}

const about = ({ method, options, note = '' }: Cell, { network }: Network) => ({
  method,
  network,
  options,
  note,
});

async function compared(cell: Cell, network: Network, row: Row, run: () => Promise<Tensor>): Promise<Result> {
  try {
    const { data, shape } = await run();
    if (shape.join() !== cell.shape.join())
      throw new Error(`its map is ${shape.join('x')}, the peer's is ${cell.shape.join('x')}`);
    const truth = doubles(cell.truth);
    const count = cell.shape[0]!;
    const ours = errorsOf(data as Float32Array, truth, count);
    const peer = errorsOf(floats(cell.peer), truth, count);
    const near = isWithin(ours, peer);
    const base = { ...about(cell, network), ours, peer, live: data };
    if (!row.sums) return { ...base, verdict: near ? 'within' : 'too far' };
    const sums = sumErrorsOf(data as Float32Array, truth, count);
    const peerSums = sumErrorsOf(floats(cell.peer), truth, count);
    const agree = worst(sums) <= 1e-3;
    // Where the peer's float32 can't keep the sum either, the cell says so and is not green.
    const verdict = !near
      ? 'too far'
      : agree
        ? 'within'
        : worst(sums) <= 3 * worst(peerSums)
          ? 'sums'
          : 'too far';
    return { ...base, sums, peerSums, verdict };
  } catch (error) {
    return { ...about(cell, network), verdict: 'error', why: sentence(error) };
  }
}

/** What is said of a result that is too far. */
type Explaining = (result: Result, cell: Cell) => Promise<Result>;

/** Too far is a bug, until its cause is shown: a gate, a pool or a divisor by name, or that no float32 could do better. */
async function explained(
  result: Result,
  cell: Cell,
  model: Graph,
  images: Images,
  asked: Asked,
  exact: Backend,
): Promise<Result> {
  const { ours, peer, sums, peerSums } = result as Required<Result>;
  const bound = (image: number): Distance => ({
    map: Math.max(1e-5, 3 * peer[image]!),
    sum: sums ? Math.max(1e-3, 3 * peerSums[image]!) : Number.POSITIVE_INFINITY,
  });
  const beyond = (image: number) =>
    Math.max(ours[image]! / bound(image).map, sums ? sums[image]! / bound(image).sum : 0);
  // The worst two of those that are too far; where none is by itself, the farthest.
  const byError = [...ours.keys()].sort((a, b) => beyond(b) - beyond(a));
  const far = byError.filter((image, at) => at === 0 || (at < 2 && beyond(image) > 1));
  const shown: Pick<Result, 'verdict' | 'why'>[] = [];
  for (const image of far) {
    const causes = await causesOf(model, cell, images, image, backend, exact);
    const cause = causes && namedCause(causes, bound(image));
    if (cause) {
      shown.push(cause);
      continue;
    }
    const moved = conditioningOf(cache, asked, cell, image);
    if (ours[image]! > worst(moved.errors) || (sums && sums[image]! > worst(moved.sums))) return result;
    const number = (value: number) => value.toExponential(1);
    const why = `weights, image and layers rounded as float32 would: the exact map moves by ${number(median(moved.errors))} to ${number(worst(moved.errors))}`;
    shown.push({ verdict: 'moved', why });
  }
  const [first] = shown;
  return { ...result, verdict: first!.verdict, why: [...new Set(shown.map(({ why }) => why))].join('; ') };
}

/** What float32 reads otherwise, if that alone gives its map in float64. */
function namedCause(
  { exact, flips, behindFlips, divisor, behindDivisors }: Causes,
  bound: Distance,
): Pick<Result, 'verdict' | 'why'> | undefined {
  const isNear = ({ map, sum }: Distance) => map <= bound.map && sum <= bound.sum;
  if (!isNear(exact)) return undefined;
  const number = (value: number) => value.toExponential(2);
  const rounding = flips.every(({ here, exact, largest }) => Math.abs(here - exact) <= 1e-5 * largest);
  const [first] = flips;
  if (first && rounding && isNear(behindFlips)) {
    const { name, here, exact, largest } = first;
    const others = flips.length > 1 ? ` and ${flips.length - 1} more` : '';
    const why = `${name}: ${number(here)} here, ${number(exact)} in float64, largest ${number(largest)}${others}; with ours, float64 is ${number(behindFlips.map)} from our map`;
    return { verdict: 'gate', why };
  }
  if (!divisor || !behindDivisors || !rounding || !isNear(behindDivisors)) return undefined;
  const { name, here, exact: there, largest } = divisor;
  const why = `divisors near zero, as ${name}: ${number(here)} here, ${number(there)} in float64, largest ${number(largest)}; with ours, float64 is ${number(behindDivisors.map)} from our map`;
  return { verdict: 'divisor', why };
}

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The same method as a file, by Python's onnxruntime: how far from the live map; it is to be that map, or within its bound. */
async function withCompiled(
  { live, ...result }: Result,
  cell: Cell,
  network: Network,
  model: Graph,
  runner: PythonRunner,
): Promise<Result> {
  try {
    const maps = await runner.run(model, cell, network);
    if (!maps) return result;
    const count = cell.shape[0]!;
    const [truth, peer] = [doubles(cell.truth), floats(cell.peer)];
    const batches = [maps.batch1, maps.batch5];
    const fromLive = batches.map((found) =>
      worst(errorsOf(found, Float64Array.from(live as Float32Array), count)),
    );
    const within = (found: Float32Array) =>
      isWithin(errorsOf(found, truth, count), errorsOf(peer, truth, count));
    const good = batches.every((found, at) => fromLive[at]! <= 1e-5 || within(found));
    return { ...result, compiled: { fromLive, good } };
  } catch (error) {
    return { ...result, compiled: { fromLive: [], good: false, why: sentence(error) } };
  }
}

/** Where the peers have no truth, because the method does not apply, ours must refuse too. */
async function without(cell: Cell, network: Network, model: Graph, images: Images): Promise<Result> {
  if (cell.error) return { ...about(cell, network), verdict: 'error', why: `the peer: ${cell.error}` };
  const why = cell.note.slice(1);
  if (!why.endsWith('refused')) return { ...about(cell, network), verdict: 'none', why };
  try {
    await together(model, [cell], images, backend);
    return { ...about(cell, network), verdict: 'error', why: 'it should be refused and is not' };
  } catch (error) {
    return { ...about(cell, network), verdict: 'none', why: sentence(error) };
  }
}

process.exitCode = await main();
