/** What a procedure may run of a model besides its predictions: programs of its own, on the image it explains. */
import { referenceBackend } from '@regional-saliency/conformance';
import { describe, expect, it } from 'vitest';
import {
  type Backend,
  Builder,
  compileParts,
  createExplainer,
  type Dim,
  type Graph,
  type Method,
  N,
  nodesOf,
  type Objective,
  type Part,
  type Procedure,
  type ProcedureContext,
  procedure,
  type Tensor,
  tensor,
} from '../src/index';

/** `middle` is 2x, `logits` are its sum and its sum of squares, both with the sum of x added past it. */
function model(batch: Dim, input = 'x'): Graph {
  const g = new Builder();
  const x = g.input(input, [batch, 3]);
  const middle = g.mul(x, g.scalar(2));
  const sum = (value: typeof x) => g.reduceSum(value, [1]);
  const past = sum(x);
  const logits = g.concat([g.add(sum(middle), past), g.add(sum(g.mul(middle, middle)), past)], 1);
  return g.finish({ inputs: [x], outputs: { logits }, names: new Map([['middle', middle]]) });
}

const base = { id: 'probe', options: {} };
const activation: Part = { ...base, layers: ['middle'], build: ({ layer }) => layer('middle') };
const replaced: Part = {
  ...base,
  layers: ['middle'],
  build: ({ layer, feed, at }) => at(feed('values', [3]), layer('middle')).score(),
};
const gradient: Method = {
  id: 'gradient',
  options: {},
  build: ({ input, backward }) => backward([input]).get(input)!,
};

/** A procedure that does what the test says with its parts. */
const probe = (
  parts: Procedure['parts'],
  ask: (part: NonNullable<ProcedureContext['part']>) => Promise<Tensor>,
): Procedure =>
  procedure({
    id: 'probe',
    options: {},
    parts,
    run: async (_, __, { part }) => ({ relevance: await ask(part!) }),
  });

const images = tensor([1, 2, 3, 4, 5, 6], [2, 3]);
const values = tensor([1, 1, 1, 0, 0, 0, 1, 2, 3, 5, 5, 5, 0, 0, 1], [5, 3]);

async function ask(
  parts: Procedure['parts'],
  question: (part: NonNullable<ProcedureContext['part']>) => Promise<Tensor>,
  options: { graph?: Graph; batch?: number; target?: number; objective?: Objective; backend?: Backend } = {},
): Promise<number[]> {
  const { graph = model(N), backend = referenceBackend(), ...more } = options;
  const explainer = await createExplainer(graph, {
    target: 1,
    ...more,
    backend,
    method: probe(parts, question),
  });
  return Array.from((await explainer.explain(images)).relevance.data, Number);
}

