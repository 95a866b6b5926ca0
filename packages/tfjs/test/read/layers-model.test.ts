import {
  type Constant,
  createExplainer,
  type Graph,
  lastSpatialValue,
  layer,
  nodesOf,
  SaliencyError,
  tensor,
} from '@regional-saliency/core';
import { gradCam, gradient, method } from '@regional-saliency/methods';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeEach, describe, expect, it } from 'vitest';
import { readGraphModel, readLayersModel, tfjsBackend } from '../../src';
import { fileWeights } from '../../src/read/layers-weights';
import { readWeights } from '../../src/read/weights';
import '../backends';
import { compare, difference, fillWeights, numbers, randomly } from './compare';

const random = randomly('layers-model');

beforeEach(() => tf.setBackend('cpu'));

type Symbolic = tfl.SymbolicTensor;
const apply = (layer: { apply(x: Symbolic | Symbolic[]): unknown }, x: Symbolic | Symbolic[]) =>
  layer.apply(x) as Symbolic;

/** A convolution without bias, its norm and a Relu. */
function block(x: Symbolic, name: string, filters: number, strides = 1, activation = true): Symbolic {
  const y = apply(
    tfl.layers.conv2d({ name, filters, kernelSize: 3, strides, padding: 'same', useBias: false }),
    x,
  );
  const normed = apply(tfl.layers.batchNormalization({ name: `${name}_bn` }), y);
  return activation ? apply(tfl.layers.reLU({ name: `${name}_relu` }), normed) : normed;
}

function resNet(): tfl.LayersModel {
  const x = tfl.input({ shape: [13, 11, 3], name: 'image' });
  let y = block(x, 'stem', 6, 2);
  for (const [at, filters] of [6, 8].entries()) {
    const inner = block(block(y, `res${at}a`, filters, at + 1), `res${at}b`, filters, 1, false);
    const shortcut =
      at === 0
        ? y
        : apply(
            tfl.layers.conv2d({ name: `res${at}s`, filters, kernelSize: 1, strides: 2, padding: 'same' }),
            y,
          );
    y = apply(
      tfl.layers.activation({ activation: 'relu', name: `res${at}` }),
      apply(tfl.layers.add(), [inner, shortcut]),
    );
  }
  const pooled = apply(tfl.layers.globalAveragePooling2d({ name: 'pool' }), y);
  const logits = apply(tfl.layers.dense({ units: 4, name: 'logits' }), pooled);
  return tfl.model({ inputs: x, outputs: logits });
}

/** Depthwise convolutions, ReLU6, squeeze and excitation, explicit padding. */
function mobileNet(): tfl.LayersModel {
  const x = tfl.input({ shape: [14, 14, 3], name: 'image' });
  let y = apply(
    tfl.layers.conv2d({
      filters: 4,
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      useBias: false,
      name: 'stem',
    }),
    x,
  );
  for (const at of [0, 1]) {
    y = apply(
      tfl.layers.zeroPadding2d({
        padding: [
          [0, 1],
          [0, 1],
        ],
      }),
      y,
    );
    y = apply(
      tfl.layers.depthwiseConv2d({ kernelSize: 3, strides: 2 - at, useBias: false, name: `depth${at}` }),
      y,
    );
    y = apply(tfl.layers.batchNormalization({ name: `bn${at}` }), y);
    y = apply(tfl.layers.reLU({ maxValue: 6 }), y);
    const pooled = apply(tfl.layers.globalAveragePooling2d({}), y);
    const squeezed = apply(tfl.layers.reshape({ targetShape: [1, 1, 4] }), pooled);
    const gate = apply(tfl.layers.conv2d({ filters: 4, kernelSize: 1, activation: 'sigmoid' }), squeezed);
    y = apply(tfl.layers.multiply(), [y, gate]);
    y = apply(tfl.layers.conv2d({ filters: 4, kernelSize: 1, name: `point${at}` }), y);
  }
  const flat = apply(tfl.layers.flatten({}), apply(tfl.layers.dropout({ rate: 0.2 }), y));
  return tfl.model({
    inputs: x,
    outputs: apply(tfl.layers.dense({ units: 3, activation: 'softmax' }), flat),
  });
}

