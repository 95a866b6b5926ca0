import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { readLayersModel, tfjsBackend } from '../../src';
import '../backends';
import {
  type Compared,
  compare,
  difference,
  feedOf,
  fillWeights,
  numbers,
  type Random,
  randomly,
} from './compare';

/** How many configurations are drawn for each layer. */
const DRAWS = 6;

interface Draw {
  random: Random;
  of<T>(...choices: T[]): T;
  size(from: number, to: number): number;
}

function drawFrom(random: Random): Draw {
  const size = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  return { random, size, of: (...choices) => choices[size(0, choices.length - 1)]! };
}

interface Case {
  /** Shapes of the inputs, without the batch. */
  readonly inputs: number[][];
  readonly layer: { apply(inputs: never): unknown };
  readonly slope?: Compared['slope'];
}

const image = (d: Draw, channels = d.size(1, 4)): [number, number, number] => [
  d.size(5, 9),
  d.size(5, 9),
  channels,
];
const pair = (d: Draw, from: number, to: number): [number, number] => [d.size(from, to), d.size(from, to)];

/** tfjs knows stride or dilation, not both. */
function window(d: Draw) {
  const slides = d.of(true, false);
  return {
    padding: d.of('same', 'valid') as 'same' | 'valid',
    strides: slides ? pair(d, 1, 3) : ([1, 1] as [number, number]),
    dilationRate: slides ? 1 : d.size(1, 2),
  };
}

/** Windows of pools; `size` draws one for each axis. */
function pool<T>(d: Draw, size: (from: number, to: number) => T) {
  return { poolSize: size(1, 3), strides: size(1, 3), padding: d.of('same', 'valid') as 'same' | 'valid' };
}
const volume = (d: Draw) => [d.size(3, 6), d.size(3, 6), d.size(3, 6), d.size(1, 3)];

/** Where a stride is larger than its window, tfjs's `same` over three axes begins inside the volume, as TensorFlow's does not. */
function overVolume(d: Draw) {
  const poolSize = [d.size(1, 3), d.size(1, 3), d.size(1, 3)] as [number, number, number];
  const strides = poolSize.map((size) => d.size(1, size)) as [number, number, number];
  return { poolSize, strides, padding: d.of('same', 'valid') as 'same' | 'valid' };
}
const pairOf = (d: Draw) => (from: number, to: number) => pair(d, from, to);

const activations = [
  'relu',
  'relu6',
  'elu',
  'selu',
  'sigmoid',
  'hardSigmoid',
  'softplus',
  'softsign',
  'tanh',
  'softmax',
  'logSoftmax',
  'swish',
  'mish',
  'gelu',
  'gelu_new',
  'linear',
] as const;

const merges = {
  add: tfl.layers.add,
  multiply: tfl.layers.multiply,
  average: tfl.layers.average,
  maximum: tfl.layers.maximum,
  minimum: tfl.layers.minimum,
};

