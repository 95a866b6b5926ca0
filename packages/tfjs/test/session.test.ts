import {
  type Backend,
  Builder,
  type Graph,
  N,
  operators,
  SaliencyError,
  type Tensor,
  tensor,
  type Value,
  walk,
} from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tfjsBackend } from '../src/index';
import { kernels } from '../src/kernels';
import { backends, withoutArrays } from './backends';

function ramp(size: number, scale: number): Float32Array {
  return Float32Array.from({ length: size }, (_, at) => Math.sin(at + 1) * scale);
}

/** A small residual network and its gradient: what every convolutional program is made of. */
function residualGradient(): Graph {
  const g = new Builder();
  const weights = (...shape: number[]) =>
    g.constant(
      ramp(
        shape.reduce((a, b) => a * b, 1),
        0.3,
      ),
      shape,
    );
  const conv = (x: Value, channels: number, size: number, stride: number) =>
    g.op('Conv', [x, weights(channels, x.shape[1] as number, size, size), weights(channels)], {
      strides: [stride, stride],
      pads: [0, 0, 0, 0].fill((size - 1) / 2),
    });
  const x = g.input('x', [N, 3, 16, 16]);
  const stem = g.op('MaxPool', [g.op('Relu', [conv(x, 8, 7, 2)])], {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  });
  const branch = conv(g.op('Relu', [conv(stem, 12, 3, 2)]), 12, 3, 1);
  const block = g.op('Relu', [g.add(branch, conv(stem, 12, 1, 2))]);
  const features = g.op('Flatten', [g.op('GlobalAveragePool', [block])]);
  const scores = g.op('Gemm', [features, weights(5, 12), weights(5)], { transB: 1 });
  const relevance = walk(g, {
    seeds: new Map([[scores, g.expand(g.constant([1, 0, 0, 0, 0], [1, 5]), scores.shape)]]),
    wrt: [x],
  });
  return g.finish({ inputs: [x], outputs: { scores, relevance: relevance.get(x)! } });
}

const images = (batch: number): { x: Tensor } => ({ x: tensor(ramp(batch * 768, 1), [batch, 3, 16, 16]) });

/** The names of the tfjs kernels that a run executes. */
async function kernelsOf(run: () => Promise<unknown>): Promise<string[]> {
  const profile = await tf.profile(async () => {
    await run();
    return [];
  });
  return profile.kernelNames.length > 0 ? profile.kernels.map(({ name }) => name) : [];
}

for (const { name, title, here } of backends) {
  describe.runIf(here)(`a session on ${title}`, () => {
    beforeEach(async () => {
      await tf.setBackend(name);
    });
    afterEach(async () => {
      await tf.setBackend('cpu');
    });

    it('leaves nothing but its constants after a run, and nothing once disposed', async () => {
      const before = tf.memory();
      const session = await tfjsBackend({ name }).load(residualGradient());
      await session.run(images(1));
      const loaded = tf.memory().numTensors;
      for (const batch of [2, 1, 3]) await session.run(images(batch));
      expect(tf.memory().numTensors).toBe(loaded);
      session.dispose();
      session.dispose();
      expect(tf.memory().numTensors).toBe(before.numTensors);
      expect(tf.memory().numBytes).toBe(before.numBytes);
    });

    it('transposes the image when it comes and the relevance when it goes, and nothing between', async () => {
      const session = await tfjsBackend({ name }).load(residualGradient());
      const kernels = await kernelsOf(() => session.run(images(2)));
      // The gradient of the first convolution ends with the interleaving of its phases, which is one more.
      expect(kernels.filter((kernel) => kernel === 'Transpose')).toHaveLength(3);
      session.dispose();
    });

    it("does not use tfjs's own gradients of convolution and pooling, nor flips weights again in each run", async () => {
      const session = await tfjsBackend({ name }).load(residualGradient());
      const kernels = await kernelsOf(() => session.run(images(1)));
      const slow = ['Conv2DBackpropInput', 'MaxPoolGrad', 'GatherV2', 'Reverse', 'Pack'];
      expect(kernels.filter((kernel) => slow.includes(kernel))).toEqual([]);
      // On wasm all of them are our own.
      expect(kernels.includes('FusedConv2D')).toBe(name !== 'wasm');
      session.dispose();
    });

    it('gives the same whether other runs are under way or not', async () => {
      const session = await tfjsBackend({ name }).load(residualGradient());
      const alone = await session.run(images(2));
      const [first, , second] = await Promise.all(
        [images(2), images(1), images(2)].map((feeds) => session.run(feeds)),
      );
      expect(first).toEqual(alone);
      expect(second).toEqual(alone);
      session.dispose();
    });

    it("leaves the caller's tfjs backend as it was", async () => {
      await tf.setBackend('cpu');
      const session = await tfjsBackend({ name }).load(residualGradient());
      await session.run(images(1));
      expect(tf.getBackend()).toBe('cpu');
      session.dispose();
    });
  });
}

async function refusal(run: () => Promise<unknown>): Promise<SaliencyError> {
  const error = await run().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SaliencyError);
  return error as SaliencyError;
}

