/** Methods that ask for predictions only, on a model that shows nothing else. */
import { normal, randomTensor, referenceBackend } from '@regional-saliency/conformance';
import {
  canonize,
  createExplainer,
  fromFunction,
  isProcedure,
  type PredictImages,
} from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { type MethodOptions, methods } from '../src/index';
import { randomNetwork } from './random-network';

const graph = randomNetwork(['plain', 'residual'], 'Tanh', 'black box');
const backend = referenceBackend();
// Batch norms folded, as an explainer has them: that alone rounds.
const session = await backend.load(canonize(graph));
const predict: PredictImages = async (images) => (await session.run({ x: images })).scores!;
const images = randomTensor('black box', [2, 2, 6, 6], normal, 'float32');

/** Few samples, small windows. */
const small: Record<string, MethodOptions> = {
  occlusion: { window: 3, stride: 2 },
  rise: { samples: 30, cells: 3 },
  lime: { samples: 40, grid: '2x3' },
  'kernel-shap': { samples: 40, grid: '2x3' },
  'shapley-value-sampling': { samples: 10, grid: '2x3' },
  'feature-ablation': { grid: '2x3' },
  'region-shapley': { grid: '2x3' },
};

const entries = Object.values(methods).map((entry) => ({
  ...entry,
  made: entry.make(small[entry.id] ?? {}),
}));
const asking = entries.filter(({ made }) => isProcedure(made) && !made.needsParts);

describe('a network of which only predictions are to be had', () => {
  it.each(asking.map(({ id, made }) => [id, made] as const))(
    'is explained by %s as the network itself is',
    async (_, method) => {
      const whole = await createExplainer(graph, { backend, method });
      const { relevance: expected } = await whole.explain(images);
      await whole.dispose();
      const box = fromFunction(predict, { batch: 3, concurrency: 2 });
      const { relevance } = await (await createExplainer(box, { method })).explain(images);
      expect(relevance.shape).toEqual(expected.shape);
      const [ours, theirs] = [relevance, expected].map(({ data }) => Array.from(data as Float64Array));
      const largest = Math.max(...theirs!.map(Math.abs));
      for (const [at, value] of theirs!.entries()) {
        expect(Math.abs(ours![at]! - value) / largest).toBeLessThan(1e-9);
      }
    },
  );

  it('is refused every other method, in a sentence that names those that it is not', async () => {
    for (const { made, id } of entries) {
      const refusal = await createExplainer(fromFunction(predict), { method: made }).then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (asking.some((each) => each.id === id)) expect(refusal).toBeUndefined();
      else {
        const named = refusal!.split('such as ')[1]!.split(/, | or /);
        expect(named.sort()).toEqual(asking.map((each) => each.id).sort());
      }
    }
  });
});
