import { readFileSync } from 'node:fs';
import { caseOf, checkCase } from '@regional-saliency/conformance';
import { Builder, N, tensor } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generated } from '../assembly/build';
import { tfjsBackend } from '../src/index';
import { simdOf } from '../src/simd';
import './backends';

const backend = tfjsBackend({ name: 'wasm' });

describe('kernels of our own on wasm', () => {
  it('are built from their sources as these are now', async () => {
    const file = new URL('../src/generated/simd.ts', import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(await generated());
  });

  it('are there, once a backend', async () => {
    await tf.setBackend('wasm');
    const simd = await simdOf('wasm');
    expect(simd).toBeDefined();
    expect(await simdOf('wasm')).toBe(simd);
    expect(await simdOf('cpu')).toBeUndefined();
  });

  it('convolve wide layers: more pixels than a block, panels whole and half, few channels and many', async () => {
    const layers = fc.record({
      kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
      channels: fc.constantFrom(1, 3, 7, 8, 20, 33),
      outputs: fc.constantFrom(4, 8, 12, 20, 28),
      strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      pads: fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }),
      spatial: fc.tuple(fc.integer({ min: 4, max: 13 }), fc.integer({ min: 4, max: 13 })),
    });
    await fc.assert(
      fc.asyncProperty(layers, async ({ kernel, channels, outputs, strides, pads, spatial }) => {
        await checkCase(
          backend,
          caseOf(`${kernel} ${channels}→${outputs} of ${spatial}`, ({ g, input, weight }) => {
            const x = input([N, channels, ...spatial]);
            const w = weight([outputs, channels, ...kernel]);
            const y = g.op('Conv', [x, w, weight([outputs])], { strides, pads });
            const back = g.op('ConvGrad', [input(y.shape), w], { ...y.node!.attributes, spatial });
            return { y: g.op('Relu', [y]), back };
          }),
        );
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it("convolve by Winograd's tiles: odd and even sizes, one image and several, every padding", async () => {
    const layers = fc.record({
      channels: fc.constantFrom(20, 24, 36),
      outputs: fc.constantFrom(20, 24, 36),
      pads: fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
      spatial: fc.tuple(fc.integer({ min: 3, max: 20 }), fc.integer({ min: 3, max: 20 })),
      relu: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(layers, async ({ channels, outputs, pads, spatial, relu }) => {
        await checkCase(
          backend,
          caseOf(`${channels}→${outputs} of ${spatial} padded ${pads}`, ({ g, input, weight }) => {
            const x = input([N, channels, ...spatial]);
            const y = g.op('Conv', [x, weight([outputs, channels, 3, 3]), weight([outputs])], { pads });
            return { y: relu ? g.op('Relu', [y]) : y };
          }),
        );
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  it('read nothing outside the image: around it zeros count, even beside numbers that are none', async () => {
    const g = new Builder();
    const x = g.input('x', [1, 20, 5, 5]);
    const w = g.constant(new Float32Array(20 * 20 * 9).fill(1), [20, 20, 3, 3]);
    const y = g.op('Conv', [x, w], { pads: [1, 1, 1, 1] });
    const session = await backend.load(g.finish({ inputs: [x], outputs: { y } }));
    // The NaN lies in the last pixel: only the results whose windows reach it may see it.
    const image = new Float32Array(20 * 25).fill(1);
    image[24] = Number.NaN;
    const { y: found } = await session.run({ x: tensor(image, [1, 20, 5, 5]) });
    const first = (found!.data as Float32Array).subarray(0, 25);
    // A tile of Winograd's shares a NaN among its four results, so those of tiles that read the pixel are left open.
    for (const [at, value] of first.entries()) {
      const [row, column] = [Math.floor(at / 5), at % 5];
      if (row >= 3 && column >= 3) expect(value).toBeNaN();
      if (row < 2 || column < 2) {
        const reach = (place: number) => (place === 0 || place === 4 ? 2 : 3);
        expect(value).toBeCloseTo(20 * reach(row) * reach(column), 3);
      }
    }
    session.dispose();
  });

  it('give relevance to the first of equal maxima, and to a NaN, as the loops over arrays do', async () => {
    const g = new Builder();
    const x = g.input('x', [1, 4, 4, 4]);
    const r = g.input('r', [1, 4, 2, 2]);
    const most = g.op('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 0, 0] });
    const back = g.op('MaxPoolGrad', [x, r], most.node!.attributes);
    const program = g.finish({ inputs: [x, r], outputs: { back } });
    const image = Float32Array.from({ length: 64 }, (_, at) => (at < 32 ? 1 : Math.sin(at)));
    image[21] = Number.NaN;
    const feeds = {
      x: tensor(image, [1, 4, 4, 4]),
      r: tensor(
        Float32Array.from({ length: 16 }, (_, at) => at + 1),
        [1, 4, 2, 2],
      ),
    };
    const maps = [];
    for (const name of ['wasm', 'cpu']) {
      const session = await tfjsBackend({ name }).load(program);
      maps.push([...((await session.run(feeds)).back!.data as Float32Array)]);
      session.dispose();
    }
    expect(maps[0]).toEqual(maps[1]);
    expect(maps[0]!.reduce((sum, value) => sum + value, 0)).toBe(136);
  });

  it('leave no tensor behind where they fail', async () => {
    await tf.setBackend('wasm');
    const simd = (await simdOf('wasm'))!;
    const before = tf.memory().numTensors;
    const fail = () => {
      throw new Error('on purpose');
    };
    expect(() => simd.make([], [4], [8], fail)).toThrow('on purpose');
    expect(tf.memory().numTensors).toBe(before);
  });
});
