/**
 * All that takes long, off the page's thread: explanations (served by @regional-saliency/worker), and beside them reading models,
 * finding lungs, the tests and the report.
 */
import { chestRegions } from '@regional-saliency/chest';
import { type Graph, SaliencyError } from '@regional-saliency/core';
import { type MethodOptions, method, methods } from '@regional-saliency/methods';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { analyse } from '@regional-saliency/study/browser';
import { tfjsBackend } from '@regional-saliency/tfjs';
import { serve } from '@regional-saliency/worker';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plainWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import ortWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
import { answer, type Calls } from './calls';
import { type ModelInfo, readModel } from './read-model';
import { writeReport } from './write-report';

// The files lie beside the page: nothing is fetched from elsewhere. More threads need a page that is isolated by its headers.
ort.env.wasm.wasmPaths = { wasm: ortWasm };
ort.env.wasm.numThreads = 1;
setWasmPaths({
  'tfjs-backend-wasm.wasm': plainWasm,
  'tfjs-backend-wasm-simd.wasm': simdWasm,
  'tfjs-backend-wasm-threaded-simd.wasm': threadedWasm,
});

const onnxruntime = onnxruntimeBackend(ort, { executionProviders: ['wasm'] });

/** The model that was read last: the page asks for it as `opened`. */
let model: Graph | undefined;

serve({
  models: {
    opened: () => {
      if (!model) throw new SaliencyError('bad-input', 'no model was read: drop one first');
      return model;
    },
  },
  backends: { onnxruntime: () => onnxruntime, tfjs: () => tfjsBackend({ name: 'wasm' }) },
  methods: Object.fromEntries(
    Object.keys(methods).map((id) => [id, (options?: MethodOptions) => method(id, options)]),
  ),
});

const calls: Calls = {
  async read(files, size): Promise<ModelInfo> {
    const { graph, info } = await readModel(files, size);
    model = graph;
    return info;
  },
  async lungs(pixels) {
    const chest = await chestRegions(pixels, { backend: onnxruntime });
    if (!chest.found) throw new SaliencyError('bad-input', `it has no lung fields: ${chest.reason}`);
    return { labels: chest.labels, confidence: chest.confidence };
  },
  compare: (scores, options) => analyse(scores, options),
  report: writeReport,
};
answer(calls);
