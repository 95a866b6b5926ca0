/** A page built by Vite: every package that runs in browsers. */
import { chestRegions } from '@regional-saliency/chest';
import { createExplainer, tensor } from '@regional-saliency/core';
import { gradCam, gradient } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { grid, reduceChannels, scoreRegions } from '@regional-saliency/regions';
import { bootstrap } from '@regional-saliency/stats';
import { tfjsBackend } from '@regional-saliency/tfjs';
import { defineSaliencyViewer } from '@regional-saliency/viewer';
import { createWorkerExplainer } from '@regional-saliency/worker';
import '@tensorflow/tfjs-backend-wasm';
import * as ort from 'onnxruntime-web/wasm';

const bytes = new Uint8Array(await (await fetch('fair.onnx')).arrayBuffer());
const image = tensor(new Float32Array(128 * 128).fill(0.5), [1, 1, 128, 128]);
for (const backend of [onnxruntimeBackend(ort), tfjsBackend({ name: 'wasm' })]) {
  const explainer = await createExplainer(readOnnx(bytes), { backend, method: [gradient(), gradCam()] });
  const { relevance } = await explainer.explain(image);
  const scores = scoreRegions(reduceChannels(relevance, 'sum-abs'), grid({ rows: 2, columns: 2 }), {
    aggregate: 'share',
  });
  console.log(
    bootstrap(
      scores.map(({ score }) => score),
      (values) => Math.max(...values),
    ).interval,
  );
}
console.log(await chestRegions(image, { backend: onnxruntimeBackend(ort) }));

defineSaliencyViewer();
document.querySelector('saliency-viewer')?.setAttribute('theme', 'dark');
const worker = new Worker(new URL('./saliency.worker.ts', import.meta.url), { type: 'module' });
const elsewhere = await createWorkerExplainer(worker, {
  model: { onnx: bytes },
  backend: 'wasm',
  method: { gradient: {} },
});
console.log((await elsewhere.explain(image)).target);
