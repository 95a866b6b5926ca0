import { readFileSync } from 'node:fs';
import { createExplainer, tensor } from '@regional-saliency/core';
import { gradCam, gradient, guidedBackprop, lrpEpsilonPlus } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';

// Four methods in one program: the network runs forward once.
const explainer = await createExplainer(readOnnx(readFileSync('examples/demo/models/fair.onnx')), {
  backend: onnxruntimeBackend(ort),
  method: [gradient(), guidedBackprop(), gradCam({ layer: 'layer3', upsample: 'bicubic' }), lrpEpsilonPlus()],
  target: 'input',
});

const image = tensor(
  Float32Array.from({ length: 128 * 128 }, (_, at) => Math.sin(at / 99)),
  [1, 1, 128, 128],
);
const { relevances } = await explainer.explain(image, { target: 1 });
for (const [method, { shape, data }] of Object.entries(relevances)) {
  const values = Array.from(data, Number);
  console.log(method, shape, 'sum', values.reduce((sum, value) => sum + value).toFixed(4));
}
await explainer.dispose();
