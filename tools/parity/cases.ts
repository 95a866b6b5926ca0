/** `pnpm parity --cases`: Zennit's known cases by minimal examples, in both of its releases, beside the definition and ours. */
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Backend, createExplainer, tensor } from '@regional-saliency/core';
import { type MethodOptions, method } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { runPeers, withOlderZennit } from '../reference/python';

const script = fileURLToPath(new URL('./truths/zennit_cases.py', import.meta.url));

interface Case {
  readonly name: string;
  readonly method: string;
  readonly options: MethodOptions;
  readonly file: string;
  readonly input: readonly number[];
  readonly shape: readonly number[];
  readonly target: number;
  /** What is compared: the sum of relevance, or how far the map is from the definition's. */
  readonly figure: 'sum' | 'difference';
  readonly definition: number | readonly number[];
  readonly zennit: number | null;
  readonly error: string | null;
}

/** What one release makes of the cases. */
interface Release {
  readonly zennit: string;
  readonly cases: readonly Case[];
  /** Why its canonizer can't merge DenseNet's norms. */
  readonly densenet: string | null;
  /** How far off a network is whose weights were saved after it was explained with merged norms, over its largest output. */
  readonly saved: number;
}

function casesOf(folder: string, environment: Record<string, string>): Release | undefined {
  mkdirSync(folder, { recursive: true });
  if (!runPeers(script, [folder], environment)) return undefined;
  return JSON.parse(readFileSync(`${folder}cases.json`, 'utf8'));
}

/** @returns whether ours is what the definition says in every case */
export async function printCases(folder: string, backend: Backend): Promise<boolean> {
  const newer = casesOf(folder, {});
  const older = casesOf(`${folder}older/`, withOlderZennit());
  if (!newer || !older) return false;
  const releases = [older, newer];
  const heads = ['definition', ...releases.map(({ zennit }) => zennit), 'ours'];
  console.log(
    `relevance that arrives, of 1, by Zennit's releases and ours\n${''.padEnd(72)}${columns(heads)}`,
  );
  let good = true;
  for (const [at, each] of newer.cases.entries()) {
    const map = await ourMap(folder, each, backend);
    const isSum = each.figure === 'sum';
    const wanted = isSum ? (each.definition as number) : 0;
    const ours = isSum ? map.reduce((a, b) => a + b) : farFrom(each.definition as number[], map);
    good &&= Math.abs(ours - wanted) <= 1e-4;
    const show = (value: number | null) =>
      value === null ? 'error' : isSum ? value.toFixed(4) : value.toExponential(0);
    const theirs = releases.map(({ cases }) => show(cases[at]!.zennit));
    const name = isSum ? each.name : `${each.name}: difference`;
    console.log(`${name.padEnd(72)}${columns([show(wanted), ...theirs, show(ours)])}`);
    for (const { zennit, cases } of releases)
      if (cases[at]!.error) console.log(`  ${zennit}: ${cases[at]!.error}`);
  }
  for (const { zennit, densenet, saved } of releases) {
    console.log(`\nZennit ${zennit}`);
    console.log(
      `  SequentialMergeBatchNorm on DenseNet-121, which goes by the order of modules: ${densenet ?? 'merges'}`,
    );
    console.log(
      `  A network saved after it was explained with merged norms and read again is off by ${saved.toPrecision(2)} times its largest output`,
    );
  }
  return good;
}

const columns = (texts: readonly string[]) => texts.map((text) => text.padStart(11)).join('');

async function ourMap(folder: string, each: Case, backend: Backend): Promise<number[]> {
  const explainer = await createExplainer(readOnnx(readFileSync(folder + each.file)), {
    backend,
    method: method(each.method, each.options),
    target: each.target,
  });
  try {
    const { relevance } = await explainer.explain(tensor(Float32Array.from(each.input), each.shape));
    return Array.from(relevance.data as Float32Array);
  } finally {
    await explainer.dispose();
  }
}

/** The largest difference over the largest value. */
function farFrom(truth: readonly number[], map: readonly number[]): number {
  const largest = Math.max(...truth.map(Math.abs));
  return Math.max(...map.map((value, at) => Math.abs(value - truth[at]!))) / largest;
}
