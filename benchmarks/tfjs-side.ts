/**
 * tfjs's own side: ResNet-18 written in tfjs operators, its forward pass and its `tf.grad`.
 *
 * It gets its best: channels last as tfjs wants them, batch norms folded, weights uploaded once, everything in `tf.tidy`,
 * and in the forward pass convolution, bias and Relu fused. Under a gradient they are not: the fused operator's would compute
 * that of the weights too, for which wasm has no kernel.
 */
import { canonize, type Graph, nodesOf, type Tensor } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
// tfjs-core alone knows no gradients.
import '@tensorflow/tfjs';
import { type Contender, timed } from './measure';
import { TARGET } from './ours';

interface Layer {
  readonly weights: tf.Tensor;
  readonly bias: tf.Tensor1D;
}

/** @param backend a tfjs backend that is initialised */
export function tfjsSide(backend: string, model: Graph, what: string, images: Tensor): Contender {
  tf.setBackend(backend);
  const layers = layersOf(model);
  const [n, channels, height, width] = images.shape as [number, number, number, number];
  const last = channelsLast(images);
  const padFirst = backend === 'tensorflow';
  const forward = (x: tf.Tensor4D) => logits(x, layers, { fused: true, padFirst });
  const gradient = tf.grad((x: tf.Tensor) => {
    const scores = logits(x as tf.Tensor4D, layers, { fused: false, padFirst });
    return tf.sum(tf.slice2d(scores, [0, TARGET], [n, 1]));
  });
  const run = async () => {
    tf.setBackend(backend);
    const result = tf.tidy(() => {
      const x = tf.tensor4d(last, [n, height, width, channels]);
      return what === 'forward' ? forward(x) : gradient(x);
    });
    const values = (await result.data()) as Float32Array;
    result.dispose();
    return values;
  };
  return {
    name: what === 'forward' ? 'tfjs' : 'tf.grad',
    time: (count, warm) => timed(run, count, warm),
    result: async () =>
      what === 'forward' ? run() : channelsFirst(await run(), [n, channels, height, width]),
    close: () => tf.dispose([...layers.values()].flatMap(({ weights, bias }) => [weights, bias])),
  };
}

/** Convolutions and the dense layer by torchvision's names, batch norms folded into them. */
function layersOf(model: Graph): Map<string, Layer> {
  const layers = new Map<string, Layer>();
  for (const { op, inputs } of nodesOf(canonize(model))) {
    if (op !== 'Conv' && op !== 'Gemm') continue;
    const [, weights, bias] = inputs;
    const values = tf.tensor(weights!.constant!.read() as Float32Array, weights!.shape as number[]);
    layers.set(weights!.name!.replace('.weight', ''), {
      weights: tf.tidy(() => tf.transpose(values, op === 'Conv' ? [2, 3, 1, 0] : [1, 0])),
      bias: tf.tensor1d(bias!.constant!.read() as Float32Array),
    });
    values.dispose();
  }
  return layers;
}

interface Form {
  /** Convolution, bias and Relu as one operator. */
  readonly fused: boolean;
  /** Explicit pads are written out: tfjs-node's gradients and pools take none. */
  readonly padFirst: boolean;
}

function logits(
  images: tf.Tensor4D,
  layers: ReadonlyMap<string, Layer>,
  { fused, padFirst }: Form,
): tf.Tensor2D {
  const convolution = (
    x: tf.Tensor4D,
    name: string,
    strides: number,
    pad: number,
    activation: 'linear' | 'relu',
  ): tf.Tensor4D => {
    const { weights, bias } = layers.get(name)!;
    const filter = weights as tf.Tensor4D;
    const [input, pads] = placed(x, strides, pad);
    if (fused) return tf.fused.conv2d({ x: input, filter, bias, strides, pad: pads, activation });
    const y = tf.add<tf.Tensor4D>(tf.conv2d(input, filter, strides, pads), bias);
    return activation === 'relu' ? tf.relu(y) : y;
  };
  const placed = (x: tf.Tensor4D, strides: number, pad: number): [tf.Tensor4D, 'valid' | 'same' | Pads] => {
    if (pad === 0) return [x, 'valid'];
    // A stride-1 convolution that keeps the size pads as `same` does.
    if (strides === 1) return [x, 'same'];
    return padFirst ? [padded(x, pad), 'valid'] : [x, around(pad)];
  };
  const block = (x: tf.Tensor4D, name: string, stride: number): tf.Tensor4D => {
    const first = convolution(x, `${name}.conv1`, stride, 1, 'relu');
    const second = convolution(first, `${name}.conv2`, 1, 1, 'linear');
    const shortcut = stride === 1 ? x : convolution(x, `${name}.downsample.0`, stride, 0, 'linear');
    return tf.relu(tf.add<tf.Tensor4D>(second, shortcut));
  };
  const first = convolution(images, 'conv1', 2, 3, 'relu');
  // After a Relu, zeros pad as well as the lowest number.
  let x: tf.Tensor4D = padFirst
    ? tf.maxPool(padded(first, 1), 3, 2, 'valid')
    : tf.maxPool(first, 3, 2, around(1));
  for (const [at, stride] of [1, 2, 2, 2].entries()) {
    x = block(x, `layer${at + 1}.0`, stride);
    x = block(x, `layer${at + 1}.1`, 1);
  }
  const { weights, bias } = layers.get('fc')!;
  return tf.add(tf.matMul(tf.mean<tf.Tensor2D>(x, [1, 2]), weights as tf.Tensor2D), bias);
}

type Pads = [[number, number], [number, number], [number, number], [number, number]];

const around = (pad: number): Pads => [
  [0, 0],
  [pad, pad],
  [pad, pad],
  [0, 0],
];

const padded = (x: tf.Tensor4D, pad: number): tf.Tensor4D => tf.pad4d(x, around(pad));

export function channelsLast({ data, shape }: Tensor): Float32Array {
  const [n, channels, height, width] = shape as [number, number, number, number];
  return tf
    .tidy(() => {
      const first = tf.tensor4d(data as Float32Array, [n, channels, height, width]);
      return tf.transpose(first, [0, 2, 3, 1]).dataSync() as Float32Array;
    })
    .slice();
}

function channelsFirst(data: Float32Array, [n, channels, height, width]: number[]): Float32Array {
  return tf
    .tidy(() => {
      const last = tf.tensor4d(data, [n!, height!, width!, channels!]);
      return tf.transpose(last, [0, 3, 1, 2]).dataSync() as Float32Array;
    })
    .slice();
}
