import { createExplainer, tensor } from '@regional-saliency/core';
import { gradCam } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-web/webgpu';

ort.env.wasm.wasmPaths = '/ort/'; // where your site has the files of onnxruntime-web/dist

const model = readOnnx(new Uint8Array(await (await fetch('/fair.onnx')).arrayBuffer()));
const explainer = await createExplainer(model, {
  backend: onnxruntimeBackend(ort, { executionProviders: ['gpu' in navigator ? 'webgpu' : 'wasm'] }),
  method: gradCam({ layer: 'layer3' }),
});
const { relevance } = await explainer.explain(
  tensor(new Float32Array(128 * 128).fill(0.5), [1, 1, 128, 128]),
);
console.log(relevance.shape.join()); // 1,1,128,128
await explainer.dispose();
