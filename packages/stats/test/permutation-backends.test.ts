/** The same p from every backend, in float32, as in float64. */
import type { Backend } from '@regional-saliency/core';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { tfjsBackend } from '@regional-saliency/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { type PermutationDesign, type PermutationTestOptions, permutationTest } from '../src/index';
import { centred } from '../src/permutation/columns';
import { correlation, type Kernel, welchOf } from '../src/permutation/kernel';

const addon = await import('@tensorflow/tfjs-node').then(
  () => true,
  () => false,
);
await tf.setBackend('cpu');

const backends: { title: string; here: boolean; make: () => Backend }[] = [
  {
    title: 'onnxruntime',
    here: true,
    make: () => onnxruntimeBackend(ort, { executionProviders: ['cpu'], threads: 1 }),
  },
  { title: 'tfjs cpu', here: true, make: () => tfjsBackend({ name: 'cpu' }) },
  { title: 'tfjs wasm', here: true, make: () => tfjsBackend({ name: 'wasm' }) },
  {
    title: addon ? 'tfjs-node' : 'tfjs-node (its addon is missing: run node tools/tfjs-node/build.mjs)',
    here: addon,
    make: () => tfjsBackend({ name: 'tensorflow' }),
  },
];

/** Any table and design; coarse scores, so that there are ties, some of them far from zero or close to each other. */
const problems: fc.Arbitrary<PermutationTestOptions> = fc
  .record({
    images: fc.integer({ min: 6, max: 30 }),
    columns: fc.integer({ min: 1, max: 6 }),
    kind: fc.constantFrom(
      'student',
      'mean-difference',
      'welch',
      'mann-whitney',
      'strata',
      'paired',
      'pearson',
      'spearman',
    ),
    alternative: fc.constantFrom('two-sided', 'less', 'greater'),
    scale: fc.constantFrom(1, 0.1, 1e-30, 1e25),
    origin: fc.constantFrom(0, 1e4),
    seed: fc.integer({ min: 0, max: 1000 }),
  } as const)
  .chain(({ images: wanted, columns, kind, alternative, scale, origin, seed }) => {
    const images = kind === 'paired' ? wanted - (wanted % 2) : wanted;
    return fc
      .record({
        values: fc.array(fc.integer({ min: -20, max: 20 }), {
          minLength: images * columns,
          maxLength: images * columns,
        }),
        y: fc.array(fc.integer({ min: -20, max: 20 }), { minLength: images, maxLength: images }),
        ofA: fc.integer({ min: 2, max: images - 2 }),
      })
      .map(({ values, y, ofA }) => {
        const places = Array.from({ length: images }, (_, image) => image);
        const inA = places.map((image) => image < ofA);
        const design: PermutationDesign =
          kind === 'pearson' || kind === 'spearman'
            ? { kind: 'correlation', y: y.map((value, image) => value + 0.01 * image) }
            : kind === 'paired'
              ? {
                  kind,
                  inA: places.map((image) => image % 2 === 1),
                  pairs: places.map((image) => image >> 1),
                }
              : {
                  kind: 'two-sample',
                  inA,
                  ...(kind === 'strata' && { strata: places.map((image) => image % 3) }),
                };
        // Steps of 0.37 make sums that are equal but for rounding.
        const data = values.map((value, at) => {
          const image = Math.floor(at / columns);
          return (value + (image % 5) * 0.37 + origin) * scale;
        });
        const statistic = kind === 'paired' || kind === 'strata' ? 'student' : kind;
        return { scores: { data, shape: [images, columns] }, design, statistic, alternative, seed };
      });
  });

for (const { title, here, make } of backends) {
  describe.runIf(here)(`permutationTest on ${title}`, () => {
    it('gives the p of float64, exact and drawn, in every design', async () => {
      const backend = make();
      await fc.assert(
        fc.asyncProperty(problems, fc.constantFrom(50, 700), async (problem, permutations) => {
          const own = await permutationTest({ ...problem, permutations }).catch((error) => error.message);
          const given = await permutationTest({ ...problem, permutations, backend }).catch(
            (error) => error.message,
          );
          expect(given).toEqual(own);
        }),
        { numRuns: 60, seed: 20261123 },
      );
    });

    it('gives the p of float64 for many images, whose sums round more, in several chunks', async () => {
      const images = 400;
      const wave = (at: number) => Math.sin(at * at * 0.137) + 0.02 * Math.cos(at);
      const data = Array.from({ length: images * 8 }, (_, at) => Math.round(2 * wave(at)));
      for (const statistic of ['student', 'welch'] as const) {
        const problem = {
          scores: { data, shape: [images, 8] as const },
          design: {
            kind: 'two-sample' as const,
            inA: Array.from({ length: images }, (_, at) => at % 3 === 0),
          },
          statistic,
          permutations: 1500,
        };
        expect(await permutationTest({ ...problem, backend: make() })).toEqual(
          await permutationTest(problem),
        );
      }
    });

    it('is off by less than the tolerance that is claimed, and by more than nothing', async () => {
      const images = 60;
      const places = Array.from({ length: images }, (_, image) => image);
      const labels = Float64Array.from(places, (image) => Number(image % 4 === 0));
      const strata = [Int32Array.from(places)];
      const columns = [1, 2, 3].map((power) =>
        centred(
          Float64Array.from(places, (image) => Math.sin(image * 7.3) * image ** power),
          strata,
        ),
      );
      for (const kernel of [
        correlation(columns, labels, centred(labels, strata).length),
        welchOf(columns, images, 15),
      ]) {
        const worst = await worstError(make(), kernel, labels, columns.length);
        expect(worst).toBeGreaterThan(0);
        expect(worst).toBeLessThan(kernel.tolerance);
      }
    });
  });
}

async function worstError(
  backend: Backend,
  kernel: Kernel,
  labels: Float64Array,
  columns: number,
): Promise<number> {
  const session = await backend.load(kernel.program());
  const images = labels.length;
  const turns = Array.from({ length: images }, (_, turn) =>
    labels.map((_, image) => labels[(image + turn) % images]!),
  );
  const rows = Float64Array.from(turns.flatMap((turn) => [...turn]));
  const shape = [images, images];
  const { values } = await session.run({ labels: { data: new Float32Array(rows), shape, dtype: 'float32' } });
  await session.dispose();
  let worst = 0;
  for (let row = 0; row < images; row++) {
    for (let column = 0; column < columns; column++) {
      const error = Number(values!.data[row * columns + column]) - kernel.value(rows, row * images, column);
      worst = Math.max(worst, Math.abs(error));
    }
  }
  return worst;
}

describe('permutationTest on a backend', () => {
  it('that computes in half the digits is refused by name', async () => {
    const coarse: Backend = {
      name: 'a coarse backend',
      load: async (program) => {
        const session = await backends[0]!.make().load(program);
        return {
          run: async (feeds) => {
            const { values } = await session.run(feeds);
            const data = (values!.data as Float32Array).map((value) => Math.round(value * 1024) / 1024);
            return { values: { ...values!, data } };
          },
          dispose: () => session.dispose(),
        };
      },
    };
    const scores = { data: [0.3, 1.7, 2.2, 4.1, 5.6, 7.9], shape: [6, 1] as const };
    const design = { kind: 'two-sample' as const, inA: [1, 1, 1, 0, 0, 0] };
    await expect(permutationTest({ scores, design, backend: coarse })).rejects.toThrow(
      /a coarse backend computes/,
    );
  });
});
