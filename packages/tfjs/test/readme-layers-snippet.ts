import { createExplainer, logitsOf, tensor } from '@regional-saliency/core';
import { gradCam } from '@regional-saliency/methods';
import { readLayersModel, tfjsBackend } from '@regional-saliency/tfjs';
import '@tensorflow/tfjs-backend-cpu';
import { ones, transpose } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-layers';

// Any tf.LayersModel: from tf.loadLayersModel, or as here built on the spot.
const model = tf.sequential({
  layers: [
    tf.layers.conv2d({
      name: 'conv',
      filters: 4,
      kernelSize: 3,
      activation: 'relu',
      inputShape: [32, 32, 3],
    }),
    tf.layers.globalAveragePooling2d({}),
    tf.layers.dense({ units: 2, activation: 'softmax' }),
  ],
});

// In front of the softmax; a model that ends without one is `readLayersModel(model)` alone.
const explainer = await createExplainer(logitsOf(readLayersModel(model)), {
  backend: tfjsBackend(),
  method: gradCam({ layer: 'conv' }),
});

// What the model's predict takes, [N, H, W, C] and scaled as for training, goes in channels first.
const photo = ones([1, 32, 32, 3]);
const turned = transpose(photo, [0, 3, 1, 2]);
const images = tensor((await turned.data()) as Float32Array, turned.shape);
photo.dispose();
turned.dispose();

const { output, relevance } = await explainer.explain(images);
console.log(output.shape, relevance.shape); // [ 1, 2 ] [ 1, 1, 32, 32 ]
await explainer.dispose();
