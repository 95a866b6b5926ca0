/** The two sides talking through a channel, without a worker: names, errors, order, memory. */

import { referenceBackend } from '@regional-saliency/conformance';
import {
  type Backend,
  Builder,
  createExplainer,
  type Explainer,
  type Graph,
  logitDifference,
  type Method,
  N,
  type Procedure,
  procedure,
  SaliencyError,
  type Tensor,
  tensor,
} from '@regional-saliency/core';
import { afterEach, expect, it, vi } from 'vitest';
import { createWorkerExplainer, serve, type WorkerExplainerOptions } from '../src/index';

/** `scale` times x through a layer "hidden", to two scores. */
function model({ scale }: { readonly scale: number }): Graph {
  const g = new Builder();
  const x = g.input('x', [N, 1, 2, 2]);
  const hidden = g.op('Relu', [g.mul(x, g.scalar(scale))]);
  const y = g.matMul(g.op('Flatten', [hidden]), g.constant([1, 0, 0, 1, 2, 0, 0, 2], [4, 2]));
  return g.finish({ inputs: [x], outputs: { y }, names: new Map([['hidden', hidden]]) });
}

const gradient = (): Method => ({
  id: 'gradient',
  options: {},
  build: ({ input, backward }) => backward([input]).get(input)!,
});

/** Asks for as many predictions as it is told, one after another. */
const asking = ({ times }: { readonly times: number }): Procedure =>
  procedure({
    id: 'asking',
    options: { times },
    async run(predict, image, { progress }) {
      for (let done = 1; done <= times; done++) {
        await predict(image);
        progress?.(done, times);
      }
      return { relevance: image };
    },
  });

let runs = 0;
/** Counts what it runs. */
const counting = (): Backend => ({
  name: 'counting',
  async load(program) {
    const session = await referenceBackend().load(program);
    return {
      run: async (feeds) => {
        runs++;
        return session.run(feeds);
      },
      dispose: () => session.dispose(),
    };
  },
});

const ports: MessagePort[] = [];
function worker(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  serve(
    {
      models: { scaled: model },
      backends: { counting },
      methods: { gradient, asking },
      objectives: { difference: ([a, b]: readonly [number, number]) => logitDifference(a, b) },
    },
    port2,
  );
  ports.push(port1, port2);
  return port1;
}
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

const wanted: WorkerExplainerOptions = {
  model: { scaled: { scale: 3 } },
  backend: 'counting',
  method: 'gradient',
};
const image = (...values: number[]): Tensor => tensor(values, [1, 1, 2, 2]);

