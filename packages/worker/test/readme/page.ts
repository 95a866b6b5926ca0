import { tensor } from '@regional-saliency/core';
import { createWorkerExplainer } from '@regional-saliency/worker';

const worker = new Worker(new URL('./saliency.worker.ts', import.meta.url), { type: 'module' });
const model = new Uint8Array(await (await fetch('/fair.onnx')).arrayBuffer());

const explainer = await createWorkerExplainer(worker, {
  model: { onnx: model },
  backend: 'wasm',
  method: ['gradient', { 'grad-cam': { layer: 'layer3' } }],
  transfer: true,
});

const stop = new AbortController(); // stop.abort() ends it
const images = tensor(new Float32Array(128 * 128).fill(0.5), [1, 1, 128, 128]);
const { output, relevances } = await explainer.explain(images, { signal: stop.signal, transfer: true });
console.log(output.shape.join(), relevances['grad-cam']?.shape.join()); // 1,2 1,1,128,128
await explainer.dispose();