/** Each layer that a vision model uses, with a configuration at random. */
const table: Record<string, (d: Draw) => Case> = {
  conv1d: (d) => {
    const slides = d.of(true, false);
    return {
      inputs: [[d.size(7, 12), d.size(1, 3)]],
      layer: tfl.layers.conv1d({
        filters: d.size(1, 4),
        kernelSize: d.size(1, 3),
        padding: d.of('same', 'valid'),
        useBias: d.of(true, false),
        strides: slides ? d.size(1, 3) : 1,
        dilationRate: slides ? 1 : d.size(1, 2),
      }),
      slope: slides ? undefined : 'affine',
    };
  },
  conv2d: (d) => {
    const slides = window(d);
    // tfjs has no gradient of a dilated convolution.
    const dilated = slides.dilationRate > 1;
    return {
      inputs: [image(d)],
      layer: tfl.layers.conv2d({
        filters: d.size(1, 5),
        kernelSize: pair(d, 1, 3),
        useBias: d.of(true, false),
        activation: dilated ? 'linear' : d.of('linear', 'tanh', 'relu'),
        ...slides,
      }),
      slope: dilated ? 'affine' : undefined,
    };
  },
  depthwiseConv2d: (d) => {
    const stride = d.size(1, 3);
    return {
      inputs: [image(d)],
      layer: tfl.layers.depthwiseConv2d({
        kernelSize: pair(d, 1, 3),
        depthMultiplier: d.size(1, 2),
        useBias: d.of(true, false),
        ...window(d),
        strides: [stride, stride],
        dilationRate: 1,
      }),
    };
  },
  separableConv2d: (d) => {
    const stride = d.size(1, 2);
    return {
      inputs: [image(d)],
      layer: tfl.layers.separableConv2d({
        filters: d.size(1, 4),
        kernelSize: pair(d, 1, 3),
        depthMultiplier: d.size(1, 2),
        padding: d.of('same', 'valid'),
        strides: [stride, stride],
        useBias: d.of(true, false),
      }),
    };
  },
  conv2dTranspose: (d) => ({
    inputs: [[d.size(2, 5), d.size(2, 5), d.size(1, 3)]],
    layer: tfl.layers.conv2dTranspose({
      filters: d.size(1, 4),
      kernelSize: pair(d, 1, 4),
      strides: pair(d, 1, 3),
      padding: d.of('same', 'valid'),
      useBias: d.of(true, false),
    }),
  }),
  conv3d: (d) => {
    const { poolSize: kernelSize, ...slides } = overVolume(d);
    return {
      inputs: [volume(d)],
      layer: tfl.layers.conv3d({ filters: d.size(1, 3), kernelSize, useBias: d.of(true, false), ...slides }),
    };
  },
  conv3dTranspose: (d) => {
    const { poolSize: kernelSize, ...slides } = overVolume(d);
    return {
      inputs: [[d.size(2, 4), d.size(2, 4), d.size(2, 4), d.size(1, 3)]],
      layer: tfl.layers.conv3dTranspose({
        filters: d.size(1, 3),
        kernelSize,
        useBias: d.of(true, false),
        ...slides,
      }),
      // tfjs has no gradient of it.
      slope: 'affine',
    };
  },
  dense: (d) => ({
    inputs: [d.of([5], [4, 3], image(d))],
    layer: tfl.layers.dense({
      units: d.size(1, 5),
      useBias: d.of(true, false),
      activation: d.of('linear', 'sigmoid'),
    }),
  }),
  batchNormalization: (d) => {
    const shape = d.of([5], [4, 3], image(d));
    return {
      inputs: [shape],
      layer: tfl.layers.batchNormalization({
        axis: d.of(-1, shape.length),
        scale: d.of(true, false),
        center: d.of(true, false),
        epsilon: d.of(1e-3, 1e-5),
      }),
      // tfjs's gradient fails where a norm has no scale or no centre.
      slope: 'affine',
    };
  },
  layerNormalization: (d) => ({
    inputs: [d.of([5], [4, 3], image(d, 4))],
    layer: tfl.layers.layerNormalization({ axis: -1, epsilon: 0.01 }),
  }),
  'layerNormalization without parameters': (d) => ({
    inputs: [d.of([5], [4, 3], image(d, 4))],
    layer: tfl.layers.layerNormalization({ axis: -1, scale: false, center: false, epsilon: 0.01 }),
    slope: (x) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 0.01)));
    },
  }),
  'layerNormalization of other axes than the last': (d) => ({
    inputs: [image(d)],
    layer: tfl.layers.layerNormalization({ axis: d.of([1], [2], [1, 2], [2, 1], [1, 3]), epsilon: 0.01 }),
  }),
  'layerNormalization of whole images': (d) => ({
    inputs: [image(d)],
    layer: tfl.layers.layerNormalization({ axis: [1, 2, 3], epsilon: 0.01 }),
  }),
  reLU: (d) => ({ inputs: [d.of([5], image(d))], layer: tfl.layers.reLU(d.of({}, { maxValue: 0.5 })) }),
  leakyReLU: (d) => ({
    inputs: [d.of([5], image(d))],
    layer: tfl.layers.leakyReLU({ alpha: d.of(0.1, 0.3) }),
  }),
  prelu: (d) => ({ inputs: [image(d)], layer: tfl.layers.prelu(d.of({}, { sharedAxes: [1, 2] })) }),
  elu: (d) => ({ inputs: [image(d)], layer: tfl.layers.elu() }),
  thresholdedReLU: (d) => ({
    inputs: [image(d)],
    layer: tfl.layers.thresholdedReLU({ theta: 0.3 }),
    slope: (x) => tf.mul(x, tf.step(tf.sub(x, 0.3))),
  }),
  softmax: (d) => ({ inputs: [image(d)], layer: tfl.layers.softmax({ axis: d.of(-1, 3) }) }),
  maxPooling1d: (d) => ({ inputs: [[d.size(5, 9), 2]], layer: tfl.layers.maxPooling1d(pool(d, d.size)) }),
  maxPooling2d: (d) => ({ inputs: [image(d)], layer: tfl.layers.maxPooling2d(pool(d, pairOf(d))) }),
  // tfjs's gradient of an average divides by the window's size, padding included.
  averagePooling1d: (d) => ({
    inputs: [[d.size(5, 9), 2]],
    layer: tfl.layers.averagePooling1d(pool(d, d.size)),
    slope: 'affine',
  }),
  averagePooling2d: (d) => ({
    inputs: [image(d)],
    layer: tfl.layers.averagePooling2d(pool(d, pairOf(d))),
    slope: 'affine',
  }),
  maxPooling3d: (d) => {
    const { poolSize, strides, padding } = overVolume(d);
    return {
      inputs: [volume(d)],
      layer: tfl.layers.maxPooling3d({ poolSize, strides, padding }),
      // tfjs's gradient is wrong where the window is no cube; the same over height and width, and then over depth, has one.
      slope: (x) => {
        const [n, depth, h, w, c] = x.shape as [number, number, number, number, number];
        const [[kd, ...kernel], [sd, ...steps]] = [poolSize, strides];
        const images = tf.reshape(x, [n * depth, h, w, c]) as tf.Tensor4D;
        const plane = tf.maxPool(images, kernel, steps, padding);
        const [, rows, columns] = plane.shape;
        const deep = tf.reshape(plane, [n, depth, rows * columns, c]) as tf.Tensor4D;
        return tf.reshape(tf.maxPool(deep, [kd, 1], [sd, 1], padding), [n, -1, rows, columns, c]);
      },
    };
  },
  averagePooling3d: (d) => ({
    inputs: [volume(d)],
    layer: tfl.layers.averagePooling3d(overVolume(d)),
    slope: 'affine',
  }),
  globalMaxPooling1d: () => ({ inputs: [[7, 3]], layer: tfl.layers.globalMaxPooling1d() }),
  globalMaxPooling2d: (d) => ({ inputs: [image(d)], layer: tfl.layers.globalMaxPooling2d({}) }),
  globalAveragePooling1d: () => ({ inputs: [[7, 3]], layer: tfl.layers.globalAveragePooling1d() }),
  globalAveragePooling2d: (d) => ({ inputs: [image(d)], layer: tfl.layers.globalAveragePooling2d({}) }),
  zeroPadding2d: (d) => ({
    inputs: [image(d)],
    layer: tfl.layers.zeroPadding2d({
      padding: d.of<never>(
        2 as never,
        [1, 2] as never,
        [
          [0, 1],
          [2, 0],
        ] as never,
      ),
    }),
  }),
  cropping2D: (d) => ({
    inputs: [image(d)],
    layer: tfl.layers.cropping2D({
      cropping: [
        [d.size(0, 2), 1],
        [1, d.size(0, 2)],
      ],
    }),
  }),
  upSampling2d: (d) => ({
    inputs: [image(d)],
    layer: tfl.layers.upSampling2d({ size: pair(d, 1, 3), interpolation: d.of('nearest', 'bilinear') }),
    // tfjs's gradient of a bilinear one is of the wrong shape where height and width differ.
    slope: 'affine',
  }),
  centerCrop: (d) => ({
    inputs: [image(d)],
    layer: tfl.layers.centerCrop({ height: d.size(1, 10), width: d.size(1, 10) }),
    // tfjs has no gradient of it.
    slope: 'affine',
  }),
  reshape: (d) => ({
    inputs: [[4, 6, 2]],
    layer: tfl.layers.reshape({
      targetShape: d.of([-1, 2], [3, 16], [6, 4, 2], [48], [2, 2, 3, 4], [8, 3, 2]),
    }),
  }),
  permute: (d) => ({
    inputs: [image(d)],
    layer: tfl.layers.permute({ dims: d.of([3, 1, 2], [2, 1, 3], [1, 3, 2]) }),
  }),
  flatten: (d) => ({ inputs: [d.of(image(d), [4, 3])], layer: tfl.layers.flatten() }),
  repeatVector: (d) => ({ inputs: [[4]], layer: tfl.layers.repeatVector({ n: d.size(1, 3) }) }),
  'masking of what a reLU has clipped': (d) => ({
    inputs: [d.of([9, 1], [9, 2], image(d, 2))],
    layer: masking(),
    // Where the mask lies is computed apart, since tfjs has no gradient of it.
    slope: (x) => {
      const clipped = tf.clipByValue(x, 0, CLIPPED);
      const kept = tf.any(tf.less(x, CLIPPED), -1, true);
      return tf.mul(clipped, tf.tensor(Float32Array.from(kept.dataSync()), kept.shape));
    },
  }),
  rescaling: (d) => ({
    inputs: [image(d)],
    layer: tfl.layers.rescaling({ scale: 1 / 127.5, offset: d.of(0, -1) }),
  }),
  dropout: (d) => ({ inputs: [image(d)], layer: tfl.layers.dropout({ rate: 0.5 }) }),
  spatialDropout1d: () => ({ inputs: [[4, 3]], layer: tfl.layers.spatialDropout1d({ rate: 0.5 }) }),
  gaussianNoise: (d) => ({ inputs: [image(d)], layer: tfl.layers.gaussianNoise({ stddev: 0.5 }) }),
  gaussianDropout: (d) => ({ inputs: [image(d)], layer: tfl.layers.gaussianDropout({ rate: 0.5 }) }),
  alphaDropout: (d) => ({ inputs: [image(d)], layer: tfl.layers.alphaDropout({ rate: 0.5 }) }),
  concatenate: (d) => {
    const shape = image(d);
    const axis = d.of(-1, 1, 2, 3);
    const other = [...shape];
    other[axis < 0 ? 2 : axis - 1] = 2;
    return { inputs: [shape, other], layer: tfl.layers.concatenate({ axis }) };
  },
  subtract: () => ({
    inputs: [
      [5, 3, 2],
      [5, 3, 2],
    ],
    layer: subtract(),
  }),
  dot: (d) => ({
    inputs: d.of(
      [[4], [4]],
      [
        [3, 4],
        [5, 4],
      ],
    ),
    layer: tfl.layers.dot({ axes: -1, normalize: d.of(true, false) }),
  }),
  'dot of different axes': () => ({
    inputs: [
      [3, 4],
      [4, 2],
    ],
    layer: tfl.layers.dot({ axes: [2, 1] }),
  }),
  ...Object.fromEntries(
    Object.entries(merges).map(([name, make]) => [
      name,
      (d: Draw) => {
        const shape = image(d);
        return { inputs: d.of([shape, shape, shape], [shape, shape]), layer: make() as Case['layer'] };
      },
    ]),
  ),
  'multiply by a pooled image': (d) => {
    const shape = image(d, 3);
    return { inputs: [shape, [1, 1, 3]], layer: tfl.layers.multiply() as Case['layer'] };
  },
  ...Object.fromEntries(
    activations.map((activation) => [
      `activation ${activation}`,
      (d: Draw) => ({
        inputs: [d.of([5], [3, 4], image(d))],
        layer: tfl.layers.activation({ activation: activation as 'relu' }),
      }),
    ]),
  ),
};

