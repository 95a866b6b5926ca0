// An ESM project: one image explained on onnxruntime-node and on TensorFlow.js wasm, which must agree.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createExplainer, tensor } from '@regional-saliency/core';
import { gradCam, gradient } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { grid, reduceChannels, scoreRegions } from '@regional-saliency/regions';
import { tests } from '@regional-saliency/stats';
import { tfjsBackend } from '@regional-saliency/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as ort from 'onnxruntime-node';

const model = readOnnx(readFileSync('fair.onnx'));
const image = tensor(
  Float32Array.from({ length: 128 * 128 }, (_, at) => Math.sin(at / 99)),
  [1, 1, 128, 128],
);
const maps = [];
for (const backend of [onnxruntimeBackend(ort), tfjsBackend({ name: 'wasm' })]) {
  const explainer = await createExplainer(model, {
    backend,
    method: [gradient(), gradCam({ layer: 'layer3' })],
  });
  const { relevances } = await explainer.explain(image);
  maps.push(relevances);
  await explainer.dispose();
}
for (const id of ['gradient', 'grad-cam']) {
  const [one, other] = maps.map((relevances) => Array.from(relevances[id].data, Number));
  const largest = Math.max(...one.map(Math.abs));
  const apart = Math.max(...one.map((value, at) => Math.abs(value - other[at])));
  assert(largest > 0 && apart < 1e-4 * largest, `${id}: ${apart} apart of ${largest}`);
}
const scores = scoreRegions(reduceChannels(maps[0].gradient, 'sum-abs'), grid({ rows: 1, columns: 3 }), {
  aggregate: 'share',
});
assert.equal(scores.length, 3);
assert(Object.keys(tests).length > 0);
