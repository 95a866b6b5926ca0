import { readFileSync } from 'node:fs';
import { createExplainer, tensor } from '@regional-saliency/core';
import { gradCam } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';

const model = readOnnx(readFileSync('examples/demo/models/fair.onnx'));
const explainer = await createExplainer(model, {
  backend: onnxruntimeBackend(ort),
  method: gradCam({ layer: 'layer3' }),
  hooks: { 'layer*': ({ activation }, name) => console.log(name, activation.shape) },
});

// Two images of [N, 1, 128, 128], normalised as the model expects; any pattern will do here.
const images = tensor(
  Float32Array.from({ length: 2 * 128 * 128 }, (_, at) => Math.sin(at / 99)),
  [2, 1, 128, 128],
);
const { output, target, relevance } = await explainer.explain(images);
console.log(output.data, target, relevance.shape);
await explainer.dispose();