/** One model inside another, a layer called twice, two inputs and two outputs. */
function nested(): tfl.LayersModel {
  const inner = tfl.sequential({
    name: 'inner',
    layers: [
      tfl.layers.conv2d({ name: 'conv', filters: 3, kernelSize: 3, padding: 'same', inputShape: [6, 5, 2] }),
      tfl.layers.leakyReLU({ name: 'leaky' }),
    ],
  });
  const [a, b] = [tfl.input({ shape: [6, 5, 2], name: 'a' }), tfl.input({ shape: [6, 5, 2], name: 'b' })];
  const shared = tfl.layers.conv2d({ name: 'shared', filters: 2, kernelSize: 2, activation: 'tanh' });
  const [left, right] = [a, b].map((x) => apply(shared, apply(inner, x))) as [Symbolic, Symbolic];
  const joined = apply(tfl.layers.concatenate({ name: 'joined' }), [left, right]);
  const mask = apply(tfl.layers.conv2dTranspose({ name: 'mask', filters: 1, kernelSize: 2 }), joined);
  const row = apply(tfl.layers.dense({ name: 'row', units: 3 }), apply(tfl.layers.flatten({}), joined));
  return tfl.model({ inputs: [a, b], outputs: [mask, row] });
}

function channelsFirst(): tfl.LayersModel {
  const dataFormat = 'channelsFirst';
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        filters: 4,
        kernelSize: 3,
        dataFormat,
        inputShape: [2, 7, 6],
        padding: 'same',
        strides: 2,
      }),
      tfl.layers.activation({ activation: 'relu' }),
      tfl.layers.maxPooling2d({ poolSize: 2, strides: 1, dataFormat }),
      tfl.layers.zeroPadding2d({ padding: 1, dataFormat }),
      tfl.layers.flatten({ dataFormat }),
      tfl.layers.dense({ units: 3 }),
    ],
  });
}

const conventional = { resNet, mobileNet, nested } as const;

const imagesFor = (graph: Graph, count = 2) => {
  const shape = [count, ...(graph.inputs[0]!.shape.slice(1) as number[])];
  return tensor(
    numbers(
      random,
      shape.reduce((a, b) => a * b),
    ),
    shape,
  );
};

