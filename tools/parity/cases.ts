/** `pnpm parity --cases`: Zennit's known cases by minimal examples, beside the definition and ours. */
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Backend, createExplainer, tensor } from '@regional-saliency/core';
import { type MethodOptions, method } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { runPeers } from '../reference/python';

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

/** @returns whether ours is what the definition says in every case */
export async function printCases(folder: string, backend: Backend): Promise<boolean> {
  mkdirSync(folder, { recursive: true });
  if (!runPeers(script, [folder])) return false;
  const { cases, densenet } = JSON.parse(readFileSync(`${folder}cases.json`, 'utf8')) as {
    cases: Case[];
    densenet: string | null;
  };
  console.log(`${'relevance that arrives, of 1'.padEnd(68)}definition   Zennit     ours`);
  let good = true;
  for (const each of cases) {
    const explainer = await createExplainer(readOnnx(readFileSync(folder + each.file)), {
      backend,
      method: method(each.method, each.options),
      target: each.target,
    });
    const { relevance } = await explainer.explain(tensor(Float32Array.from(each.input), each.shape));
    await explainer.dispose();
    const map = Array.from(relevance.data as Float32Array);
    const isSum = each.figure === 'sum';
    const wanted = isSum ? (each.definition as number) : 0;
    const ours = isSum ? map.reduce((a, b) => a + b) : farFrom(each.definition as number[], map);
    good &&= Math.abs(ours - wanted) <= 1e-4;
    const show = (value: number) => (isSum ? value.toFixed(4) : value.toExponential(0)).padStart(9);
    const name = isSum ? each.name : `${each.name}: difference from the definition`;
    const theirs = each.zennit === null ? '    error' : show(each.zennit);
    console.log(`${name.padEnd(68)} ${show(wanted)}${theirs}${show(ours)}`);
    if (each.error) console.log(`  ${each.error}`);
  }
  console.log(
    densenet
      ? `SequentialMergeBatchNorm on DenseNet-121: ${densenet}. It goes by the order of modules.`
      : 'SequentialMergeBatchNorm on DenseNet-121: merges.',
  );
  return good;
}

/** The largest difference over the largest value. */
function farFrom(truth: readonly number[], map: readonly number[]): number {
  const largest = Math.max(...truth.map(Math.abs));
  return Math.max(...map.map((value, at) => Math.abs(value - truth[at]!))) / largest;
}
