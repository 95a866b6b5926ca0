import { createExplainer, tensor } from '@regional-saliency/core';
import { gradCam } from '@regional-saliency/methods';
import { readLayersModel, tfjsBackend } from '@regional-saliency/tfjs';
import '@tensorflow/tfjs-backend-cpu';
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
    tf.layers.dense({ units: 2 }),
  ],
});

const explainer = await createExplainer(readLayersModel(model), {
  backend: tfjsBackend(),
  method: gradCam({ layer: 'conv' }),
});
const images = tensor(new Float32Array(3 * 32 * 32).fill(0.5), [1, 3, 32, 32]); // channels first
const { output, relevance } = await explainer.explain(images);
console.log(output.shape, relevance.shape); // [ 1, 2 ] [ 1, 1, 32, 32 ]
await explainer.dispose();
