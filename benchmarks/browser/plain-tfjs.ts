/**
 * A convolutional network in plain tfjs operators, as a tfjs user would have it: channels last, batch norms folded, weights
 * uploaded once. Knows the operators of ResNet and MobileNet, and no others.
 */
import { canonize, type Graph, nodesOf, type Value } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';

type Pads = [[number, number], [number, number], [number, number], [number, number]];

/** @returns the network's logits of images [N, H, W, C] */
export function plainTfjs(graph: Graph): (images: tf.Tensor4D) => tf.Tensor2D {
  const model = canonize(graph);
  const nodes = nodesOf(model);
  const weights = new Map<Value, tf.Tensor>();
  const upload = (value: Value, perm?: number[]) => {
    const made = tf.tidy(() => {
      const raw = tf.tensor(value.constant!.read() as Float32Array, value.shape as number[]);
      return perm ? tf.transpose(raw, perm) : raw;
    });
    weights.set(value, made);
  };
  for (const { op, inputs, attributes } of nodes) {
    if (op !== 'Conv' && op !== 'Gemm') continue;
    const [, filter, bias] = inputs as [Value, Value, Value];
    // tfjs's depthwise filters are [height, width, channels, 1].
    upload(filter, op === 'Gemm' ? [1, 0] : attributes.group === 1 ? [2, 3, 1, 0] : [2, 3, 0, 1]);
    upload(bias);
  }
  return (images) => {
    const values = new Map<Value, tf.Tensor>([[model.inputs[0]!, images]]);
    for (const { op, inputs, outputs, attributes } of nodes) {
      const [x, second] = inputs.map((value) => values.get(value!) ?? weights.get(value!)) as [
        tf.Tensor4D,
        tf.Tensor,
      ];
      const bias = () => weights.get(inputs[2]!)!;
      const strides = attributes.strides as [number, number];
      const [top, left, bottom, right] = (attributes.pads ?? []) as number[];
      const pads = [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ] as Pads;
      const compute: Record<string, () => tf.Tensor> = {
        Conv: () => {
          const filter = second as tf.Tensor4D;
          const convolve = attributes.group === 1 ? tf.conv2d : tf.depthwiseConv2d;
          return tf.add((convolve as typeof tf.conv2d)(x, filter, strides, pads), bias());
        },
        Relu: () => tf.relu(x),
        Clip: () => tf.clipByValue(x, attributes.min as number, attributes.max as number),
        Add: () => tf.add(x, second),
        MaxPool: () => tf.maxPool(x, attributes.kernel_shape as [number, number], strides, pads),
        GlobalAveragePool: () => tf.mean(x, [1, 2], true),
        Flatten: () => tf.reshape(x, [x.shape[0], -1]),
        Gemm: () => tf.add(tf.matMul(x as unknown as tf.Tensor2D, second as tf.Tensor2D), bias()),
      };
      const kernel = compute[op];
      if (!kernel) throw new Error(`the plain network has no ${op}`);
      values.set(outputs[0]!, kernel());
    }
    return values.get(Object.values(model.outputs)[0]!) as tf.Tensor2D;
  };
}
