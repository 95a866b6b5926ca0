// A CommonJS project: require() of ES modules, as Node has it from 20.19 and 22.12 on.
const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { createExplainer, SaliencyError, tensor } = require('@regional-saliency/core');
const { lrpEpsilonPlus } = require('@regional-saliency/methods');
const { readOnnx } = require('@regional-saliency/onnx');
const { onnxruntimeBackend } = require('@regional-saliency/onnxruntime');
const ort = require('onnxruntime-node');

(async () => {
  const explainer = await createExplainer(readOnnx(readFileSync('fair.onnx')), {
    backend: onnxruntimeBackend(ort),
    method: lrpEpsilonPlus(),
  });
  const { relevance } = await explainer.explain(
    tensor(new Float32Array(128 * 128).fill(0.5), [1, 1, 128, 128]),
  );
  assert.deepEqual(relevance.shape, [1, 1, 128, 128]);
  await explainer.dispose();
  // The same module, not a copy: errors of one are errors of the other.
  assert.equal((await import('@regional-saliency/core')).SaliencyError, SaliencyError);
})();
