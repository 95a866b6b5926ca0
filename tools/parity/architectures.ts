/**
 * `tsx tools/parity/architectures.ts [NAME…] [--backend onnxruntime] [--quick]`: the gradient of ten torchvision
 * architectures, from files of both exporters, beside PyTorch's float64 autograd.
 *
 * architectures.py makes the files and truths in out/architectures, once. Errors are the largest difference of an image
 * over the largest value of its float64 truth; the median and the worst of the images, beside PyTorch's own float32.
 * A ReLU network's gradient jumps where an activation crosses zero, and one flipped gate gives about 1e-2 in a pixel or
 * two. A star marks what is further off than 1e-5 and three times PyTorch: a bug, until gates.ts shows the gate.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createExplainer, type Graph, tensor } from '@regional-saliency/core';
import { gradient } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { openBackend } from '@regional-saliency/study';
import { runPeers } from '../reference/python';
import { architectures } from './cells';
import { errorsOf } from './compare';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const out = path('../../out/architectures/');

/** What architectures.py says of an architecture. */
interface Truth {
  readonly size: number;
  readonly images: number;
  readonly classes: number;
  readonly targets: readonly number[];
  readonly files: readonly { exporter: string; form: string; file: string; refused?: string }[];
  readonly float32: { readonly logits: number[]; readonly gradient: number[] };
}

interface Row {
  readonly name: string;
  readonly exporter: string;
  readonly form: string;
  readonly logits: number[];
  readonly gradient: number[];
}

function doubles(file: string): Float64Array {
  return new Float64Array(new Uint8Array(readFileSync(out + file)).buffer);
}

async function errorsOn(backendName: string, model: Graph, name: string, truth: Truth) {
  const { backend } = await openBackend(backendName);
  const pixels = new Float32Array(new Uint8Array(readFileSync(`${out}${name}.x.f32`)).buffer);
  const images = tensor(pixels, [truth.images, 3, truth.size, truth.size]);
  const explainer = await createExplainer(model, { backend, method: gradient(), target: 'input' });
  try {
    const { output, relevance } = await explainer.explain(images, { target: [...truth.targets] });
    return {
      logits: errorsOf(output.data as Float32Array, doubles(`${name}.logits.f64`), truth.images),
      gradient: errorsOf(relevance.data as Float32Array, doubles(`${name}.gradient.f64`), truth.images),
    };
  } finally {
    await explainer.dispose();
  }
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const median = (values: readonly number[]) => sorted(values)[Math.floor(values.length / 2)]!;
const show = (values: readonly number[]) =>
  `${median(values).toExponential(1)} ${Math.max(...values).toExponential(1)}`;

function printRow(name: string, exporter: string, form: string, logits: string, gradients: string): void {
  console.log([name.padEnd(19), exporter.padEnd(9), form.padEnd(9), logits.padEnd(16), gradients].join(' '));
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      backend: { type: 'string', default: 'onnxruntime' },
      quick: { type: 'boolean', default: false },
    },
  });
  const names = positionals.length > 0 ? positionals : architectures;
  const unknown = names.filter((name) => !architectures.includes(name));
  if (unknown.length > 0) {
    console.log(`unknown: ${unknown.join(', ')}; there are ${architectures.join(', ')}`);
    return 2;
  }
  const missing = names.filter((name) => !existsSync(`${out}${name}.json`));
  if (missing.length > 0 && !runPeers(path('./architectures.py'), [...missing, '--out', out])) return 1;

  console.log(`${values.backend}: error against float64 PyTorch, median and worst of the images\n`);
  printRow('architecture', 'exporter', 'form', 'logits', 'gradient');
  let bad = 0;
  for (const name of names) {
    const truth = JSON.parse(readFileSync(`${out}${name}.json`, 'utf8')) as Truth;
    printRow(name, 'PyTorch', 'float32', show(truth.float32.logits), show(truth.float32.gradient));
    for (const { exporter, form, file, refused } of truth.files) {
      if (values.quick && form === 'unfolded') continue;
      if (refused) {
        printRow(name, exporter, form, `the exporter refuses: ${refused}`, '');
        continue;
      }
      try {
        const errors = await errorsOn(values.backend, readOnnx(readFileSync(out + file)), name, truth);
        const row: Row = { name, exporter, form, ...errors };
        const tooFar = Math.max(...row.gradient) > Math.max(1e-5, 3 * Math.max(...truth.float32.gradient));
        if (tooFar) bad++;
        printRow(name, exporter, form, show(row.logits), show(row.gradient) + (tooFar ? '  *' : ''));
      } catch (error) {
        bad++;
        printRow(name, exporter, form, `error: ${error instanceof Error ? error.message : error}`, '');
      }
    }
  }
  console.log(
    bad === 0
      ? "\nAll within 1e-5, or three times PyTorch's own float32 error."
      : '\n* further off than 1e-5 and three times PyTorch: show the flipped gate, or it is a bug',
  );
  return bad === 0 ? 0 : 1;
}

process.exitCode = await main();
