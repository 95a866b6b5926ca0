/** Integrated gradients add up to the change of the score, over random networks that are smooth. */
import { evaluate, normal, randomTensor } from '@regional-saliency/conformance';
import { compile } from '@regional-saliency/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { integratedGradients } from '../src/index';
import { type Block, randomNetwork } from './random-network';

it('integrated-gradients sum to the score at the image less that at the baseline', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom<Block>('plain', 'residual', 'dense'), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('Tanh', 'Swish'),
      fc.nat(1_000_000).map(String),
      (blocks, activation, seed) => {
        const model = randomNetwork(blocks, activation, seed);
        const method = integratedGradients({ n: 64 });
        const x = randomTensor(
          `${seed}/images`,
          [2, 2, 6, 6],
          (random, at) => normal(random, at) / 10,
          'float32',
        );
        const { scores, relevance } = evaluate(compile(model, { method, target: 1 }).graph, { x });
        const black = { ...x, data: new Float32Array(x.data.length) };
        const { scores: before } = evaluate(model, { x: black });
        for (const image of [0, 1]) {
          const own = Array.from(relevance!.data.subarray(image * 72, (image + 1) * 72), Number);
          const size = own.reduce((sum, value) => sum + Math.abs(value), 0);
          const change = Number(scores!.data[image * 3 + 1]) - Number(before!.data[image * 3 + 1]);
          const sum = own.reduce((sum, value) => sum + value, 0);
          // Places and weights are float32 constants.
          expect(Math.abs(sum - change)).toBeLessThan(1e-5 * size);
        }
      },
    ),
    { seed: 1, numRuns: 30 },
  );
});
