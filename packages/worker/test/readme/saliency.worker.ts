import { gradCam, gradient } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { serve } from '@regional-saliency/worker';
import * as ort from 'onnxruntime-web/wasm';

ort.env.wasm.wasmPaths = '/ort/'; // where your site has the files of onnxruntime-web/dist

serve({
  models: { onnx: (bytes: Uint8Array) => readOnnx(bytes) },
  backends: { wasm: () => onnxruntimeBackend(ort, { executionProviders: ['wasm'] }) },
  methods: { gradient, 'grad-cam': gradCam },
});
