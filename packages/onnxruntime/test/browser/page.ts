/** The page in which the suites run on onnxruntime-web. */
import { checkAnswers, offer } from '@regional-saliency/conformance/in-page';
import * as ort from 'onnxruntime-web/webgpu';
import { onnxruntimeBackend } from '../../src/index';
import { loseGpu } from './lose-gpu';

ort.env.wasm.wasmPaths = '/ort/';
// Left to itself it takes half of the cores, and one where threads are forbidden.
if (crossOriginIsolated) ort.env.wasm.numThreads = 2;

offer({
  ...checkAnswers({
    wasm: () => onnxruntimeBackend(ort, { executionProviders: ['wasm'] }),
    webgpu: () => onnxruntimeBackend(ort, { executionProviders: ['webgpu'] }),
  }),
  loseGpu,
  threads: () => ort.env.wasm.numThreads,
});
