/** The explainer between images and a session: slices, fixed batches, rows, and what it hands to a backend. */
import { referenceBackend } from '@regional-saliency/conformance';
import { describe, expect, it } from 'vitest';
import {
  type Backend,
  Builder,
  createExplainer,
  type Dim,
  type Graph,
  type Method,
  N,
  type Objective,
  type Tensor,
} from '../src/index';

const gradient: Method = {
  id: 'gradient',
  options: {},
  build: ({ input, backward }) => backward([input]).get(input)!,
};

/** A model with layers whose images lie on other axes than the first, or are folded into it, and a constant output. */
function model(batch: Dim): Graph {
  const g = new Builder();
  const x = g.input('x', [batch, 3, 4]);
  const rows = typeof batch === 'number' ? batch * 3 : { batch: 3 };
  const folded = g.op('Neg', [g.reshape(g.mul(x, x), [rows, 4])]);
  const sequence = g.op('Tanh', [g.transpose(g.reshape(folded, [batch, 3, 4]), [1, 0, 2])]);
  const back = g.transpose(sequence, [1, 0, 2]);
  const logits = g.reduceSum(back, [2], false);
  const table = g.op('Tanh', [g.constant([1, 2, 3, 4, 5], [5])]);
  const names = new Map([
    ['sequence', sequence],
    ['folded', folded],
  ]);
  return g.finish({ inputs: [x], outputs: { logits, table }, names });
}

const images: Tensor = {
  data: Float32Array.from({ length: 5 * 12 }, (_, at) => Math.sin(at)),
  shape: [5, 3, 4],
  dtype: 'float32',
};

/** The reference backend, and the batch sizes that it was run with. */
function watched(): { backend: Backend; sizes: number[]; disposed: () => number } {
  const sizes: number[] = [];
  let disposed = 0;
  const backend: Backend = {
    name: 'watched',
    load: async (program) => {
      const session = await referenceBackend().load(program);
      return {
        run: async (feeds) => {
          sizes.push(feeds.x!.shape[0]!);
          return session.run(feeds);
        },
        dispose: () => {
          disposed++;
        },
      };
    },
  };
  return { backend, sizes, disposed: () => disposed };
}

const options = { method: gradient, capture: ['sequence', 'folded'] };

describe('slices', () => {
  it('are as large as asked for, the last one what is left', async () => {
    const { backend, sizes, disposed } = watched();
    const explainer = await createExplainer(model(N), { ...options, backend, batch: 2 });
    await explainer.explain(images);
    expect(sizes).toEqual([2, 2, 1]);
    await explainer.dispose();
    expect(disposed()).toBe(1);
  });

  it('of a fixed batch are full, and what only fills the last one is left out', async () => {
    const { backend, sizes } = watched();
    const explainer = await createExplainer(model(4), { ...options, backend, batch: 2 });
    const { relevance, target } = await explainer.explain(images);
    expect(sizes).toEqual([4, 4]);
    expect(relevance.shape).toEqual([5, 3, 4]);
    expect(target).toHaveLength(5);
  });

  const backend = referenceBackend();
  it.each([1, 2, 3, 4])('of %i give what one run gives, wherever a layer has its images', async (batch) => {
    const whole = await (await createExplainer(model(N), { ...options, backend })).explain(images);
    expect(whole.captures.sequence!.activation.shape).toEqual([3, 5, 4]);
    const sliced = await createExplainer(model(N), { ...options, backend, batch });
    expect(await sliced.explain(images)).toEqual(whole);
  });

  it.each([1, 2, 4, 5, 7])('of a fixed batch of %i give what an open batch gives', async (batch) => {
    const plain = { method: gradient, capture: ['sequence'], backend };
    const whole = await (await createExplainer(model(N), plain)).explain(images);
    const explainer = await createExplainer(model(batch), plain);
    expect(await explainer.explain(images)).toEqual(whole);
  });
});

describe('the target of an explanation', () => {
  const backend = referenceBackend();
  const sum: Objective = (g, { logits }) => g.reduceSum(logits!, [1], false);
  const ofTarget: Objective = (g, { logits }, index) => {
    const hit = g.op('Equal', [g.constant([0, 1, 2], [1, 3], 'int64'), index]);
    return g.reduceSum(g.mul(logits!, g.cast(hit, 'float32')), [1], false);
  };
  const targetOf = async (more: object) =>
    Array.from(
      (await (await createExplainer(model(N), { method: gradient, backend, ...more })).explain(images))
        .target,
    );

  it('is the index that was predicted, settled or given', async () => {
    const predicted = await targetOf({});
    expect(new Set(predicted).size).toBeGreaterThan(1);
    expect(await targetOf({ target: 'predicted', objective: ofTarget })).toEqual(predicted);
    expect(await targetOf({ target: 1 })).toEqual([1, 1, 1, 1, 1]);
    const given = await createExplainer(model(N), { method: gradient, backend, target: 'input' });
    expect(Array.from((await given.explain(images, { target: [2, 1, 0, 1, 2] })).target)).toEqual([
      2, 1, 0, 1, 2,
    ]);
  });

  it('is -1 for an objective that no target was asked for', async () => {
    expect(await targetOf({ objective: sum })).toEqual([-1, -1, -1, -1, -1]);
  });
});

describe('a map beyond the numbers of the backend', () => {
  it('is an error that names the method and the image, not a map of NaN', async () => {
    const g = new Builder();
    const x = g.input('x', [N, 3, 4]);
    // The slope of a root is infinite at 0.
    const scores = g.reduceSum(g.op('Sqrt', [g.op('Abs', [x])]), [2], false);
    const explainer = await createExplainer(g.finish({ inputs: [x], outputs: { scores } }), {
      backend: referenceBackend(),
      method: gradient,
      target: 0,
    });
    const data = Float32Array.from({ length: 2 * 12 }, (_, at) => (at === 13 ? 0 : 1));
    await expect(explainer.explain({ data, shape: [2, 3, 4], dtype: 'float32' })).rejects.toThrow(
      /^gradient of image 1 runs beyond the numbers/,
    );
    await explainer.dispose();
  });
});
