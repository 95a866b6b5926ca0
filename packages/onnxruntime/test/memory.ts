/**
 * Measures the memory of many runs on one session, and of many sessions. Not a test: figures, for a person.
 *
 * Run from the repository root: npx tsx --expose-gc packages/onnxruntime/test/memory.ts [model.onnx]
 */
import { readFileSync } from 'node:fs';
import { compile, sizeOf, tensor } from '@regional-saliency/core';
import { method } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import * as ort from 'onnxruntime-node';
import { onnxruntimeBackend } from '../src/index';

const path = process.argv[2] ?? 'examples/demo/models/fair.onnx';
const model = readOnnx(readFileSync(path));
const { graph } = compile(model, { method: method('lrp-epsilon-plus') });
const [input] = graph.inputs;
const shape = input!.shape.map((dim) => (typeof dim === 'number' ? dim : 1));
const image = tensor(
  Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
  shape,
);
const backend = onnxruntimeBackend(ort, { executionProviders: ['cpu'], threads: 2 });
const resident = () => {
  globalThis.gc?.();
  return process.memoryUsage().rss / 2 ** 20;
};

async function measure(what: string, count: number, once: () => Promise<unknown>): Promise<void> {
  const at: number[] = [];
  for (let i = 1; i <= count; i++) {
    await once();
    if (i === count / 10 || i === count) at.push(resident());
  }
  const [early, late] = at as [number, number];
  const growth = (100 * (late - early)) / early;
  console.log(
    `${what}: ${early.toFixed(1)} MiB after ${count / 10}, ${late.toFixed(1)} MiB after ${count} (${growth.toFixed(1)} %)`,
  );
}

const session = await backend.load(graph);
await measure('runs', 500, () => session.run({ [input!.name!]: image }));
await session.dispose();
await measure('sessions', 100, async () => {
  const short = await backend.load(graph);
  await short.run({ [input!.name!]: image });
  await short.dispose();
});
