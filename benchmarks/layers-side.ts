/**
 * A user's own tfjs LayersModel, ResNet-18 in Keras's layers: `model.predict`.
 *
 * Predict runs convolution, batch norm and Relu one after another, as any LayersModel does.
 */
import type { Tensor } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs';
import { type Contender, timed } from './measure';
import { channelsLast } from './tfjs-side';

/** ResNet-18 with seeded weights, on the current tfjs backend. */
export function layersResnet18(classes = 2): tf.LayersModel {
  let seed = 1;
  const between = (minval: number, maxval: number) =>
    tf.initializers.randomUniform({ minval, maxval, seed: seed++ });
  const convolution = (x: tf.SymbolicTensor, filters: number, kernelSize: number, strides: number) => {
    const y = tf.layers
      .conv2d({
        filters,
        kernelSize,
        strides,
        padding: 'same',
        useBias: false,
        kernelInitializer: tf.initializers.heNormal({ seed: seed++ }),
      })
      .apply(x) as tf.SymbolicTensor;
    const norm = tf.layers.batchNormalization({
      gammaInitializer: between(0.5, 1.5),
      betaInitializer: between(-0.2, 0.2),
      movingMeanInitializer: between(-0.2, 0.2),
      movingVarianceInitializer: between(0.5, 1.5),
    });
    return norm.apply(y) as tf.SymbolicTensor;
  };
  const relu = (x: tf.SymbolicTensor) => tf.layers.reLU().apply(x) as tf.SymbolicTensor;
  const block = (x: tf.SymbolicTensor, filters: number, stride: number) => {
    const second = convolution(relu(convolution(x, filters, 3, stride)), filters, 3, 1);
    const shortcut = stride === 1 ? x : convolution(x, filters, 1, stride);
    return relu(tf.layers.add().apply([second, shortcut]) as tf.SymbolicTensor);
  };
  const input = tf.input({ shape: [224, 224, 3] });
  let x = relu(convolution(input, 64, 7, 2));
  x = tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }).apply(x) as tf.SymbolicTensor;
  for (const [at, filters] of [64, 128, 256, 512].entries()) {
    x = block(x, filters, at === 0 ? 1 : 2);
    x = block(x, filters, 1);
  }
  const pooled = tf.layers.globalAveragePooling2d({}).apply(x) as tf.SymbolicTensor;
  const output = tf.layers
    .dense({ units: classes, kernelInitializer: tf.initializers.glorotNormal({ seed: seed++ }) })
    .apply(pooled) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: output });
}

/** @param backend a tfjs backend that is initialised */
export function layersSide(backend: string, model: tf.LayersModel, images: Tensor): Contender {
  tf.setBackend(backend);
  const [n, channels, height, width] = images.shape as [number, number, number, number];
  const last = channelsLast(images);
  const run = async () => {
    tf.setBackend(backend);
    const result = tf.tidy(() => model.predict(tf.tensor4d(last, [n, height, width, channels])) as tf.Tensor);
    const values = (await result.data()) as Float32Array;
    result.dispose();
    return values;
  };
  return { name: 'model.predict', time: (count, warm) => timed(run, count, warm), result: run };
}
