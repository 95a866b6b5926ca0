/** A LayersModel beside the graph that is read from it: outputs against predict, gradients against tf.grad. */
import { Builder, type Dim, type Graph, isBatch, type Tensor, tensor, walk } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { randomFrom } from '../../../conformance/src/random';
import { tfjsBackend } from '../../src';

export type Random = () => number;

/** Numbers from -1 to 1, none of them near a kink at 0. */
export function numbers(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => {
    const value = random() * 2 - 1;
    return value + Math.sign(value) * 0.05;
  });
}

export const randomly = randomFrom;

/** Gives every weight numbers of its own; what must be positive is. */
export function fillWeights(model: tfl.LayersModel, random: Random, { biases = true } = {}): void {
  tf.tidy(() => {
    model.setWeights(
      model.weights.map(({ originalName, shape }) => {
        const values = numbers(random, tf.util.sizeFromShape(shape as number[]));
        if (/variance/.test(originalName))
          for (const [at, value] of values.entries()) values[at] = 0.5 + value ** 2;
        if (!biases && /bias|beta|moving_mean/.test(originalName)) values.fill(0);
        return tf.tensor(values, shape as number[]);
      }),
    );
  });
}

/** Channels last to channels first and back: what a graph does with images. */
const toFirst = (x: tf.Tensor) =>
  x.rank < 4 ? x : tf.transpose(x, [0, x.rank - 1, ...range(1, x.rank - 1)]);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

/** A tensor as a graph takes it: images channels first. */
export function feedOf(x: tf.Tensor): Tensor {
  const first = tf.tidy(() => toFirst(x));
  const fed = tensor(Float32Array.from(first.dataSync()), first.shape);
  if (first !== x) first.dispose();
  return fed;
}

/** The largest difference over the largest number that is expected. */
export function difference(actual: Tensor, expected: tf.Tensor, isImage = true): number {
  const wanted = isImage ? feedOf(expected) : tensor(Float32Array.from(expected.dataSync()), expected.shape);
  expect(actual.shape).toEqual(wanted.shape);
  let [most, scale] = [0, 0];
  for (const [at, value] of (wanted.data as Float32Array).entries()) {
    most = Math.max(most, Math.abs(value - (actual.data[at] as number)));
    scale = Math.max(scale, Math.abs(value));
  }
  return scale === 0 ? most : most / scale;
}

/** The model's outputs and, for seeds r, the gradient of Σ r · output by each input. */
export function withGradient(graph: Graph): { program: Graph; seeds: string[] } {
  const g = new Builder(graph);
  const names = Object.keys(graph.outputs);
  const seeds = new Map(
    names.map((name) => [graph.outputs[name]!, g.input(`r ${name}`, graph.outputs[name]!.shape)]),
  );
  const reached = walk(g, { seeds, wrt: graph.inputs });
  const gradients = graph.inputs.map((input) => [`d ${input.name}`, reached.get(input)!] as const);
  return {
    program: g.finish({
      inputs: [...graph.inputs, ...seeds.values()],
      outputs: { ...graph.outputs, ...Object.fromEntries(gradients) },
    }),
    seeds: names.map((name) => `r ${name}`),
  };
}

/** Whether the images of a model are channels last (a channels-first model's graph is as it is). */
export interface Compared {
  readonly images?: boolean;
  readonly batch?: number;
  readonly backend?: string;
  /**
   * Where tfjs has no gradient, or a wrong one: the model is affine, so that its slope along any direction is an exact
   * difference of two predictions; or the same function of its one input in operators that have one.
   */
  readonly slope?: 'affine' | ((x: tf.Tensor) => tf.Tensor) | undefined;
}

/** @returns the relative errors of outputs and gradients */
export async function compare(
  model: tfl.LayersModel,
  graph: Graph,
  random: Random,
  { images = true, batch = 2, backend = 'cpu', slope }: Compared = {},
): Promise<{ output: number; gradient: number }> {
  const shapes = model.inputs.map(({ shape }) => shape.map((size) => size ?? batch));
  const xs = shapes.map((shape) => tf.tensor(numbers(random, tf.util.sizeFromShape(shape)), shape));
  const apply = (values: tf.Tensor[]) => {
    if (typeof slope === 'function') return [slope(values[0]!)];
    return [
      model.apply(values.length === 1 ? values[0]! : values, { training: false }),
    ].flat() as tf.Tensor[];
  };
  const ys = [model.predict(xs.length === 1 ? xs[0]! : xs, { batchSize: batch })].flat() as tf.Tensor[];
  const rs = ys.map(({ shape }) => tf.tensor(numbers(random, tf.util.sizeFromShape(shape)), shape));
  const score = (values: tf.Tensor[]) =>
    apply(values)
      .map((y, at) => tf.sum(tf.mul(y, rs[at]!)))
      .reduce((a, b) => tf.add(a, b));
  const ds = slope === 'affine' ? [] : tf.grads((...values: tf.Tensor[]) => score(values))(xs);

  const { program, seeds } = withGradient(graph);
  const session = await tfjsBackend({ name: backend }).load(program);
  const feed = (x: tf.Tensor) => (images ? feedOf(x) : tensor(Float32Array.from(x.dataSync()), x.shape));
  const feeds = Object.fromEntries([
    ...graph.inputs.map(({ name }, at) => [name!, feed(xs[at]!)]),
    ...seeds.map((name, at) => [name, feed(rs[at]!)]),
  ]);
  const results = await session.run(feeds);
  const output = Object.keys(graph.outputs).map((name, at) => difference(results[name]!, ys[at]!, images));
  const gradient = ds.map((d, at) => difference(results[`d ${graph.inputs[at]!.name}`]!, d, images));
  if (slope === 'affine') {
    const [x, found] = [xs[0]!, results[`d ${graph.inputs[0]!.name}`]!];
    const step = tf.tensor(numbers(random, x.size), x.shape);
    const rise = tf.tidy(() => tf.sub(score([tf.add(x, step)]), score([tf.sub(x, step)])).dataSync()[0]! / 2);
    const along = images ? feedOf(step) : tensor(Float32Array.from(step.dataSync()), step.shape);
    let [sum, scale] = [0, 0];
    for (const [place, value] of (found.data as Float32Array).entries()) {
      sum += value * (along.data[place] as number);
      scale += Math.abs(value * (along.data[place] as number));
    }
    gradient.push(Math.abs(sum - rise) / scale);
    step.dispose();
  }
  await session.dispose();
  for (const each of [...xs, ...ys, ...rs, ...ds]) each.dispose();
  return { output: Math.max(...output), gradient: Math.max(...gradient) };
}

/** A shape with the batch open as it would be fed. */
export const sized = (shape: readonly Dim[], batch: number) =>
  shape.map((dim) => (isBatch(dim) ? dim.batch * batch : dim));