async function refusal(work: Promise<unknown>): Promise<SaliencyError> {
  const error = await work.then(
    () => expect.unreachable('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SaliencyError);
  return error as SaliencyError;
}

it('explains as core does, in every field', async () => {
  const here: Explainer = await createExplainer(model({ scale: 3 }), {
    backend: referenceBackend(),
    method: gradient(),
    capture: ['hidden'],
  });
  const there = await createWorkerExplainer(worker(), { ...wanted, capture: ['hidden'] });
  const expected = await here.explain(image(1, 2, -3, 4));
  expect(await there.explain(image(1, 2, -3, 4))).toEqual(expected);
  expect([...expected.relevance.data]).toEqual([0, 3, 0, 6]);
  await there.dispose();
});

it('objectives, several methods and targets go by name', async () => {
  const explainer = await createWorkerExplainer(worker(), {
    ...wanted,
    method: ['gradient', { asking: { times: 2 } }],
    objective: { difference: [0, 1] },
  });
  const { relevances } = await explainer.explain(image(1, 1, 1, 1));
  expect([...relevances.gradient!.data]).toEqual([3, -3, 6, -6]);
  expect(Object.keys(relevances)).toEqual(['gradient', 'asking']);
  const chosen = await createWorkerExplainer(worker(), { ...wanted, target: 'input' });
  expect([...(await chosen.explain(image(1, 1, 1, 1), { target: 0 })).relevance.data]).toEqual([3, 0, 6, 0]);
});

it('hooks are called in the page, with what their layers did', async () => {
  const hook = vi.fn();
  const explainer = await createWorkerExplainer(worker(), { ...wanted, hooks: { 'hid*': hook } });
  await explainer.explain(image(1, 0, 0, 0));
  expect(hook.mock.calls.map(([capture, name]) => [[...capture.activation.data], name])).toEqual([
    [[3, 0, 0, 0], 'hidden'],
  ]);
});

it('progress arrives before the result', async () => {
  const explainer = await createWorkerExplainer(worker(), { ...wanted, method: { asking: { times: 3 } } });
  const seen: unknown[] = [];
  await explainer.explain(image(1, 2, 3, 4), { progress: (...all) => seen.push(all) });
  expect(seen).toEqual([1, 2, 3].map((done) => [done, 3, 'asking']));
});

it('stops after the run it is in, fails with the signal’s reason, and explains the next', async () => {
  const explainer = await createWorkerExplainer(worker(), { ...wanted, method: { asking: { times: 1000 } } });
  const controller = new AbortController();
  const reason = new Error('enough');
  let atAbort = 0;
  const stopped = explainer.explain(image(1, 2, 3, 4), {
    signal: controller.signal,
    progress: (done) => {
      if (done !== 5) return;
      controller.abort(reason);
      atAbort = runs;
    },
  });
  await expect(stopped).rejects.toBe(reason);
  await explainer.explain(image(1, 2, 3, 4), { signal: AbortSignal.timeout(1) }).catch(() => undefined);
  await explainer.dispose();
  // The order is on its way while the worker is in its next runs; a thousand are asked for.
  expect(runs - atAbort).toBeLessThan(50);
});

it('is not asked at all where the signal has aborted', async () => {
  const explainer = await createWorkerExplainer(worker(), wanted);
  const before = runs;
  const given = image(1, 2, 3, 4);
  await expect(explainer.explain(given, { signal: AbortSignal.abort('no'), transfer: true })).rejects.toBe(
    'no',
  );
  expect([runs, given.data.length]).toEqual([before, 4]);
});

it('explanations that are asked for together come in order, each its own', async () => {
  const explainer = await createWorkerExplainer(worker(), wanted);
  const order: number[] = [];
  const all = [1, 2, 3].map(async (value) => {
    const { output } = await explainer.explain(image(value, 0, 0, 0));
    order.push(value);
    return output.data[0];
  });
  expect(await Promise.all(all)).toEqual([3, 6, 9]);
  expect(order).toEqual([1, 2, 3]);
});

it('images are copied, or handed over where that is asked', async () => {
  const explainer = await createWorkerExplainer(worker(), wanted);
  const [kept, given] = [image(1, 2, 3, 4), image(1, 2, 3, 4)];
  await explainer.explain(kept);
  await explainer.explain(given, { transfer: true });
  expect([kept.data.length, given.data.length]).toEqual([4, 0]);
});

it.each([
  [
    { model: 'other' },
    'unknown-name',
    'the worker serves no model "other": it has "scaled", and others go into serve({ models })',
  ],
  [
    { method: 'lrp' },
    'unknown-name',
    'the worker serves no method "lrp": it has "gradient", "asking", and others go into serve({ methods })',
  ],
  [
    { backend: { counting: 1, wasm: 2 } },
    'unknown-name',
    'one backend was asked of the worker with 2 names: give one, as in { name: what it takes }',
  ],
  [
    { model: { scaled: () => 3 } },
    'bad-input',
    /^this can't be sent to a worker, which takes names, numbers and arrays, not functions/,
  ],
  [{ capture: ['nowhere'] }, 'unknown-name', /nowhere/],
] as const)('an explainer of %j is refused as %s', async (wrong, code, message) => {
  const error = await refusal(createWorkerExplainer(worker(), { ...wanted, ...(wrong as object) }));
  expect(error).toMatchObject({
    code,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
});

it('what core refuses comes through with its code, and what is a bug with its name', async () => {
  const explainer = await createWorkerExplainer(worker(), wanted);
  expect(await refusal(explainer.explain(image(1, Number.NaN, 3, 4)))).toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('NaN'),
  });
  const broken = await createWorkerExplainer(worker(), { ...wanted, method: { asking: { times: 1 } } });
  await expect(broken.explain({ x: null } as never)).rejects.toThrow();
});

it('may be disposed twice, and then explains no more', async () => {
  const explainer = await createWorkerExplainer(worker(), wanted);
  const before = explainer.explain(image(1, 2, 3, 4));
  await explainer.dispose();
  await explainer.dispose();
  expect((await before).relevance.shape).toEqual([1, 1, 2, 2]);
  expect(await refusal(explainer.explain(image(1, 2, 3, 4)))).toMatchObject({
    code: 'backend',
    message: 'this explainer was disposed: create it again',
  });
});