/** Half of all numbers are above it. */
const CLIPPED = 0.25;

/** Rows whose numbers are all clipped are masked. */
function masking(): Case['layer'] {
  const [clip, mask] = [tfl.layers.reLU({ maxValue: CLIPPED }), tfl.layers.masking({ maskValue: CLIPPED })];
  return { apply: (x: tfl.SymbolicTensor) => mask.apply(clip.apply(x)) } as never;
}

/** tfjs-layers has no Subtract: two layers that are one. */
function subtract(): Case['layer'] {
  const negative = tfl.layers.rescaling({ scale: -1 });
  return {
    apply: ([a, b]: tfl.SymbolicTensor[]) =>
      tfl.layers.add().apply([a, negative.apply(b as tfl.SymbolicTensor)] as never),
  } as never;
}

describe('a layer read from a live model', () => {
  it.each(Object.entries(table))(
    '%s computes what predict does, and its gradient is that of tf.grad',
    async (name, make) => {
      await tf.setBackend('cpu');
      for (let at = 0; at < DRAWS; at++) {
        const random = randomly(`${name} ${at}`);
        const { inputs, layer, slope } = make(drawFrom(random));
        const xs = inputs.map((shape) => tfl.input({ shape }));
        const outputs = layer.apply((xs.length === 1 ? xs[0] : xs) as never) as tfl.SymbolicTensor;
        const model = tfl.model({ inputs: xs, outputs });
        fillWeights(model, random);
        const what = JSON.stringify(model.toJSON(null, false));
        const errors = await compare(model, readLayersModel(model), random, { slope });
        expect(errors.output, what).toBeLessThan(1e-5);
        expect(errors.gradient, what).toBeLessThan(1e-5);
        model.dispose();
      }
    },
  );
});