describe('a live model', () => {
  it.each(Object.entries(conventional))(
    '%s has the outputs and gradients that tfjs gives',
    async (_, make) => {
      const model = make();
      fillWeights(model, random);
      const errors = await compare(model, readLayersModel(model), random);
      expect(errors.output).toBeLessThan(1e-5);
      expect(errors.gradient).toBeLessThan(1e-5);
      model.dispose();
    },
  );

  it('with its channels first has them so in the graph, and gives the same', async () => {
    const model = channelsFirst();
    fillWeights(model, random);
    const graph = readLayersModel(model);
    expect(graph.inputs[0]!.shape.slice(1)).toEqual([2, 7, 6]);
    const errors = await compare(model, graph, random, { images: false });
    expect(errors.output).toBeLessThan(1e-5);
    expect(errors.gradient).toBeLessThan(1e-5);
    model.dispose();
  });

  it('normalises channels wherever they are', async () => {
    // tfjs's own cpu and wasm kernels take statistics for the last axis, whatever axis they are of.
    const norm = (axis: number) =>
      tfl.layers.batchNormalization({ axis, inputShape: axis === 1 ? [3, 5, 4] : [5, 4, 3] });
    const [first, last] = [tfl.sequential({ layers: [norm(1)] }), tfl.sequential({ layers: [norm(3)] })];
    fillWeights(first, random);
    last.setWeights(first.getWeights());
    const graph = readLayersModel(first);
    const x = tf.tensor(numbers(random, 60), [1, 3, 5, 4]);
    const y = tf.transpose(last.predict(tf.transpose(x, [0, 2, 3, 1])) as tf.Tensor, [0, 3, 1, 2]);
    const session = await tfjsBackend({ name: 'cpu' }).load(graph);
    // No layer says that channels are first, so the graph takes them for rows.
    const fed = tensor(Float32Array.from(tf.transpose(x, [0, 3, 1, 2]).dataSync()), [1, 4, 3, 5]);
    const results = await session.run({ [graph.inputs[0]!.name!]: fed });
    expect(difference(Object.values(results)[0]!, y)).toBeLessThan(1e-5);
    await session.dispose();
  });

  it('knows each layer by its name, channels first, in models inside it and at each call too', () => {
    const graph = readLayersModel(nested());
    const shapeOf = (name: string) => layer(graph, name).shape.slice(1);
    expect(graph.inputs.map(({ name, shape }) => [name, shape.slice(1)])).toEqual([
      ['a', [2, 6, 5]],
      ['b', [2, 6, 5]],
    ]);
    expect(shapeOf('inner')).toEqual([3, 6, 5]);
    expect(shapeOf('inner/conv')).toEqual([3, 6, 5]);
    expect(shapeOf('shared')).toEqual([2, 5, 4]);
    expect(shapeOf('joined')).toEqual([4, 5, 4]);
    expect(layer(graph, 'shared@0')).not.toBe(layer(graph, 'shared@1'));
    expect(layer(graph, 'shared')).toBe(layer(graph, 'shared@1'));
    expect(Object.entries(graph.outputs).map(([name, { shape }]) => [name, shape.slice(1)])).toEqual([
      ['mask', [1, 6, 5]],
      ['row', [3]],
    ]);
  });

  it('has the weights of a layer called twice once', () => {
    const graph = readLayersModel(nested());
    const kernels = new Set(
      nodesOf(graph)
        .filter(({ op }) => op === 'Conv')
        .map(({ inputs }) => inputs[1]),
    );
    expect(kernels.size).toBe(2);
  });

  it.each([
    ['resNet', resNet],
    ['mobileNet', mobileNet],
  ])(
    '%s has its norms and activations directly behind its convolutions, and no channels-last image',
    (_, make) => {
      const graph = readLayersModel(make());
      const nodes = nodesOf(graph);
      for (const { op, inputs } of nodes) {
        if (op === 'BatchNormalization') expect(inputs[0]!.node!.op).toBe('Conv');
        if (op === 'Transpose') expect(inputs[0]!.shape).toHaveLength(3);
      }
      const last = lastSpatialValue(nodes.flatMap(({ outputs }) => outputs))!;
      expect(['Relu', 'Conv']).toContain(last.node!.op);
    },
  );

  it.each([
    ['resNet', resNet],
    ['mobileNet', mobileNet],
  ])('%s runs with its image transposed and nothing else, as predict does not even', async (_, make) => {
    await tf.setBackend('wasm');
    const model = make();
    fillWeights(model, random);
    const { program } = { program: readLayersModel(model) };
    const session = await tfjsBackend({ name: 'wasm' }).load(program);
    const images = imagesFor(program, 1);
    const { kernels } = await tf.profile((async () => {
      await session.run({ image: images });
      return tf.scalar(0);
    }) as never);
    const transposed = kernels
      .filter(({ name }) => name === 'Transpose')
      .map(({ inputShapes }) => inputShapes[0]);
    // Channels of an image are its second axis; merging leaves [N, C, H · W].
    expect(transposed).toHaveLength(1);
    expect(tf.util.sizeFromShape(transposed[0] as number[])).toBe(images.data.length);
    await session.dispose();
    model.dispose();
  });

  it.each(['cpu', 'wasm'])(
    'lends its tensors on %s: nothing is left or lost after explaining, and it still predicts',
    async (name) => {
      await tf.setBackend(name);
      const model = resNet();
      fillWeights(model, random);
      const x = tf.tensor(numbers(random, 13 * 11 * 3), [1, 13, 11, 3]);
      const before = model.predict(x) as tf.Tensor;
      const wanted = Array.from(before.dataSync());
      before.dispose();
      const { numTensors, numBytes } = tf.memory();
      const graph = readLayersModel(model);
      expect(tf.memory().numTensors).toBe(numTensors);

      const explainer = await createExplainer(graph, {
        backend: tfjsBackend({ name }),
        method: [gradient(), gradCam({ layer: 'res1' })],
      });
      await explainer.explain(imagesFor(graph));
      await explainer.dispose();
      expect(tf.memory()).toMatchObject({ numTensors, numBytes });
      const after = model.predict(x) as tf.Tensor;
      expect(Array.from(after.dataSync())).toEqual(wanted);
      after.dispose();
      x.dispose();
      model.dispose();
    },
  );

  it('has its kernels and biases in a program as they are, with no buffer of their own', async () => {
    const model = nested();
    const graph = readLayersModel(model);
    const before = tf.memory().numDataBuffers;
    const session = await tfjsBackend({ name: 'cpu' }).load(graph);
    // The transposed convolution's kernel is turned round.
    expect(tf.memory().numDataBuffers - before).toBeLessThanOrEqual(1);
    await session.dispose();
    model.dispose();
  });

  it('explained on another backend than its own stays where it is', async () => {
    const model = resNet();
    fillWeights(model, random);
    const graph = readLayersModel(model);
    const [own, other] = [
      await tfjsBackend({ name: 'cpu' }).load(graph),
      await tfjsBackend({ name: 'wasm' }).load(graph),
    ];
    const image = imagesFor(graph);
    const [a, b] = [await own.run({ image }), await other.run({ image })];
    for (const [at, value] of (a.logits!.data as Float32Array).entries())
      expect(b.logits!.data[at]).toBeCloseTo(value, 4);
    const holder = (tf.engine().state.tensorInfo.get(model.weights[0]!.read().dataId) as { backend: unknown })
      .backend;
    expect(holder).toBe(tf.findBackend('cpu'));
    await own.dispose();
    await other.dispose();
    model.dispose();
  });

  it('trained further is explained as it is when its program is loaded', async () => {
    const model = tfl.sequential({
      layers: [tfl.layers.dense({ name: 'd', units: 1, inputShape: [2], kernelInitializer: 'ones' })],
    });
    const graph = readLayersModel(model);
    model.setWeights([tf.tensor([3, 4], [2, 1]), tf.tensor([0], [1])]);
    const session = await tfjsBackend({ name: 'cpu' }).load(graph);
    const { d } = await session.run({ d_input: tensor([1, 1], [1, 2]) });
    expect(d!.data[0]).toBe(7);
    await session.dispose();
  });

  const text = '{"modelTopology": {}}';
  const files = { json: JSON.parse(text), weights: new Map() };
  const mistakes: Record<string, [unknown, RegExp]> = {
    undefined: [undefined, /this is undefined$/],
    null: [null, /this is null$/],
    text: [text, /this is text, a path or bytes: give \{ json: JSON\.parse\(text\), weights: readWeights\(/],
    'a path': ['model.json', /this is text, a path or bytes: give/],
    'a URL': [new URL('file:///model.json'), /this is text, a path or bytes: give/],
    bytes: [Buffer.from(text), /this is text, a path or bytes: give/],
    'a promise': [Promise.resolve({}), /this is a promise: await it first$/],
    'the parsed file alone': [files.json, /of files, give \{ json: JSON\.parse\(text\)/],
    'text as json': [{ ...files, json: text }, /its json is text: give JSON\.parse\(text\)$/],
    'no json': [{ ...files, json: undefined }, /its json is not the parsed model\.json$/],
    'weights in an object': [{ ...files, weights: {} }, /its weights are no Map: give readWeights\(/],
  };
  it.each(Object.entries(mistakes))('says what to do where it is given %s', (_, [given, cure]) => {
    for (const [read, takes] of [
      [readLayersModel, 'readLayersModel takes a tf.LayersModel, or { json, weights }: '],
      [readGraphModel, 'readGraphModel takes a tf.GraphModel, or { json, weights }: '],
    ] as const) {
      const reading = () => read(given as never);
      expect(reading).toThrow(SaliencyError);
      expect(reading).toThrow(takes);
      expect(reading).toThrow(cure);
    }
  });

  it('says which reader a live model of the other kind has', () => {
    const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 1, inputShape: [2] })] });
    expect(() => readGraphModel(model as never)).toThrow(
      /is a tf\.LayersModel: read it with readLayersModel$/,
    );
    expect(() => readLayersModel({ weights: {}, save: () => undefined } as never)).toThrow(
      /is a tf\.GraphModel: read it with readGraphModel$/,
    );
  });

  it('takes a size that it leaves open from the options', () => {
    const model = tfl.sequential({
      layers: [tfl.layers.conv2d({ name: 'c', filters: 1, kernelSize: 3, inputShape: [null, null, 3] })],
    });
    expect(() => readLayersModel(model)).toThrow(/axis 1 of the input "c_input" is open/);
    const graph = readLayersModel(model, { shapes: { c_input: ['N', 8, 9, 3] } });
    expect(graph.outputs.c!.shape.slice(1)).toEqual([1, 6, 7]);
    expect(() => readLayersModel(model, { shapes: { c_input: ['N', 8, 9, 4] } })).toThrow(/does not fit/);
    expect(() => readLayersModel(model, { shapes: { other: [1] } })).toThrow(/no input "other"/);
  });
});

