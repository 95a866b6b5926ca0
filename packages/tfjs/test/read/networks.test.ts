/**
 * Networks of layers drawn at random, one after another and joined, beside predict and tf.grad: what single layers can't show, such
 * as an order of axes that one layer leaves and the next one trusts.
 *
 * Left out is what tfjs's cpu backend has wrong, or tf.grad can't do; layers.test.ts holds it beside other truths: gradients of
 * average pools with padding and of bilinear resizing, and in batches of nearest resizing (so that one image is explained), batch
 * norms of other axes than the last, convolutions without a bias, batch norms without a scale. So are ties (maxima of equal
 * values), where every framework shares out as it likes.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { readLayersModel } from '../../src';
import '../backends';
import { compare, fillWeights, type Random, randomly } from './compare';

const NETWORKS = 100;

type Symbolic = tfl.SymbolicTensor;

/** Makes a layer when it is drawn. */
type Making = () => { apply(inputs: Symbolic | Symbolic[]): unknown };

const activations = [
  'relu',
  'elu',
  'selu',
  'sigmoid',
  'tanh',
  'softplus',
  'softsign',
  'swish',
  'mish',
] as const;

/** A network's own draws. */
function drawsOf(random: Random) {
  const size = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const of = <T>(...choices: readonly T[]): T => choices[size(0, choices.length - 1)]!;
  const window = () => ({
    kernelSize: [size(1, 3), size(1, 3)] as [number, number],
    strides: size(1, 2),
    padding: of('same', 'valid') as 'same' | 'valid',
    activation: of(...activations),
  });
  const pool = () => ({
    poolSize: [size(1, 3), size(1, 3)] as [number, number],
    strides: [size(1, 2), size(1, 2)] as [number, number],
  });
  const edges = (most: number): [[number, number], [number, number]] => [
    [size(0, most), size(0, most)],
    [size(0, most), size(0, most)],
  ];

  /** A layer that takes a tensor of this shape, batch left out. */
  function layer(shape: readonly number[]) {
    const [first, second, third] = shape as [number, number, number];
    const anywhere: Making[] = [
      () => tfl.layers.dense({ units: size(2, 4), activation: of(...activations) }),
      () => tfl.layers.activation({ activation: of(...activations) }),
      () => tfl.layers.batchNormalization(),
      // Of one value each, or nearly, the gradient is nothing but rounding.
      () => tfl.layers.layerNormalization({ epsilon: 0.5 }),
      () => tfl.layers.dropout({ rate: 0.3 }),
    ];
    const images: Making[] = [
      () => tfl.layers.conv2d({ filters: size(2, 5), ...window() }),
      () => tfl.layers.depthwiseConv2d({ depthMultiplier: size(1, 2), ...window() }),
      () => tfl.layers.separableConv2d({ filters: size(2, 4), ...window() }),
      () => tfl.layers.conv2dTranspose({ filters: size(2, 4), ...window() }),
      () => tfl.layers.maxPooling2d({ ...pool(), padding: of('same', 'valid') }),
      () => tfl.layers.averagePooling2d(pool()),
      () => tfl.layers.zeroPadding2d({ padding: edges(2) }),
      () => tfl.layers.cropping2D({ cropping: edges(1) }),
      () => tfl.layers.upSampling2d({ size: [size(1, 3), size(1, 2)] }),
      () => tfl.layers.permute({ dims: of([1, 3, 2], [3, 1, 2], [2, 1, 3], [3, 2, 1], [2, 3, 1]) }),
      () => tfl.layers.prelu({ sharedAxes: of([1, 2], [1], [3]) }),
      () => tfl.layers.layerNormalization({ epsilon: 0.5, axis: of([1, 2], [2, 3], [1, 3], [1, 2, 3]) }),
      () => tfl.layers.reshape({ targetShape: [first * second, third] }),
      () => tfl.layers.reshape({ targetShape: [second, first, third] }),
      () => tfl.layers.flatten({}),
      () => tfl.layers.globalAveragePooling2d({}),
    ];
    const rows: Making[] = [
      () => tfl.layers.conv1d({ filters: size(2, 4), kernelSize: size(1, 3), padding: of('same', 'valid') }),
      () => tfl.layers.maxPooling1d({ poolSize: size(1, 2), strides: size(1, 2) }),
      () => tfl.layers.permute({ dims: [2, 1] }),
      () => tfl.layers.reshape({ targetShape: [first, second, 1] }),
      () => tfl.layers.globalAveragePooling1d({}),
    ];
    const single: Making[] = [
      () => tfl.layers.repeatVector({ n: size(2, 3) }),
      () => tfl.layers.reshape({ targetShape: [1, 1, first] }),
    ];
    return of(...anywhere, ...[single, rows, images][shape.length - 1]!)();
  }

  /** Two tensors of one shape as one. */
  const join = (a: Symbolic, b: Symbolic) =>
    of<Making>(
      () => tfl.layers.add(),
      () => tfl.layers.multiply(),
      () => tfl.layers.average(),
      () => tfl.layers.concatenate({ axis: of(1, -1) }),
    )().apply([a, b]) as Symbolic;

  return { size, of, layer, join };
}

/** A network of three numbers, or nothing where a window was drawn that finds no room. */
function network(random: Random): tfl.LayersModel | undefined {
  const d = drawsOf(random);
  const input = tfl.input({ shape: [d.size(4, 9), d.size(4, 9), d.size(2, 3)] });
  const made = [input];
  try {
    for (let count = d.size(2, 8); count > 0; count--) {
      const last = made.at(-1)!;
      const mates = made.slice(0, -1).filter(({ shape }) => `${shape}` === `${last.shape}`);
      const joins = mates.length > 0 && d.of(true, false, false);
      const next = joins
        ? d.join(last, d.of(...mates))
        : (d.layer(last.shape.slice(1) as number[]).apply(last) as Symbolic);
      if (next.shape.some((size) => size !== null && size < 1)) return undefined;
      made.push(next);
    }
    const last = made.at(-1)!;
    const row = last.shape.length > 2 ? (tfl.layers.flatten({}).apply(last) as Symbolic) : last;
    return tfl.model({ inputs: input, outputs: tfl.layers.dense({ units: 3 }).apply(row) as Symbolic });
  } catch {
    return undefined;
  }
}

it(`${NETWORKS} networks compute what predict does, and their gradients are those of tf.grad`, async () => {
  await tf.setBackend('cpu');
  const found: { layers: string; output: number; gradient: number }[] = [];
  for (let seed = 1; found.length < NETWORKS; seed++) {
    const random = randomly(`network ${seed}`);
    const model = network(random);
    if (!model) continue;
    fillWeights(model, random);
    try {
      const errors = await compare(model, readLayersModel(model), random, { batch: 1 });
      const layers = model.layers.map((each) => `${each.getClassName()} ${each.outputShape}`).join('; ');
      found.push({ layers: `${seed}: ${layers}`, ...errors });
    } finally {
      model.dispose();
    }
  }
  expect(found.filter(({ output, gradient }) => output > 1e-5 || gradient > 1e-4)).toEqual([]);
});
