import { Builder, createExplainer, N, tensor } from '@regional-saliency/core';
import { integratedGradients } from '@regional-saliency/methods';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';

// A model of two images and a number; any that was read from a file will do.
const g = new Builder();
const [left, right] = ['left', 'right'].map((name) => g.input(name, [N, 1, 8, 8]));
const age = g.input('age', [N, 1]);
const apart = g.reduceSum(g.mul(g.sub(left!, right!), left!), [1, 2, 3], false);
const score = g.add(g.reshape(apart, [N, 1]), age);
const pair = g.finish({ inputs: [left!, right!, age], outputs: { score } });

const explainer = await createExplainer(pair, {
  backend: onnxruntimeBackend(ort),
  method: integratedGradients(),
  inputs: ['left', 'right'],
});
const image = (value: number) => tensor(new Float32Array(64).fill(value), [1, 1, 8, 8]);
const { inputs } = await explainer.explain({ left: image(1), right: image(0.5), age: tensor([30], [1, 1]) });
console.log(inputs.left!.relevance.shape, inputs.right!.relevance.shape);
await explainer.dispose();