/** Keras's configuration of a model that is one layer on an image. */
const onImage = (shape: readonly number[], kind: string, config = {}) => ({
  json: {
    class_name: 'Sequential',
    config: {
      name: 'model',
      layers: [
        { class_name: 'InputLayer', config: { name: 'x', batch_input_shape: [null, ...shape] } },
        { class_name: kind, config: { name: 'odd', ...config } },
      ],
    },
  },
  weights: new Map(),
});

describe('a Resizing, which tfjs fails to run inside a model', () => {
  it.each([
    ['bilinear', tf.image.resizeBilinear],
    ['nearest', tf.image.resizeNearestNeighbor],
  ] as const)('is what TensorFlow computes, %s', async (interpolation, resize) => {
    for (let at = 0; at < DRAWS; at++) {
      const random = randomly(`${interpolation} ${at}`);
      const d = drawFrom(random);
      const [shape, height, width] = [image(d), d.size(1, 12), d.size(1, 12)] as const;
      const graph = readLayersModel(onImage(shape, 'Resizing', { height, width, interpolation }));
      const x = tf.tensor(numbers(random, 2 * tf.util.sizeFromShape(shape)), [2, ...shape]) as tf.Tensor4D;
      const session = await tfjsBackend({ name: 'cpu' }).load(graph);
      const { odd } = await session.run({ x: feedOf(x) });
      expect(difference(odd!, resize(x, [height, width], false, true))).toBeLessThan(1e-5);
      await session.dispose();
    }
  });

  it('that crops or pads to a ratio is refused with a cure', () => {
    const config = { height: 4, width: 4, crop_to_aspect_ratio: true };
    expect(() => readLayersModel(onImage([8, 9, 3], 'Resizing', config))).toThrow(
      'Resizing "odd": "crop_to_aspect_ratio" is not supported: crop or pad before the model',
    );
  });
});

