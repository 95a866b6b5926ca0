/**
 * `pnpm parity --draws`: methods that draw, with our own generator, beside the peers with theirs.
 *
 * Each is run with many seeds on a small network. The mean of a place over our runs and over the peer's float64 ones must be
 * within 4 standard errors of each other (Welch's t), and so must how far runs are from their mean: draws that repeat
 * themselves, or are too narrow, keep the mean and change that. Where a method reports a standard error, its square is on average
 * the variance between runs.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Backend,
  createExplainer,
  type Graph,
  type Method,
  type Procedure,
  type Tensor,
  tensor,
} from '@regional-saliency/core';
import { gradientShap, type MethodOptions, method } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { runPeers } from '../reference/python';

const script = fileURLToPath(new URL('./truths/draws.py', import.meta.url));
const runs = 300;
const farthest = 4;

/** What the peer found; without errors it is exact. */
interface Case {
  readonly name: string;
  readonly method: string;
  readonly options: MethodOptions;
  readonly peer: string;
  /** Of each place. */
  readonly mean: readonly number[];
  readonly error?: readonly number[];
  /** The squared distance of a run from the mean, on average over runs, and its standard error. */
  readonly spread?: number;
  readonly spreadError?: number;
}

interface Found {
  readonly input: readonly number[];
  readonly shape: readonly number[];
  readonly target: number;
  readonly baselines: { readonly data: readonly number[]; readonly shape: readonly number[] };
  readonly cases: readonly Case[];
}

/** @returns whether all is within 4 standard errors */
export async function printDraws(folder: string, backend: Backend): Promise<boolean> {
  mkdirSync(folder, { recursive: true });
  if (!runPeers(script, [folder])) return false;
  const found = JSON.parse(readFileSync(`${folder}draws.json`, 'utf8')) as Found;
  const model = readOnnx(readFileSync(`${folder}model.onnx`));
  console.log(
    `Methods that draw, ${runs} runs of ours and of the peer, all in standard errors: the farthest place's mean, the spread of
the runs, and the standard error that the method reports. In front, the standard error over the map's largest value.\n`,
  );
  console.log(`${''.padEnd(42)}${'peer'.padEnd(18)}  error    mean  spread  reported`);
  let good = true;
  for (const each of found.cases) {
    const { maps, reported } = await runsOf(each, found, model, backend);
    const ours = summed(maps);
    const far = Math.max(
      ...ours.mean.map((mean, at) => apart(mean, ours.error[at]!, each.mean[at]!, each.error?.[at])),
    );
    const spread =
      each.spread === undefined
        ? undefined
        : apart(ours.spread, ours.spreadError, each.spread, each.spreadError);
    const own =
      reported.length === 0
        ? undefined
        : apart(ours.spread, ours.spreadError, meanOf(reported), errorOf(reported));
    const figures = [far, spread, own];
    // Not "some are above": a NaN is a failure too.
    const within = figures.every((figure) => figure === undefined || figure <= farthest);
    good &&= within;
    const size = Math.max(...ours.error) / Math.max(...each.mean.map(Math.abs));
    const shown = figures
      .map((figure) => (figure === undefined ? '' : figure.toFixed(1)).padStart(8))
      .join('');
    console.log(
      `${each.name.padEnd(42)}${each.peer.padEnd(18)}${size.toExponential(0).padStart(7)}${shown}${within ? '' : '  *'}`,
    );
  }
  console.log(
    `\ndeep-lift-shap draws nothing: it takes every baseline it is given.\n${good ? `All within ${farthest} standard errors.` : `*  farther than ${farthest} standard errors`}`,
  );
  return good;
}

/** A map of each seed, and the sums over places of the squared standard errors that come with it. */
async function runsOf(each: Case, found: Found, model: Graph, backend: Backend) {
  const image = tensor(Float32Array.from(found.input), found.shape);
  const maps: number[][] = [];
  const reported: number[] = [];
  for (let seed = 1; seed <= runs; seed++) {
    const explainer = await createExplainer(model, {
      backend,
      method: methodOf(each, found, seed),
      target: found.target,
    });
    try {
      const { relevance, standardErrors } = await explainer.explain(image);
      maps.push(numbers(relevance));
      const errors = standardErrors[each.method];
      if (errors) reported.push(numbers(errors).reduce((sum, error) => sum + error ** 2, 0));
    } finally {
      await explainer.dispose();
    }
  }
  return { maps, reported };
}

function methodOf({ method: id, options }: Case, { baselines }: Found, seed: number): Method | Procedure {
  if (options.baseline !== 'given') return method(id, { ...options, seed });
  const baseline = tensor(Float32Array.from(baselines.data), baselines.shape);
  return gradientShap({ n: Number(options.n), baseline, seed });
}

const numbers = ({ data }: Tensor) => Array.from(data as ArrayLike<number>);

function summed(maps: readonly (readonly number[])[]) {
  const places = maps[0]!.map((_, at) => maps.map((map) => map[at]!));
  const mean = places.map(meanOf);
  const distances = maps.map(
    (map) =>
      (map.reduce((sum, value, at) => sum + (value - mean[at]!) ** 2, 0) * maps.length) / (maps.length - 1),
  );
  return { mean, error: places.map(errorOf), spread: meanOf(distances), spreadError: errorOf(distances) };
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function errorOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

/** How far two means are from each other, in standard errors of their difference. */
const apart = (a: number, aError: number, b: number, bError = 0) =>
  a === b ? 0 : Math.abs(a - b) / Math.hypot(aError, bError);
