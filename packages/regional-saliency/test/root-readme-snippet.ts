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
  hooks: { layer2: ({ activation, relevance }) => console.log(activation.shape, relevance.shape) },
});

const images = tensor(new Float32Array(2 * 128 * 128).fill(0.5), [2, 1, 128, 128]);
const { output, target, relevance } = await explainer.explain(images);
console.log(output.shape, target, relevance.shape);
await explainer.dispose();