describe('of the layers that tfjs has', () => {
  /** Words and what needs a state, a draw or a model of its own; a model for images does without them. */
  const refused = [
    ...['Bidirectional', 'ConvLSTM2D', 'ConvLSTM2DCell', 'GRU', 'GRUCell', 'LSTM', 'LSTMCell', 'RNN'],
    ...['SimpleRNN', 'SimpleRNNCell', 'StackedRNNCells', 'TimeDistributed', 'CategoryEncoding'],
    // Draws another width at each call of predict.
    'RandomWidth',
  ];
  /** Read from files and live models, and tried in other tests (Resizing above, Embedding and models among models). */
  const elsewhere = ['Embedding', 'Functional', 'Model', 'Resizing', 'Sequential'];

  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const kinds = (base: unknown) =>
    Object.keys(classNameMap).filter(
      (name) => classNameMap[name]![0].prototype instanceof (base as { new (): unknown }),
    );

  it('all are tried beside predict, or refused', () => {
    const layers = kinds(tfl.layers.Layer);
    expect(layers).toContain('Conv2D');
    const tried = new Set(
      Object.values(table).flatMap((make) => {
        const { inputs, layer } = make(drawFrom(randomly('kinds')));
        const xs = inputs.map((shape) => tfl.input({ shape }));
        const outputs = layer.apply((xs.length === 1 ? xs[0] : xs) as never) as tfl.SymbolicTensor;
        return tfl.model({ inputs: xs, outputs }).layers.map((each) => each.getClassName());
      }),
    );
    const left = layers.filter((name) => !tried.has(name)).sort();
    expect(left).toEqual([...refused, ...elsewhere].sort());
  });

  it.each(refused)('%s is refused by name and class, with a cure', (kind) => {
    expect(() => readLayersModel(onImage([8, 9, 3], kind))).toThrow(
      `1 layer is not supported: "odd" (${kind}); add an entry to packages/tfjs/src/read/layers, or convert the model to a GraphModel or to ONNX`,
    );
  });

  it('all activations are tried', () => {
    const base = Object.getPrototypeOf(classNameMap.relu![0]);
    const own = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    expect(kinds(base).map(own).sort()).toEqual([...activations].map(own).sort());
  });
});
