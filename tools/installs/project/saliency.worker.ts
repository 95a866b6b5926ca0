/** The worker of the page that Vite builds. */
import { gradient } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { serve } from '@regional-saliency/worker';
import * as ort from 'onnxruntime-web/wasm';

serve({
  models: { onnx: (bytes: Uint8Array) => readOnnx(bytes) },
  backends: { wasm: () => onnxruntimeBackend(ort, { executionProviders: ['wasm'] }) },
  methods: { gradient },
});
