/** A TensorFlow.js model that was just trained in memory: is it the square that it looks at? */
import { createExplainer, logitsOf, tensor } from '@regional-saliency/core';
import { gradient, hiResCam } from '@regional-saliency/methods';
import { box, difference, reduceChannels, scoreRegions } from '@regional-saliency/regions';
import { readLayersModel, tfjsBackend } from '@regional-saliency/tfjs';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

/** 16 × 16 images of noise, channels last as tfjs has them; of class 1 are those with a bright square in the upper left. */
const images = tf.tidy(() => {
  const noise = tf.randomUniform([32, 16, 16, 1], 0, 1, 'float32', 1);
  const square = tf.pad(tf.ones([16, 6, 6, 1]), [
    [0, 0],
    [2, 8],
    [2, 8],
    [0, 0],
  ]);
  return tf.add(noise, tf.concat([tf.zeros([16, 16, 16, 1]), square]));
});
const classes = tf.concat([tf.zeros([16]), tf.ones([16])]);

const initial = (seed: number) => layers.initializers.glorotUniform({ seed });
const model = layers.sequential({
  layers: [
    layers.layers.conv2d({
      name: 'conv',
      filters: 4,
      kernelSize: 3,
      strides: 2,
      activation: 'relu',
      inputShape: [16, 16, 1],
      kernelInitializer: initial(2),
    }),
    layers.layers.flatten(),
    layers.layers.dense({ units: 2, activation: 'softmax', kernelInitializer: initial(3) }),
  ],
});
model.compile({
  optimizer: tf.train.adam(0.02),
  loss: 'sparseCategoricalCrossentropy',
  metrics: ['accuracy'],
});
const { history } = await model.fit(images, classes, {
  batchSize: 32,
  epochs: 20,
  shuffle: false,
  verbose: 0,
});
console.log(`accuracy ${Number(history.acc!.at(-1)).toFixed(2)}`);

// The model's own weights are used where they lie. Explained is the logit, in front of the softmax.
const explainer = await createExplainer(logitsOf(readLayersModel(model)), {
  backend: tfjsBackend({ name: 'cpu' }),
  method: [gradient(), hiResCam({ layer: 'conv' })],
  target: 1,
});
const withSquare = tf.slice(images, [16, 0, 0, 0], [16, 16, 16, 1]);
// Channels first; of one channel the values stay as they are.
const given = tensor((await withSquare.data()) as Float32Array, [16, 1, 16, 16]);
const { relevances } = await explainer.explain(given);
await explainer.dispose();

const square = box('square', [2 / 16, 2 / 16, 8 / 16, 8 / 16]);
const rest = difference('rest', box('image', [0, 0, 1, 1]), square);
for (const [method, relevance] of Object.entries(relevances)) {
  const scores = scoreRegions(reduceChannels(relevance, 'sum-abs'), [square, rest], { aggregate: 'density' });
  const mean = (name: string) =>
    scores.reduce((sum, { region, score }) => sum + (region === name ? score : 0), 0) / 16;
  console.log(
    `${method}: density ${mean('square').toFixed(2)} in the square, ${mean('rest').toFixed(2)} outside`,
  );
}