/** Without biases, every branch behind a ReLU: what LRP conserves on. */
function homogeneous(): tfl.LayersModel {
  const x = tfl.input({ shape: [12, 10, 3], name: 'image' });
  const stem = apply(
    tfl.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
    block(x, 'stem', 8),
  );
  const sum = apply(tfl.layers.add(), [stem, block(block(stem, 'a', 8), 'b', 8)]);
  const depth = tfl.layers.depthwiseConv2d({ kernelSize: 3, activation: 'relu', name: 'depth' });
  const joined = apply(tfl.layers.concatenate(), [sum, block(sum, 'c', 4)]);
  const pooled = apply(
    tfl.layers.averagePooling2d({ poolSize: 2, padding: 'same' }),
    apply(depth, apply(tfl.layers.zeroPadding2d({ padding: 1 }), joined)),
  );
  const flat = apply(tfl.layers.flatten(), pooled);
  const hidden = apply(tfl.layers.dense({ units: 8, activation: 'relu' }), flat);
  return tfl.model({ inputs: x, outputs: apply(tfl.layers.dense({ units: 3, name: 'logits' }), hidden) });
}

describe('methods on a LayersModel', () => {
  it.each([
    ['resNet', resNet, 'res1'],
    ['mobileNet', mobileNet, 'point1'],
  ])('Grad-CAM finds the last layer of %s by itself', async (_, make, name) => {
    const model = make();
    fillWeights(model, random);
    const graph = readLayersModel(model);
    const maps = await createExplainer(graph, {
      backend: tfjsBackend({ name: 'cpu' }),
      method: [gradCam(), gradCam({ layer: name })],
    });
    const { relevances } = await maps.explain(imagesFor(graph));
    const [own, named] = Object.values(relevances);
    expect(own!.shape.slice(-2)).toEqual(graph.inputs[0]!.shape.slice(-2));
    expect(own!.data).toEqual(named!.data);
    await maps.dispose();
    model.dispose();
  });

  it.each(['cpu', 'wasm'])(
    'LRP epsilon-plus keeps the sum of relevance where no bias takes part (%s)',
    async (name) => {
      await tf.setBackend(name);
      const model = homogeneous();
      fillWeights(model, random, { biases: false });
      const graph = readLayersModel(model);
      // Every sum is large beside the rule's epsilon.
      const images = imagesFor(graph);
      (images.data as Float32Array).forEach((value, at, data) => {
        data[at] = value * 1000;
      });
      const lrp = await createExplainer(graph, {
        backend: tfjsBackend({ name }),
        method: method('lrp-epsilon-plus'),
      });
      const { relevance } = await lrp.explain(images);
      for (const image of [0, 1]) {
        const count = relevance.data.length / 2;
        const part = (relevance.data as Float32Array).subarray(image * count, (image + 1) * count);
        expect(Math.abs(part.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-4);
      }
      await lrp.dispose();
      model.dispose();
    },
  );
});

/** A model as `model.save` writes it. */
async function filesOf(model: tfl.LayersModel) {
  let files: { json: unknown; weights: Map<string, Constant> } | undefined;
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
      const manifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      files = {
        json: JSON.parse(JSON.stringify({ format: 'layers-model', modelTopology })),
        weights: readWeights(manifest, () => bytes),
      };
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return files!;
}

describe('a model in files', () => {
  it.each(Object.entries(conventional))('%s gives what the live one gives', async (_, make) => {
    const model = make();
    fillWeights(model, random);
    const errors = await compare(model, readLayersModel(await filesOf(model)), random);
    expect(errors.output).toBeLessThan(1e-5);
    expect(errors.gradient).toBeLessThan(1e-5);
    model.dispose();
  });
});

/** A Sequential of one layer as Keras 3 writes it. */
const keras3 = (class_name: string, shape: (number | null)[], config: object) => ({
  format: 'layers-model',
  modelTopology: {
    keras_version: '3.5.0',
    model_config: {
      class_name: 'Sequential',
      config: {
        name: 'net',
        layers: [
          {
            module: 'keras.layers',
            class_name: 'InputLayer',
            config: { batch_shape: [null, ...shape], name: 'x' },
          },
          { module: 'keras.layers', class_name, config: { name: 'l', ...config } },
        ],
      },
    },
  },
});

const floats = (shape: number[], fill?: number[]): Constant => {
  const values = fill
    ? Float32Array.from(fill)
    : numbers(
        random,
        shape.reduce((a, b) => a * b, 1),
      );
  return { dtype: 'float32', shape, read: () => values };
};

/** What a layer in files makes of a row of numbers. */
async function ran(json: unknown, weights: Record<string, Constant>, x: readonly number[], shape: number[]) {
  const graph = readLayersModel({ json, weights: new Map(Object.entries(weights)) });
  const session = await tfjsBackend({ name: 'cpu' }).load(graph);
  const { l } = await session.run({ x: tensor(Float32Array.from(x), shape) });
  await session.dispose();
  return Array.from(l!.data as Float32Array, (value) => Math.round(value * 1e4) / 1e4 + 0);
}

describe('a layer that tfjs itself has not, or not whole, read from files', () => {
  const row = [-2, -0.5, 0.5, 1, 3, 8];

  it.each([
    [{ negative_slope: 0.1 }, [-0.2, -0.05, 0.5, 1, 3, 8]],
    [{ max_value: 6, negative_slope: 0.1, threshold: 1 }, [-0.3, -0.15, -0.05, 1, 3, 6]],
    [{ max_value: 6, negative_slope: null, threshold: null }, [0, 0, 0.5, 1, 3, 6]],
    [{ threshold: 0.7 }, [0, 0, 0, 1, 3, 8]],
  ])('ReLU with %j', async (config, wanted) => {
    const { negative_slope = 0, threshold = 0 } = config as Record<string, number | null>;
    const json = keras3('ReLU', [6], { max_value: null, ...config, negative_slope, threshold });
    const found = await ran(json, {}, row, [1, 6]);
    expect(found).toEqual(wanted);
  });

  it('Conv1D with causal padding sees nothing that comes later', async () => {
    const json = keras3('Conv1D', [5, 1], {
      filters: 1,
      kernel_size: [2],
      dilation_rate: [2],
      padding: 'causal',
      use_bias: false,
    });
    const kernel = floats([2, 1, 1], [10, 1]);
    expect(await ran(json, { 'net/l/kernel': kernel }, [1, 2, 3, 4, 5], [1, 5, 1])).toEqual([
      1, 2, 13, 24, 35,
    ]);
  });

  it('a grouped Conv2D', async () => {
    const json = keras3('Conv2D', [1, 1, 4], { filters: 2, kernel_size: [1, 1], groups: 2 });
    const weights = { 'l/kernel': floats([1, 1, 2, 2], [1, 10, 2, 20]), 'l/bias': floats([2], [0.5, 0]) };
    expect(await ran(json, weights, [1, 2, 3, 4], [1, 4, 1, 1])).toEqual([5.5, 110]);
  });

  it('Normalization by its weights, by its configuration, and turned round', async () => {
    const weights = {
      'l/mean': floats([2], [1, 2]),
      'l/variance': floats([2], [4, 0.25]),
      'l/count': floats([], [0]),
    };
    expect(await ran(keras3('Normalization', [2], { axis: [-1] }), weights, [3, 3], [1, 2])).toEqual([1, 2]);
    const given = keras3('Normalization', [2], {
      axis: -1,
      mean: [[1, 2]],
      variance: [[4, 0.25]],
      invert: true,
    });
    expect(await ran(given, {}, [1, 2], [1, 2])).toEqual([3, 3]);
  });

  it('Rescaling a channel, and pooling that keeps its axes', async () => {
    const scaled = keras3('Rescaling', [1, 1, 2], { scale: [2, 3], offset: [1, 0] });
    expect(await ran(scaled, {}, [1, 2], [1, 2, 1, 1])).toEqual([3, 6]);
    const pooled = keras3('GlobalAveragePooling2D', [1, 2, 2], { keepdims: true });
    expect(await ran(pooled, {}, [1, 3, 5, 6], [1, 2, 1, 2])).toEqual([2, 5.5]);
  });

  it('an embedding', async () => {
    const json = keras3('Embedding', [2], { input_dim: 3, output_dim: 2 });
    expect(await ran(json, { 'l/embeddings': floats([3, 2], [1, 2, 3, 4, 5, 6]) }, [2, 0], [1, 2])).toEqual([
      5, 6, 1, 2,
    ]);
  });

  it('an activation that Keras 3 writes as an object', async () => {
    const json = keras3('Activation', [2], {
      activation: { module: 'builtins', class_name: 'function', config: 'relu' },
    });
    expect(await ran(json, {}, [-1, 2], [1, 2])).toEqual([0, 2]);
  });
});

/** A functional model of Keras 3: one layer on two tensors, and a model inside it called twice. */
function functional3() {
  const from = (name: string, call = 0) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 2], dtype: 'float32', keras_history: [name, call, 0] },
  });
  const input = (name: string) => ({
    class_name: 'InputLayer',
    name,
    config: { batch_shape: [null, 2], name },
    inbound_nodes: [],
  });
  const call = (...args: unknown[]) => ({ args, kwargs: {} });
  const dense = {
    class_name: 'Dense',
    name: 'd',
    config: { name: 'd', units: 2, activation: 'linear' },
    inbound_nodes: [call(from('i'))],
  };
  const inner = {
    name: 'inner',
    layers: [input('i'), dense],
    input_layers: ['i', 0, 0],
    output_layers: ['d', 0, 0],
  };
  return {
    class_name: 'Functional',
    config: {
      name: 'net',
      layers: [
        input('a'),
        input('b'),
        {
          class_name: 'Functional',
          name: 'inner',
          config: inner,
          inbound_nodes: [call(from('a')), call(from('b'))],
        },
        {
          class_name: 'Subtract',
          name: 's',
          config: { name: 's' },
          inbound_nodes: [call([from('inner', 1), from('inner', 2)])],
        },
      ],
      input_layers: [
        ['a', 0, 0],
        ['b', 0, 0],
      ],
      output_layers: [['s', 0, 0]],
    },
  };
}

