/**
 * `pnpm parity`: our maps against Captum's and Zennit's in float64, on the trained ResNet-18 and real X-rays.
 *
 * Ours come two ways: through the Explainer on onnxruntime, and as compiled `.onnx` files that Python's onnxruntime
 * runs with batches of 1 and 7. What is compared, and how far it may differ, is in the table's head and in peers.py.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile, createExplainer, tensor } from '@regional-saliency/core';
import { method } from '@regional-saliency/methods';
import { readOnnx, writeOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';
import { runPeers } from '../reference/python';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const shared = path('../../../shared/');
const modelFile = `${shared}models/chest-xray/resnet18.onnx`;
const imageFolder = `${shared}data/chest-xray/seed-40/`;
const out = path('../../out/parity/');
const peers = path('./peers.py');
const residual = path('./residual.py');

/** Ids and options; grad-cam at the last block, as in the studies. */
const methods = [
  method('gradient'),
  method('guided-backprop'),
  method('grad-cam', { layer: 'layer4' }),
  method('lrp-epsilon-plus'),
];

async function main(): Promise<number> {
  if (!existsSync(modelFile) || !existsSync(imageFolder)) {
    console.log(
      'pnpm parity needs ../shared/models/chest-xray/resnet18.onnx and ../shared/data/chest-xray/seed-40, which are not there.',
    );
    return 1;
  }
  mkdirSync(out, { recursive: true });
  const images = ['NORMAL', 'PNEUMONIA'].flatMap((group) =>
    readdirSync(imageFolder + group)
      .sort()
      .slice(0, 12)
      .map((name) => `${imageFolder}${group}/${name}`),
  );
  console.log(`1/3 Captum and Zennit, float64 and float32, ${images.length} X-rays (a minute or two)`);
  if (!runPeers(peers, ['maps', modelFile, ...images, '--out', out])) return 1;
  if (!runPeers(residual, ['make', out])) return 1;

  console.log('2/3 our maps and compiled programs');
  const { targets } = JSON.parse(readFileSync(`${out}peers.json`, 'utf8')) as { targets: number[] };
  const data = new Float32Array(new Uint8Array(readFileSync(`${out}inputs.f32`)).buffer);
  const inputs = tensor(data, [images.length, 3, 224, 224]);
  const model = readOnnx(readFileSync(modelFile));
  for (const each of methods) {
    const explainer = await createExplainer(model, {
      method: each,
      target: 'input',
      batch: 4,
      backend: onnxruntimeBackend(ort),
    });
    const { relevance } = await explainer.explain(inputs, { target: targets });
    await explainer.dispose();
    writeFileSync(`${out}${each.id}.ours.f32`, new Uint8Array((relevance.data as Float32Array).buffer));
    writeFileSync(
      `${out}${each.id}.onnx`,
      writeOnnx(compile(model, { method: each, target: 'input' }).graph),
    );
  }

  console.log(
    '3/3 comparison: the largest difference of an image over the largest value of its float64 map;',
  );
  console.log(
    "    ours may be at most three times PyTorch's own float32 error, median and worst (design.md, 7)\n",
  );
  const good = [runPeers(peers, ['compare', out]), runPeers(residual, ['compare', out])].every(Boolean);
  console.log(`\n${good ? 'All within bounds.' : 'Some are too large.'} Figures: out/parity/parity.json`);
  return good ? 0 : 1;
}

process.exitCode = await main();
