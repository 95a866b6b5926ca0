/**
 * `pnpm bench --memory`: many explanations in one process a backend and method. The resident size after the last must be
 * within 5 % of that after the 50th, and no tfjs tensor may be left.
 *
 * Each backend runs in a child process of its own whose garbage collector can be called (`node --expose-gc`), so that
 * what is measured is what is held and not what has yet to be collected.
 */
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Backend, Builder, createExplainer, type Graph, N, tensor } from '@regional-saliency/core';
import { method } from '@regional-saliency/methods';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { tfjsBackend } from '@regional-saliency/tfjs';
import { normals, resnet18 } from './resnet18';

const help = `pnpm bench --memory [options]

  --backend NAME  only this backend: onnxruntime, wasm, tfjs-node, cpu
  --count N       explanations in one process and method (default 500)
  --help          this text

Fails where the resident size grows by more than 5 % from the 50th explanation to the last, or a tfjs tensor is left.`;

const EARLY = 50;
const MOST_GROWTH = 0.05;
const methodIds = ['gradient', 'lrp-epsilon-plus'];

/** tfjs's plain JavaScript backend gets a small network: it would need hours for a ResNet. */
const backends: Readonly<Record<string, { model: string; load: () => Promise<Backend> }>> = {
  onnxruntime: {
    model: 'ResNet-18',
    load: async () =>
      onnxruntimeBackend(await import('onnxruntime-node'), { executionProviders: ['cpu'], threads: 2 }),
  },
  wasm: {
    model: 'ResNet-18',
    load: async () => {
      await import('@tensorflow/tfjs-backend-wasm');
      return tfjsBackend({ name: 'wasm' });
    },
  },
  'tfjs-node': {
    model: 'ResNet-18',
    load: async () => {
      await import('@tensorflow/tfjs-node');
      return tfjsBackend({ name: 'tensorflow' });
    },
  },
  cpu: {
    model: 'small',
    load: async () => {
      await import('@tensorflow/tfjs-backend-cpu');
      return tfjsBackend({ name: 'cpu' });
    },
  },
};

interface Measured {
  readonly early: number;
  readonly last: number;
  /** tfjs tensors after the last explanation more than after the 50th, and after disposal more than before loading. */
  readonly grown: number;
  readonly left: number;
}

/** @param args what follows `--memory` */
export async function memory(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      backend: { type: 'string' },
      count: { type: 'string', default: '500' },
      child: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const count = Number(values.count);
  if (values.help || !(count > EARLY) || (values.backend && !backends[values.backend])) {
    (values.help ? console.log : console.error)(help);
    return values.help ? 0 : 2;
  }
  if (values.child) {
    const measured = await measure(values.backend!, values.child, count);
    process.send!(measured);
    return 0;
  }
  const widths = [13, 19, 12, 11, 11, 9, 14];
  const line = (cells: readonly string[]) =>
    console.log(
      cells
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join('')
        .trimEnd(),
    );
  console.log(`Resident size after the ${EARLY}th and the ${count}th explanation, one process a row\n`);
  line(['backend', 'method', 'model', `${EARLY}th, MB`, 'last, MB', 'growth', 'tensors left']);
  let good = true;
  for (const name of values.backend ? [values.backend] : Object.keys(backends)) {
    for (const id of methodIds) {
      console.error(`  ${name}, ${id}`);
      const measured = await inChild(name, id, count);
      if (!measured) {
        line([name, id, backends[name]!.model, 'did not run; what it said is above']);
        good &&= name === 'tfjs-node';
        continue;
      }
      const { early, last, grown, left } = measured;
      const growth = last / early - 1;
      const fits = growth <= MOST_GROWTH && grown === 0 && left === 0;
      good &&= fits;
      line([
        name,
        id,
        backends[name]!.model,
        (early / 2 ** 20).toFixed(1),
        (last / 2 ** 20).toFixed(1),
        `${(100 * growth).toFixed(1)} %`,
        `${left}${grown === 0 ? '' : ` (${grown} by run)`}`,
        ...(fits ? [] : ['TOO MUCH']),
      ]);
    }
  }
  return good ? 0 : 1;
}

/** Undefined where the child fails (tfjs-node without its addon, say). */
function inChild(backend: string, id: string, count: number): Promise<Measured | undefined> {
  const script = fileURLToPath(new URL('./run.ts', import.meta.url));
  const args = ['--expose-gc', '--import', 'tsx', script, '--memory'];
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [...args, '--child', id, '--backend', backend, '--count', String(count)],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    );
    let measured: Measured | undefined;
    child.on('message', (message) => {
      measured = message as Measured;
    });
    child.on('error', reject);
    child.on('close', () => resolve(measured));
  });
}

async function measure(name: string, id: string, count: number): Promise<Measured> {
  const { model: kind, load } = backends[name]!;
  const model = kind === 'small' ? small() : resnet18().graph;
  const backend = await load();
  const tensors = await tensorCounter(name);
  const before = tensors();
  const [, channels, height, width] = model.inputs[0]!.shape as number[];
  const shape = [1, channels!, height!, width!];
  const explainer = await createExplainer(model, { backend, method: method(id) });
  let early = { size: 0, tensors: 0 };
  for (let at = 1; at <= count; at++) {
    // New memory for each image, as real images have.
    await explainer.explain(tensor(normals(at, channels! * height! * width!), shape));
    if (at === EARLY) early = { size: await residentSize(), tensors: tensors() };
    if (at % 100 === 0) console.error(`    ${at} of ${count}`);
  }
  const last = { size: await residentSize(), tensors: tensors() };
  await explainer.dispose();
  return {
    early: early.size,
    last: last.size,
    grown: last.tensors - early.tensors,
    left: tensors() - before,
  };
}

async function tensorCounter(name: string): Promise<() => number> {
  if (name === 'onnxruntime') return () => 0;
  const tf = await import('@tensorflow/tfjs-core');
  await tf.setBackend(name === 'tfjs-node' ? 'tensorflow' : name);
  return () => tf.memory().numTensors;
}

/** After the collector has run, twice: finalizers of the first pass free memory outside of its heap. */
async function residentSize(): Promise<number> {
  for (let pass = 0; pass < 2; pass++) {
    globalThis.gc!();
    await pause(50);
  }
  return process.memoryUsage.rss();
}

/** Two convolutions with a pool between, 32². */
function small(): Graph {
  const g = new Builder();
  const input = g.input('input', [N, 3, 32, 32]);
  const conv = (x: ReturnType<Builder['op']>, seed: number, inner: number, outer: number) =>
    g.op('Relu', [
      g.op('Conv', [x, g.constant(normals(seed, outer * inner * 9), [outer, inner, 3, 3])], {
        pads: [1, 1, 1, 1],
      }),
    ]);
  const pooled = g.op('MaxPool', [conv(input, 1, 3, 8)], { kernel_shape: [2, 2], strides: [2, 2] });
  const features = g.op('Flatten', [g.op('GlobalAveragePool', [conv(pooled, 2, 8, 16)])], { axis: 1 });
  const logits = g.op('Gemm', [features, g.constant(normals(3, 32), [2, 16])], { transB: 1 });
  return g.finish({ inputs: [input], outputs: { logits } });
}
