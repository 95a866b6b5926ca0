/** The worker of the tests: what it imports is all that is shipped. */
import { gradCam, gradient, occlusion } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-web/wasm';
import { serve } from '../../src/index';

ort.env.wasm.wasmPaths = '/ort/';
ort.env.wasm.numThreads = 1;

/** A message of the worker's own at each run: it must not disturb, and tells the tests when the worker computes. */
const told: typeof onnxruntimeBackend = (runtime, options) => {
  const backend = onnxruntimeBackend(runtime, options);
  return {
    name: backend.name,
    async load(program) {
      const session = await backend.load(program);
      return {
        run(feeds) {
          postMessage('run');
          return session.run(feeds);
        },
        dispose: () => session.dispose(),
      };
    },
  };
};

serve({
  models: {
    onnx: (bytes: Uint8Array) => readOnnx(bytes),
    url: async (address: string) => readOnnx(new Uint8Array(await (await fetch(address)).arrayBuffer())),
  },
  backends: { wasm: () => told(ort, { executionProviders: ['wasm'] }) },
  methods: { gradient, occlusion, 'grad-cam': gradCam },
});
