/**
 * `tsx tools/models/run.ts [--only NAME]… [--list]`: real models beside their own runtimes and their frameworks' autograd.
 *
 * Models are made or fetched once, into .cache/models. The table of all that have been examined goes to out/models/table.md,
 * and to table.json. `--help` says more.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { referenceBackend } from '@regional-saliency/conformance';
import type { Graph } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { tfjsBackend } from '@regional-saliency/tfjs';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { type Case, floats } from './case';
import { examine, type Findings, oneSentence, type Reading } from './examine';
import { type Entry, entries, licenceOf } from './list';
import { cache, caseOf, gradientOfFile } from './make';
import { isGood, type Result, tableOf } from './table';
import { explainedBy, liveModel, readTfjs, wasm } from './tfjs-side';

const out = fileURLToPath(new URL('../../out/models/', import.meta.url));
const backend = onnxruntimeBackend(ort, { threads: 1 });

const help = `tsx tools/models/run.ts [--only NAME]… [--list]

Output, gradient, Grad-CAM's default layer and LRP's conservation of real models, beside their own runtimes and the autograd of
their own frameworks. The table goes to out/models/table.md and table.json; models are made or fetched once, into .cache/models.

  --only NAME   models, with commas or several times; * stands for part of a name. The table keeps what was found of others
  --list        the models, where from and under which licence
The first run makes Python environments (PyTorch, TensorFlow) in .cache; PEERS_PYTHON names a Python that has PyTorch.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: ['*'] },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const patterns = values.only.flatMap((each) => each.split(',')).map(patternOf);
  const asked = entries.filter(({ name }) => patterns.some((pattern) => pattern.test(name)));
  if (asked.length === 0) {
    console.log('no model is called so; --list lists them');
    return 2;
  }
  if (values.list) {
    for (const entry of asked)
      console.log([entry.name.padEnd(40), entry.format.padEnd(12), licenceOf(entry)].join(' '));
    return 0;
  }
  mkdirSync(out, { recursive: true });
  const found = new Map<string, Result>();
  for (const [at, entry] of asked.entries()) {
    process.stderr.write(`${at + 1}/${asked.length} ${entry.name}\n`);
    const result = await resultOf(entry);
    found.set(entry.name, result);
    process.stderr.write(
      `  ${isGood(result) ? 'right' : (Object.values(result.failures)[0] ?? 'too far')}\n`,
    );
    keep(result);
  }
  console.log(tableOf([...found.values()]));
  return 0;
}

function patternOf(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

function knownResults(): Map<string, Result> {
  const file = `${out}table.json`;
  const results = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result[]) : [];
  return new Map(results.map((result) => [result.name, result]));
}

/** Adds a row to the table on disk, which another run may be adding to as well: one at a time, and never half a file. */
function keep(result: Result): void {
  const lock = `${out}table.lock`;
  whileHolding(lock, () => {
    const rows = knownResults().set(result.name, result);
    const all = entries.flatMap(({ name }) => rows.get(name) ?? []);
    replace(`${out}table.json`, `${JSON.stringify(all, null, 1)}\n`);
    replace(`${out}table.md`, tableOf(all));
  });
}

/** A lock that is older than this was left behind: a table is written in milliseconds. */
const STALE = 10_000;

