/** Maps of a network on every backend of a browser. */
import { offer } from '@regional-saliency/conformance/in-page';
import { type Backend, createExplainer, tensor } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as ort from 'onnxruntime-web/webgpu';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { onnxruntimeBackend } from '../../../onnxruntime/src/index';
import { tfjsBackend } from '../../../tfjs/src/index';
import { explained } from './explained';

setWasmPaths('/wasm/');
ort.env.wasm.wasmPaths = '/ort/';
ort.env.wasm.numThreads = 1;

const backends: Readonly<Record<string, () => Backend>> = {
  'tfjs wasm': () => tfjsBackend({ name: 'wasm' }),
  'tfjs webgl': () => tfjsBackend({ name: 'webgl' }),
  'tfjs webgpu': () => tfjsBackend({ name: 'webgpu' }),
  'onnxruntime-web wasm': () => onnxruntimeBackend(ort, { executionProviders: ['wasm'] }),
  'onnxruntime-web webgpu': () => onnxruntimeBackend(ort, { executionProviders: ['webgpu'] }),
};

offer({
  async maps(backend: string, file: string, pixels: readonly number[], shape: readonly number[]) {
    const model = readOnnx(new Uint8Array(await (await fetch(file)).arrayBuffer()));
    const explainer = await createExplainer(model, { backend: backends[backend]!(), method: explained() });
    const { relevances, output } = await explainer.explain(tensor(pixels, shape));
    await explainer.dispose();
    const numbers = Object.entries({ ...relevances, output }).map(([id, { data }]) => [
      id,
      [...data].map(Number),
    ]);
    return Object.fromEntries(numbers);
  },
});