const denseWeights = () =>
  new Map([
    ['net/inner/d/kernel', floats([2, 2], [1, 0, 0, 10])],
    ['net/inner/d/bias', floats([2], [7, 7])],
  ]);

it('a layer whose own name has slashes finds its weights, as in the files of DenseNet', () => {
  const [first, second] = [floats([1], [1]), floats([1], [2])];
  const find = fileWeights(
    new Map([
      ['conv1/conv/kernel', first],
      ['net/conv2/conv/kernel', second],
    ]),
  );
  expect(find(['conv1/conv'], 'kernel')).toBe(first);
  expect(find(['net', 'conv2/conv'], 'kernel')).toBe(second);
  expect(find(['conv3/conv'], 'kernel')).toBeUndefined();
});

it('a functional model of Keras 3 with a model in it called twice is read as it is meant', async () => {
  const graph = readLayersModel({ json: functional3(), weights: denseWeights() });
  const session = await tfjsBackend({ name: 'cpu' }).load(graph);
  const { s } = await session.run({ a: tensor([1, 2], [1, 2]), b: tensor([3, 5], [1, 2]) });
  expect(Array.from(s!.data as Float32Array)).toEqual([-2, -30]);
  expect([...graph.names.keys()]).toEqual(expect.arrayContaining(['inner/d', 'inner@0', 'inner@1', 's']));
  await session.dispose();
});