function whileHolding<T>(lock: string, work: () => T): T {
  while (!taken(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function taken(lock: string): boolean {
  try {
    writeFileSync(lock, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const held = statSync(lock, { throwIfNoEntry: false });
    if (held && Date.now() - held.mtimeMs > STALE) rmSync(lock, { force: true });
    return false;
  }
}

function replace(file: string, text: string): void {
  const whole = `${file}.${process.pid}`;
  writeFileSync(whole, text);
  renameSync(whole, file);
}

async function resultOf(entry: Entry): Promise<Result> {
  const about = { name: entry.name, licence: licenceOf(entry), format: entry.format };
  const nothing = { from: '', backend: '', framework: '', float32: { output: null, gradient: null } };
  let given: Case;
  try {
    given = await caseOf(entry);
  } catch (error) {
    return { ...nothing, ...about, failures: { read: oneSentence(error) } };
  }
  const described = {
    ...nothing,
    ...about,
    from: given.exporter ? `${given.from}, ${given.exporter}` : given.from,
    framework: given.framework,
    backend: entry.format === 'ONNX' ? 'onnxruntime' : 'tfjs wasm',
  };
  if (given.refused) return { ...described, failures: { read: given.refused } };
  return {
    ...described,
    float32: given.float32 ?? nothing.float32,
    ...(await findingsOf(entry, given)),
  };
}

async function findingsOf(entry: Entry, about: Case): Promise<Findings> {
  const folder = `${cache}${entry.name}/`;
  return entry.format === 'ONNX' ? onnxFindings(entry, folder, about) : tfjsFindings(entry, folder, about);
}

/** Whether images that the model takes channels last are channels first in the graph. */
const isTurned = ({ inputs }: Graph, { shape }: Case) =>
  shape.length === 4 && shape.slice(1).some((size, at) => size !== inputs[0]!.shape[at + 1]);

const wantedOutput = ({ source }: Entry) => (source.kind === 'package' ? source.output : undefined);

async function onnxFindings(entry: Entry, folder: string, about: Case): Promise<Findings> {
  const bytes = readFileSync(`${folder}model.onnx`);
  const output = wantedOutput(entry);
  let reading: Reading;
  try {
    const graph = readOnnx(bytes, { shapes: await openShapes(bytes, about.shape) });
    reading = { graph, output, imagesLast: isTurned(graph, about) };
  } catch (error) {
    return { failures: { read: oneSentence(error) } };
  }
  if (about.readOnly) return { failures: {} };
  const own = entry.source.kind === 'package' ? await outputOf(bytes, folder, about, output) : undefined;
  // A package's truth is the file's already.
  const ofFile = entry.source.kind === 'package' ? undefined : () => gradientOfFile(folder);
  return examine(reading, folder, about, backend, referenceBackend(), own, ofFile);
}

async function tfjsFindings(entry: Entry, folder: string, about: Case): Promise<Findings> {
  const on = await wasm();
  const output = wantedOutput(entry);
  let reading: Reading;
  try {
    const graph = readTfjs(entry.format, folder);
    reading = { graph, output, imagesLast: isTurned(graph, about), outputLast: true };
  } catch (error) {
    return { failures: { read: oneSentence(error) } };
  }
  await tf.setBackend('wasm');
  let own: number[] | undefined;
  let note: string | undefined;
  try {
    const live = await liveModel(entry.format, folder, output);
    const found = explainedBy(live, floats(`${folder}images.f32`), about.shape, {
      explained: about.objective,
    });
    own = found.output.flatMap((image) => [...image]);
    live.dispose();
  } catch (error) {
    note = `the output is beside ${about.framework}, since tfjs itself can't run it (${oneSentence(error)})`;
  }
  // The packages' models have tf.grad's truths, keras.applications TensorFlow's in float64.
  const truths = about.float32.gradient ? referenceBackend() : tfjsBackend({ name: 'cpu' });
  return { ...(await examine(reading, folder, about, on, truths, own)), note };
}

/** The shape of the one input, where the file leaves more open than the batch. */
async function openShapes(bytes: Uint8Array, [, ...image]: readonly number[]) {
  const session = await ort.InferenceSession.create(bytes);
  const [input] = session.inputMetadata;
  await session.release();
  const open = input?.isTensor && input.shape.slice(1).some((size) => typeof size !== 'number' || size < 1);
  return open ? { [input.name]: ['N' as const, ...image] } : {};
}

/** What onnxruntime gives for the file itself, one image after another, since its batch may be baked in. */
async function outputOf(bytes: Uint8Array, folder: string, { shape }: Case, wanted: string | undefined) {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const images = floats(`${folder}images.f32`);
  const size = images.length / shape[0]!;
  const found: number[] = [];
  for (let image = 0; image < shape[0]!; image++) {
    const one = images.slice(image * size, (image + 1) * size);
    const outputs = await session.run({
      [session.inputNames[0]!]: new ort.Tensor(one, [1, ...shape.slice(1)]),
    });
    for (const value of outputs[wanted ?? session.outputNames[0]!]!.data as Float32Array) found.push(value);
  }
  await session.release();
  return found;
}

process.exitCode = await main();