/** A program of one node, made by hand so that the operator may be one that does not exist. */
function programOf(op: string, name: string): Graph {
  const x: Value = { id: 0, name: 'x', shape: [N, 2], dtype: 'float32' };
  const outputs: Value[] = [];
  const node = { op, inputs: [x], outputs, attributes: {}, name };
  outputs.push({ id: 1, shape: [N, 2], dtype: 'float32', node });
  return { inputs: [x], outputs: { y: outputs[0]! }, names: new Map(), metadata: {} };
}

it('every operator of core has a kernel', () => {
  expect(Object.keys(operators).filter((op) => !(op in kernels))).toEqual([]);
  expect(Object.keys(kernels).filter((op) => !(op in operators))).toEqual([]);
});

describe('errors', () => {
  const cpu: Backend = tfjsBackend({ name: 'cpu' });

  it('name the operator without a kernel, its node and the backend, when loading', async () => {
    const error = await refusal(() => cpu.load(programOf('Frobnicate', '/layer1/frob')));
    expect(error.code).toBe('unsupported');
    expect(error.message).toMatch(/Frobnicate "\/layer1\/frob".*tfjs/);
  });

  it('name the node and the backend where the kernel refuses it', async () => {
    const g = new Builder();
    const x = g.input('x', [N, 1, 4, 4, 4]);
    const [, places] = g.node('MaxPool', [x], { kernel_shape: [2, 2, 2] }, { name: '/pool/MaxPool' }).outputs;
    const error = await refusal(() => cpu.load(g.finish({ inputs: [x], outputs: { places: places! } })));
    expect(error.message).toMatch(/MaxPool "\/pool\/MaxPool".*cpu.*three/);
  });

  it('name the node that fails while running, and leave no tensor behind', async () => {
    const g = new Builder();
    const table = g.input('table', [3, 2]);
    const at = g.input('at', [N], 'int64');
    const y = g.op('Gather', [table, at], { axis: 0 }, { name: '/embed/Gather' });
    const session = await cpu.load(g.finish({ inputs: [table, at], outputs: { y } }));
    const before = tf.memory().numTensors;
    const feeds = { table: tensor(ramp(6, 1), [3, 2]), at: tensor([0, 7], [2], 'int64') };
    const error = await refusal(() => session.run(feeds));
    expect(error.code).toBe('backend');
    expect(error.message).toMatch(/Gather "\/embed\/Gather".*cpu/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('say which tfjs backends there are if the wanted one is not', async () => {
    const error = await refusal(() => tfjsBackend({ name: 'webgpu' }).load(residualGradient()));
    expect(error.code).toBe('backend');
    expect(error.message).toMatch(/webgpu.*registered:.*wasm/);
  });

  it('say which input is missing or does not fit', async () => {
    const session = await cpu.load(residualGradient());
    expect((await refusal(() => session.run({}))).message).toMatch(/"x" was not given/);
    const wrong = { x: tensor(ramp(12, 1), [1, 3, 2, 2]) };
    expect((await refusal(() => session.run(wrong))).message).toMatch(/\[N, 3, 16, 16\].*\[1, 3, 2, 2\]/);
    const bytes = { x: tensor(new Uint8Array(768), [1, 3, 16, 16]) };
    expect((await refusal(() => session.run(bytes))).message).toMatch(/float32.*uint8/);
    session.dispose();
    expect((await refusal(() => session.run(images(1)))).message).toMatch(/disposed/);
  });
});

describe('constants', () => {
  it('that are tfjs tensors already are shared, not copied or taken', async () => {
    const weights = tf.tensor(ramp(4, 1), [2, 2]);
    const g = new Builder();
    const x = g.input('x', [N, 2]);
    const own = g.constantOf({
      dtype: 'float32',
      shape: [2, 2],
      handle: weights,
      read: () => {
        throw new Error('read although tfjs has it');
      },
    });
    const session = await tfjsBackend({ name: 'cpu' }).load(
      g.finish({ inputs: [x], outputs: { y: g.matMul(x, own) } }),
    );
    const bytes = tf.memory().numBytes;
    const { y } = await session.run({ x: tensor([1, 0], [1, 2], 'float32') });
    expect(Array.from(y!.data as Float32Array)).toEqual(Array.from(ramp(2, 1)));
    expect(tf.memory().numBytes).toBe(bytes);
    session.dispose();
    expect(weights.isDisposed).toBe(false);
    weights.dispose();
  });
});

describe('a backend whose tensors are not arrays', () => {
  it('agrees with one whose tensors are', async () => {
    const program = residualGradient();
    const [one, other] = await Promise.all([
      withoutArrays.load(program),
      tfjsBackend({ name: 'cpu' }).load(program),
    ]);
    const [a, b] = [await one!.run(images(2)), await other!.run(images(2))];
    const [x, y] = [a.relevance!.data as Float32Array, b.relevance!.data as Float32Array];
    const largest = Math.max(...y.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    for (const [at, value] of y.entries())
      expect(Math.abs(x[at]! - value)).toBeLessThanOrEqual(1e-6 * largest);
    one!.dispose();
    other!.dispose();
  });
});
