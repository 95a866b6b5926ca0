/** What an app hands over by mistake: each is one sentence that says what to do, where TypeScript is not asked. */
import { referenceBackend } from '@regional-saliency/conformance';
import { describe, expect, it } from 'vitest';
import {
  Builder,
  compile,
  createExplainer,
  fromFunction,
  type Method,
  N,
  procedure,
  SaliencyError,
  segmentation,
  tensor,
} from '../src/index';

const gradient = (): Method => ({
  id: 'gradient',
  options: {},
  build: ({ input, backward }) => backward([input]).get(input)!,
});
const ask = procedure({
  id: 'ask',
  options: {},
  run: async (_, image) => ({ relevance: image }),
});
const backend = referenceBackend();

const model = (() => {
  const g = new Builder();
  const x = g.input('x', [N, 3, 4, 5]);
  return g.finish({ inputs: [x], outputs: { y: g.reduceSum(g.op('Tanh', [x]), [2, 3], false) } });
})();

// biome-ignore lint/suspicious/noExplicitAny: JavaScript asks for no types.
type Any = any;
const refused = async (call: () => unknown) => {
  const error = await (async () => call())().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SaliencyError);
  return (error as SaliencyError).message;
};

describe('createExplainer', () => {
  it.each<[string, Any, Any, RegExp]>([
    ['no model', undefined, {}, /no graph: make it one by readOnnx/],
    ["another library's model", { inputs: [], outputs: [] }, {}, /no graph: make it one by readOnnx/],
    ['a function for a model', () => 1, {}, /fromFunction\(predict\)/],
    ['no backend', model, { backend: undefined }, /needs a backend: onnxruntimeBackend\(ort\)/],
    ['a backend that was not called', model, { backend: referenceBackend }, /call it, as in tfjsBackend\(\)/],
    [
      'a function without options',
      fromFunction(async () => tensor([1], [1, 1])),
      undefined,
      /at least one method/,
    ],
    [
      'an objective of a function',
      fromFunction(async () => tensor([1], [1, 1])),
      { method: ask, objective: segmentation(0) },
      /an objective is built on the outputs of a graph/,
    ],
    ['no method', model, { method: undefined }, /at least one method/],
    ["a method's name", model, { method: 'gradient' }, /make the method by method\('gradient'\)/],
    ['a method that was not called', model, { method: gradient }, /gradient is a function .* call it/],
    ['something else for a method', model, { method: [{}] }, /a method is what gradient\(\)/],
    [
      'a procedure that is only described',
      model,
      { method: { kind: 'procedure', id: 'own', options: {}, run: async () => undefined } },
      /own is but the description of a procedure: make the method by procedure\(/,
    ],
  ])('refuses %s', async (_, given, options, message) => {
    const all = options && { backend, method: gradient(), ...options };
    expect(await refused(() => createExplainer(given, all))).toMatch(message);
  });

  it('asks the same of the method of a black box and of a program', async () => {
    const box = fromFunction(async () => tensor([1, 2], [1, 2]));
    expect(await refused(() => createExplainer(box, { method: 'rise' } as Any))).toMatch(/method\('rise'\)/);
    expect(await refused(() => compile(model, { method: gradient } as Any))).toMatch(/call it/);
  });
});

describe('explain', () => {
  const values = new Float32Array(60);
  const wrong: [string, Any, RegExp][] = [
    ['nothing', undefined, /is no tensor: make one by tensor\(data, shape\)/],
    ['bare numbers', values, /is no tensor: make one by tensor\(data, shape\)/],
    [
      "another library's tensor",
      { shape: [1, 3, 4, 5], data: async () => values, dtype: 'float32' },
      /no tensor/,
    ],
    ['a tensor without a type', { shape: [1, 3, 4, 5], data: values }, /is no tensor/],
    [
      'fewer values than the shape says',
      { shape: [2, 3, 4, 5], data: values, dtype: 'float32' },
      /holds 60 values, but its shape \[2, 3, 4, 5\] means 120/,
    ],
  ];

  it.each(wrong)('refuses %s, for a graph and for a function', async (_, images, message) => {
    const explainer = await createExplainer(model, { backend, method: gradient() });
    expect(await refused(() => explainer.explain(images))).toMatch(message);
    const box = fromFunction(async () => tensor([1, 2], [1, 2]));
    const asking = await createExplainer(box, { method: ask });
    expect(await refused(() => asking.explain(images))).toMatch(message);
  });

  it.each<[string, number[], RegExp]>([
    ['channels last', [1, 4, 5, 3], /move the channels first, since a graph takes \[N, 3, 4, 5\]/],
    ['one image channels last', [4, 5, 3], /move the channels first/],
    ['an image without a batch', [3, 4, 5], /put the batch first, 1 for a single image/],
    ['another size', [1, 3, 5, 4], /these are \[1, 3, 5, 4\]$/],
  ])('says the cure for %s', async (_, shape, message) => {
    const explainer = await createExplainer(model, { backend, method: gradient() });
    expect(await refused(() => explainer.explain(tensor(values, shape)))).toMatch(message);
  });

  it('says that bytes must be converted', async () => {
    const explainer = await createExplainer(model, { backend, method: gradient() });
    const bytes = tensor(new Uint8Array(60), [1, 3, 4, 5]);
    expect(await refused(() => explainer.explain(bytes))).toMatch(
      /takes float32 .* uint8: convert them first/,
    );
  });

  it('says that an objective may have no value for an image', async () => {
    const g = new Builder();
    const x = g.input('x', [N, 2, 2, 2]);
    const places = g.finish({ inputs: [x], outputs: { places: g.op('Tanh', [x]) } });
    const objective = segmentation(1, { mask: 'predicted' });
    const explainer = await createExplainer(places, { backend, method: gradient(), objective });
    const never = tensor([1, 1, 1, 1, 0, 0, 0, 0], [1, 2, 2, 2]);
    expect(await refused(() => explainer.explain(never))).toMatch(
      /segmentation=1,predicted,mean may have no value for this image/,
    );
  });
});

describe('tensor', () => {
  it('refuses null, which JSON writes for NaN, before it becomes 0', async () => {
    const scores = JSON.parse(JSON.stringify([Number.NaN, 1])) as number[];
    expect(await refused(() => tensor(scores, [1, 2]))).toMatch(/holds numbers, but value 0 is null/);
  });

  it("refuses a canvas's bytes by their type, not as 64-bit numbers", async () => {
    expect(await refused(() => tensor(new Uint8ClampedArray(4) as Any, [4]))).toMatch(/Uint8ClampedArray/);
  });
});