describe('a model that can not be read', () => {
  /** What is said of the functional model after a change to its description. */
  function refusal(
    change: (model: ReturnType<typeof functional3>) => void,
    weights = denseWeights(),
  ): string {
    const json = functional3();
    change(json);
    try {
      readLayersModel({ json, weights });
    } catch (error) {
      expect(error).toBeInstanceOf(SaliencyError);
      return (error as Error).message;
    }
    throw new Error('it was read');
  }
  const layersOf = (model: ReturnType<typeof functional3>) =>
    model.config.layers as unknown as Record<string, unknown>[];

  it('for layers that are not known says all of them, by name and class', () => {
    const said = refusal((model) => {
      layersOf(model)[3]!.class_name = 'Mystery';
      (layersOf(model)[2] as never as { config: { layers: { class_name: string }[] } }).config
        .layers[1]!.class_name = 'LSTM';
    });
    expect(said).toMatch(/^2 layers are not supported: "inner\/d" \(LSTM\), "s" \(Mystery\);/);
  });

  it.each<[string, (model: ReturnType<typeof functional3>) => void, RegExp]>([
    [
      'a layer that is not there',
      (m) => layersOf(m).splice(2, 1),
      /"s" reads a layer "inner" that "net" does not have/,
    ],
    [
      'a cycle',
      (m) => {
        layersOf(m)[2]!.inbound_nodes = [[['s', 0, 0, {}]], [['b', 0, 0, {}]]];
      },
      /"s" of "net" is computed from itself/,
    ],
    ['a name twice', (m) => layersOf(m).push(layersOf(m)[3]!), /two layers called "s"/],
    ['no layers', (m) => layersOf(m).splice(0), /has no layers/],
    ['no list of layers', (m) => Object.assign(m.config, { layers: 3 }), /no list/],
    [
      'an output of no call',
      (m) => Object.assign(m.config, { output_layers: [['s', 4, 0]] }),
      /reads call 4 of "s"/,
    ],
    [
      'an output that a layer has not',
      (m) => Object.assign(m.config, { output_layers: [['s', 0, 3]] }),
      /output 3 of "s"/,
    ],
    [
      'an input without a shape',
      (m) => Object.assign(layersOf(m)[0]!, { config: {} }),
      /shape of its input "a"/,
    ],
    [
      'a shape of words',
      (m) => Object.assign(layersOf(m)[0]!, { config: { batch_shape: [null, 'x'] } }),
      /no shape/,
    ],
    [
      'a class that is no model',
      (m) => Object.assign(m, { class_name: 'Sequence' }),
      /not a Sequential or Functional/,
    ],
    [
      'a layer on nothing',
      (m) => Object.assign(layersOf(m)[3]!, { inbound_nodes: [[]] }),
      /Subtract "s": it is called on nothing/,
    ],
  ])('says so: %s', (_, change, wanted) => {
    expect(refusal(change)).toMatch(wanted);
  });

  it('says which weight is missing or of another shape', () => {
    const less = denseWeights();
    less.delete('net/inner/d/bias');
    expect(refusal(() => undefined, less)).toMatch(/no weight "inner\/d\/bias"/);
    const other = denseWeights().set('net/inner/d/kernel', floats([3, 2]));
    expect(refusal(() => undefined, other)).toMatch(
      /"inner\/d\/kernel" is float32 \[3, 2\], not float32 \[2, 2\]/,
    );
  });

  it('whose weight may be one of two says so', () => {
    const twice = denseWeights();
    twice.set('other/inner/d/bias', twice.get('net/inner/d/bias')!);
    expect(refusal(() => undefined, twice)).toMatch(
      /may be any of the weights "net\/inner\/d\/bias", "other\/inner\/d\/bias"/,
    );
  });

  it('is a GraphModel, or none at all', () => {
    const read = (json: unknown) => () => readLayersModel({ json, weights: new Map() });
    expect(read({ format: 'graph-model', modelTopology: {} })).toThrow(/readGraphModel/);
    for (const json of [null, 3, [], {}, { modelTopology: { class_name: 'Sequential', config: [3] } }])
      expect(read(json)).toThrow(SaliencyError);
  });

  it('unfolds to more than can be built, however short it says so', () => {
    const input = {
      class_name: 'InputLayer',
      name: 'i',
      config: { batch_input_shape: [null, 2] },
      inbound_nodes: [],
    };
    const chain = (name: string, layer: object) => ({
      class_name: 'Functional',
      name,
      config: {
        name,
        layers: [input, { ...layer, inbound_nodes: [[['i', 0, 0, {}]], [[name, 1, 0, {}]]] }],
        input_layers: [['i', 0, 0]],
        output_layers: [[name, 2, 0]],
      },
    });
    // Each model calls the one inside it on what that gave before.
    let model = chain('l', { class_name: 'Dropout', name: 'l', config: { name: 'l' } });
    (model.config.layers[1] as { inbound_nodes: unknown }).inbound_nodes = [[['i', 0, 0, {}]]];
    model.config.output_layers = [['l', 0, 0]];
    for (let depth = 0; depth < 40; depth++) model = chain('l', model);
    const said = refusal((root) => Object.assign(root, model));
    expect(said).toMatch(/unfolds to more than/);
  });

  it('lies deeper in itself than anybody builds', () => {
    let model: object = { class_name: 'Dropout', config: { name: 'd', batch_input_shape: [null, 2] } };
    for (let depth = 0; depth < 200; depth++)
      model = { class_name: 'Sequential', config: { name: 'm', layers: [model] } };
    expect(refusal((root) => Object.assign(root, model))).toMatch(/deep/);
  });
});
