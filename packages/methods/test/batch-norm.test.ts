/** Whether a batch norm is folded into its convolution is a matter of files: gradients and what is made of them don't see it. */
import { normal, randomTensor, referenceBackend } from '@regional-saliency/conformance';
import {
  canonize,
  compile,
  createExplainer,
  type Graph,
  isProcedure,
  nodesOf,
  type Tensor,
} from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { families, gradient } from '../src/index';
import { type Activation, activations, type Block, randomNetwork } from './random-network';

const norms = (graph: Graph) => nodesOf(graph).filter(({ op }) => op === 'BatchNormalization').length;

const entries = [...families.Gradients!, ...families['Class activation maps']!].filter(
  // FullGrad is defined on folded norms; procedures see only predictions.
  ({ id, kind }) => kind === 'program' && id !== 'full-grad',
);

describe.each(entries.map((entry) => [entry.id, entry] as const))('%s', (id, entry) => {
  it('is the same with batch norms folded as with batch norms', { timeout: 60_000 }, async () => {
    const rectifiers = /guided|deconvnet|beta-smooth/.test(id);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Block>('plain', 'residual', 'dense'), { minLength: 1, maxLength: 3 }),
        fc.constantFrom<Activation>(...activations.slice(0, rectifiers ? 2 : undefined)),
        fc.nat(1_000_000).map(String),
        async (blocks, activation, seed) => {
          const model = randomNetwork(blocks, activation, seed);
          const folded = canonize(model);
          expect([norms(model), norms(folded)]).toEqual([blocks.length, 0]);
          const options = entry.layer ? { layer: 'last' } : {};
          const method = entry.make(options);
          if (isProcedure(method)) throw new Error(`${id} is a procedure`);
          // A layer that is looked at is not folded away; captures are the first method's.
          const capture = blocks.map((_, at) => `c${at}`);
          const both = [gradient(), method];
          expect(norms(compile(model, { method: both, capture }).graph)).toBeGreaterThanOrEqual(
            blocks.length,
          );
          const images = randomTensor(`${seed}/images`, [2, 2, 6, 6], normal, 'float32');
          const map = async (graph: Graph, layers: readonly string[]): Promise<Tensor> => {
            const explainer = await createExplainer(graph, {
              backend: referenceBackend(),
              method: both,
              target: 1,
              capture: layers,
            });
            return Object.values((await explainer.explain(images)).relevances)[1]!;
          };
          const [ours, theirs] = [await map(model, capture), await map(folded, [])];
          const data = ours.data as Float64Array;
          const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          for (const [at, value] of data.entries()) {
            expect(Math.abs(value - Number(theirs.data[at]))).toBeLessThanOrEqual(1e-6 * largest);
          }
        },
      ),
      { seed: 1, numRuns: 12 },
    );
  });
});
