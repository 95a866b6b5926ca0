// A CommonJS project on any Node: import() of ES modules.
const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const ort = require('onnxruntime-node');

(async () => {
  const { createExplainer, tensor } = await import('@regional-saliency/core');
  const { lrpEpsilonPlus } = await import('@regional-saliency/methods');
  const { readOnnx } = await import('@regional-saliency/onnx');
  const { onnxruntimeBackend } = await import('@regional-saliency/onnxruntime');
  const explainer = await createExplainer(readOnnx(readFileSync('fair.onnx')), {
    backend: onnxruntimeBackend(ort),
    method: lrpEpsilonPlus(),
  });
  const { relevance } = await explainer.explain(
    tensor(new Float32Array(128 * 128).fill(0.5), [1, 1, 128, 128]),
  );
  assert.deepEqual(relevance.shape, [1, 1, 128, 128]);
  await explainer.dispose();
})();