describe('a part', () => {
  it('runs on the image that is explained, each by itself', async () => {
    expect(await ask({ activation }, (part) => part('activation'))).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it('may be a method, and gives its relevance for the explained target', async () => {
    const explainer = await createExplainer(model(N), {
      backend: referenceBackend(),
      method: [gradient, probe({ gradient }, (part) => part('gradient'))],
    });
    const { relevances } = await explainer.explain(images);
    expect(relevances.probe).toEqual(relevances.gradient);
  });

  it.each([1, 2, 3, 8])(
    'scores other values of a layer, what leads past it as the image has it, %i rows at a time',
    async (batch) => {
      const scores = await ask({ replaced }, (part) => part('replaced', { values }), { batch });
      expect(scores).toEqual([9, 6, 20, 81, 7].concat([18, 15, 29, 90, 16]));
      const sums = await ask({ replaced }, (part) => part('replaced', { values }), { batch, target: 0 });
      expect(sums).toEqual([9, 6, 12, 21, 7].concat([18, 15, 21, 30, 16]));
    },
  );

  it('fills up a batch that a file has fixed', async () => {
    const question = (part: NonNullable<ProcedureContext['part']>) => part('replaced', { values });
    const open = await ask({ replaced }, question);
    expect(await ask({ replaced }, question, { graph: model(2) })).toEqual(open);
    expect(await ask({ activation }, (part) => part('activation'), { graph: model(4) })).toHaveLength(6);
  });

  it('gets what is fed once for all rows in every row', async () => {
    const scaled: Part = {
      ...base,
      build: ({ g, feed, layer, at }) =>
        at(g.mul(feed('values', [3]), feed('factor', [1])), layer('middle')).score(),
    };
    const factor = tensor([2], [1, 1]);
    const scores = await ask({ scaled }, (part) => part('scaled', { values, factor }), {
      batch: 2,
      target: 0,
    });
    expect(scores).toEqual([12, 6, 18, 36, 8].concat([21, 15, 27, 45, 17]));
  });

  it('scores by the objective where there is one, which need not be differentiable', async () => {
    const largest: Objective = (g, { logits }) =>
      g.cast(g.op('ArgMax', [logits!], { axis: 1, keepdims: 0 }), 'float32');
    const scores = await ask({ replaced }, (part) => part('replaced', { values }), { objective: largest });
    expect(scores).toEqual([0, 0, 1, 1, 0].concat([0, 0, 1, 1, 0]));
  });

  it('names its inputs so that those of the model stay apart', async () => {
    const question = (part: NonNullable<ProcedureContext['part']>) => part('replaced', { values });
    const graph = model(N, 'values');
    expect(await ask({ replaced }, question, { graph })).toEqual(await ask({ replaced }, question));
  });

  it('holds nothing but what it computes', () => {
    const { activation: own, replaced: tail } = compileParts(
      model(N),
      probe({ activation, replaced }, (part) => part('x')),
      {},
    );
    expect(nodesOf(own!.graph).map(({ op }) => op)).not.toContain('ReduceSum');
    expect(Object.keys(own!.graph.outputs)).toEqual(['relevance']);
    expect(Object.keys(tail!.graph.outputs)).toEqual(['relevance']);
  });
});

describe('loading', () => {
  const watched = () => {
    const loaded: string[][] = [];
    let disposed = 0;
    const backend: Backend = {
      name: 'watched',
      load: async (program) => {
        loaded.push(Object.keys(program.outputs));
        const session = await referenceBackend().load(program);
        return { run: session.run, dispose: () => void disposed++ };
      },
    };
    return { backend, loaded, disposed: () => disposed };
  };

  it('waits for the first run, happens once, and ends with the explainer', async () => {
    const { backend, loaded, disposed } = watched();
    const method = probe({ activation, replaced, gradient }, async (part) => {
      await part('activation');
      return part('replaced', { values });
    });
    const explainer = await createExplainer(model(N), { backend, method, target: 0 });
    expect(loaded).toHaveLength(1);
    await explainer.explain(images);
    await explainer.explain(images);
    expect(loaded.slice(1)).toEqual([['relevance'], ['relevance']]);
    await explainer.dispose();
    expect(disposed()).toBe(3);
  });

  it('is none for a procedure that only predicts', async () => {
    const { backend, loaded } = watched();
    const method = procedure({
      id: 'twice',
      options: {},
      run: async (predict, image) => ({
        relevance: tensor(
          (await predict(image)).map((score) => 2 * score),
          [1, 1],
        ),
      }),
    });
    const explainer = await createExplainer(model(N), { backend, method, target: 0 });
    expect(Array.from((await explainer.explain(images)).relevance.data, Number)).toEqual([36, 90]);
    expect(loaded).toEqual([['logits', 'regional-saliency.score']]);
  });
});

describe('refused', () => {
  it('a layer that does not exist, when the explainer is made and before anything is loaded', async () => {
    const lost: Part = { ...base, layers: ['muddle'], build: ({ layer }) => layer('muddle') };
    await expect(ask({ lost }, (part) => part('lost'))).rejects.toThrow(/no layer is called "muddle"/);
  });

  it('a part that the procedure has not', async () => {
    await expect(ask({ activation }, (part) => part('active'))).rejects.toThrow(
      'probe has no part "active"; it has "activation"',
    );
    await expect(ask(undefined, (part) => part('active'))).rejects.toThrow('it has none');
  });

  it('feeds that do not go together, or are missing or not asked for', async () => {
    const two: Part = { ...base, build: ({ g, feed }) => g.add(feed('a', [3]), feed('b', [3])) };
    const a = tensor([1, 2, 3, 4, 5, 6], [2, 3]);
    await expect(ask({ two }, (part) => part('two', { a, b: values }))).rejects.toThrow(
      'what is fed to the part "two" of probe has 2 and 5 rows',
    );
    await expect(ask({ two }, (part) => part('two', { a }))).rejects.toThrow(
      /part "two" of probe is fed "a", but reads "a", "b"/,
    );
    await expect(ask({ activation }, (part) => part('activation', { a }))).rejects.toThrow(
      /part "activation" of probe is fed "a", but reads nothing/,
    );
  });
});
