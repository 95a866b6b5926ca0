import { readFileSync } from 'node:fs';
import { createExplainer, logitDifference, tensor } from '@regional-saliency/core';
import { gradient } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';

const explainer = await createExplainer(readOnnx(readFileSync('examples/demo/models/fair.onnx')), {
  backend: onnxruntimeBackend(ort),
  method: gradient(),
  objective: logitDifference(1, 0),
});
const { relevance } = await explainer.explain(tensor(new Float32Array(128 * 128), [1, 1, 128, 128]));
console.log(relevance.shape);
await explainer.dispose();
