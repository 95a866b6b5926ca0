/** Models with several inputs: relevance for each that is asked for, the others fed. */
import { normal, randomTensor, referenceBackend } from '@regional-saliency/conformance';
import {
  Builder,
  compile,
  createExplainer,
  type Explanation,
  type Graph,
  type Method,
  N,
  type Procedure,
  sizeOf,
  type Tensor,
  tensor,
} from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import {
  deepLift,
  deepLiftShap,
  featureAblation,
  gradCam,
  gradient,
  gradientShap,
  inputXGradient,
  integratedGradients,
  layerDeepLift,
  layerIntegratedGradients,
  lrpEpsilonGammaBox,
  lrpEpsilonPlus,
  lrpEpsilonPlusFlat,
  occlusion,
  scoreCam,
  smoothGrad,
} from '../src/index';

/** Two images through one network and a vector, which meet in sums and a dense layer, in a difference and in a product. */
function model(activation: 'Relu' | 'Tanh', { sumsOnly = false } = {}): Graph {
  const g = new Builder();
  const left = g.input('left', [N, 2, 6, 6]);
  const right = g.input('right', [N, 2, 6, 6]);
  const facts = g.input('facts', [N, 3]);
  const weight = (name: string, shape: number[]) =>
    g.constantOf(randomTensor(`several/${name}`, shape, (random, at) => normal(random, at) / 2, 'float32'));
  const kernel = weight('kernel', [4, 2, 3, 3]);
  const names = new Map();
  const through = (image: typeof left, name: string) => {
    const features = g.op(activation, [g.op('Conv', [image, kernel], { pads: [1, 1, 1, 1] })]);
    names.set(name, features);
    return g.reshape(g.op('GlobalAveragePool', [features]), [N, 4]);
  };
  const [a, b] = [through(left, 'left features'), through(right, 'right features')];
  const known = g.op(activation, [g.matMul(g.reshape(facts, [N, 3]), weight('facts', [3, 4]))]);
  const ways = [a, b, g.add(a, b), g.add(b, known)];
  const together = g.concat(sumsOnly ? ways : [...ways, g.sub(a, b), g.mul(a, b)], 1);
  const hidden = g.op(activation, [g.matMul(together, weight('hidden', [together.shape[1] as number, 8]))]);
  const scores = g.matMul(hidden, weight('scores', [8, 3]));
  return g.finish({ inputs: [left, right, facts], outputs: { scores }, names });
}

const given = {
  left: randomTensor('left', [3, 2, 6, 6], normal, 'float32'),
  right: randomTensor('right', [3, 2, 6, 6], normal, 'float32'),
  facts: randomTensor('facts', [3, 3], normal, 'float32'),
};
const inputs = ['left', 'right', 'facts'] as const;
const backend = referenceBackend();

async function explained(
  graph: Graph,
  method: Method | Procedure | readonly (Method | Procedure)[],
  more: {
    inputs?: readonly string[];
    input?: string;
    batch?: number;
    given?: Record<string, Tensor>;
    capture?: string[];
  } = {},
): Promise<Explanation> {
  const { given: own = given, ...options } = more;
  const explainer = await createExplainer(graph, { backend, method, target: 1, ...options });
  const explanation = await explainer.explain(own);
  await explainer.dispose();
  return explanation;
}

const numbers = ({ data }: Tensor) => Array.from(data as Float32Array, Number);
const sum = (relevance: Tensor, image: number) => {
  const size = sizeOf(relevance.shape.slice(1));
  return numbers(relevance)
    .slice(image * size, (image + 1) * size)
    .reduce((a, b) => a + b, 0);
};
const sumOfAll = ({ inputs }: Explanation, image: number) =>
  Object.values(inputs).reduce((total, { relevance }) => total + sum(relevance, image), 0);

/** The score of class 1 where the named inputs are all zero. */
async function scoresWithout(graph: Graph, names: readonly string[]): Promise<number[]> {
  const session = await backend.load(graph);
  const feeds = Object.fromEntries(
    Object.entries(given).map(([name, own]) => [
      name,
      names.includes(name) ? { ...own, data: new Float32Array(own.data.length) } : own,
    ]),
  );
  const { scores } = await session.run(feeds);
  return [0, 1, 2].map((image) => Number(scores!.data[3 * image + 1]));
}

const close = (found: Tensor, expected: Tensor, bound = 1e-6) => {
  expect(found.shape).toEqual(expected.shape);
  const theirs = numbers(expected);
  const largest = Math.max(...theirs.map(Math.abs));
  for (const [at, value] of numbers(found).entries()) {
    expect(Math.abs(value - theirs[at]!)).toBeLessThanOrEqual(bound * largest);
  }
};

describe('several inputs explained together', () => {
  const smooth = model('Tanh');

  it.each([
    ['gradient', gradient()],
    ['inputXGradient', inputXGradient()],
    ['lrp epsilon plus', lrpEpsilonPlus()],
  ])('%s says of each what it says of it alone', async (_, method) => {
    const graph = model('Relu');
    const together = await explained(graph, method, { inputs });
    expect(Object.keys(together.inputs)).toEqual([...inputs]);
    expect(together.relevance).toBe(together.inputs.left!.relevance);
    for (const input of inputs) {
      const alone = await explained(graph, method, { input });
      close(together.inputs[input]!.relevance, alone.relevance);
      expect(together.inputs[input]!.relevance.shape).toEqual(given[input].shape);
      expect(alone.inputs).toEqual({ [input]: { relevance: alone.relevance, relevances: alone.relevances } });
    }
  });

  it.each([
    ['integratedGradients', integratedGradients({ n: 60 }), 1e-4],
    ['deepLift', deepLift(), 1e-5],
    ['deepLiftShap', deepLiftShap({ baselines: [0] }), 1e-5],
  ] as const)(
    '%s: relevance of all inputs adds up to how far the score is from that of all baselines',
    async (_, method, bound) => {
      const explanation = await explained(smooth, method, { inputs });
      const [here, there] = [await scoresWithout(smooth, []), await scoresWithout(smooth, inputs)];
      for (const image of [0, 1, 2]) {
        expect(Math.abs(sumOfAll(explanation, image) - (here[image]! - there[image]!))).toBeLessThan(bound);
      }
    },
  );

  it.each([
    ['integratedGradients', integratedGradients({ n: 60 }), 1e-4],
    ['deepLift', deepLift(), 1e-5],
  ] as const)('%s of some counts from where only these are at their baseline', async (_, method, bound) => {
    for (const some of [['left'], ['right', 'facts']]) {
      const explanation = await explained(smooth, method, { inputs: some });
      const [here, there] = [await scoresWithout(smooth, []), await scoresWithout(smooth, some)];
      for (const image of [0, 1, 2]) {
        expect(Math.abs(sumOfAll(explanation, image) - (here[image]! - there[image]!))).toBeLessThan(bound);
      }
    }
  });

  it.each([
    ['epsilon plus', lrpEpsilonPlus()],
    ['epsilon plus flat', lrpEpsilonPlusFlat()],
  ])('LRP %s hands relevance on whole: all inputs together have 1', async (_, method) => {
    // Images a thousand times larger make an ε of 1e-6 a thousand times less; there are no biases.
    const large = Object.fromEntries(
      Object.entries(given).map(([name, { data, shape }]) => [
        name,
        tensor(
          (data as Float32Array).map((value) => value * 1000),
          shape,
        ),
      ]),
    );
    const explanation = await explained(model('Relu', { sumsOnly: true }), method, { inputs, given: large });
    for (const image of [0, 1, 2]) {
      expect(Math.abs(sumOfAll(explanation, image) - 1)).toBeLessThan(1e-4);
    }
    // All of them have a part in it.
    for (const { relevance } of Object.values(explanation.inputs)) {
      expect(Math.max(...[0, 1, 2].map((image) => Math.abs(sum(relevance, image))))).toBeGreaterThan(1e-2);
    }
  });

  it('noise is drawn for each input by itself, also where both are one image, whatever the batch', async () => {
    const twice = { ...given, right: given.left };
    const method = smoothGrad({ n: 4 });
    const { draws } = compile(smooth, { method, inputs: ['left', 'right'], target: 1 });
    expect(draws.map(({ input, of }) => [input, of])).toEqual([
      ['noise', 'left'],
      ['noise_2', 'right'],
    ]);
    const [one, other] = draws.map(({ draw }) => draw.numbers(given.left.data));
    expect(one!.some((value, at) => value === other![at])).toBe(false);
    const whole = await explained(smooth, method, { inputs: ['left', 'right'], given: twice });
    const sliced = await explained(smooth, method, { inputs: ['left', 'right'], given: twice, batch: 2 });
    for (const input of ['left', 'right'])
      close(sliced.inputs[input]!.relevance, whole.inputs[input]!.relevance);
  });

  it('GradientSHAP stands at one place of all lines, so that it adds up on average', async () => {
    const explanation = await explained(smooth, gradientShap({ n: 150 }), { inputs });
    const [here, there] = [await scoresWithout(smooth, []), await scoresWithout(smooth, inputs)];
    for (const image of [0, 1, 2]) {
      expect(Math.abs(sumOfAll(explanation, image) - (here[image]! - there[image]!))).toBeLessThan(0.1);
    }
  });

  it('several methods share the program, and layers are captured from the first', async () => {
    const methods = [gradient(), deepLift(), gradCam({ layer: 'left features' })];
    const explanation = await explained(smooth, methods, {
      inputs: ['left', 'right'],
      capture: ['right features'],
    });
    expect(Object.keys(explanation.inputs.right!.relevances)).toEqual(['gradient', 'deep-lift', 'grad-cam']);
    expect(explanation.captures['right features']!.relevance.shape).toEqual([3, 4, 6, 6]);
    for (const input of ['left', 'right']) {
      const alone = await explained(smooth, gradient(), { input });
      close(explanation.inputs[input]!.relevances.gradient!, alone.relevance);
    }
    const { outputs } = compile(smooth, { method: gradient(), inputs: ['left', 'right'] });
    expect(outputs.inputs).toEqual({ left: ['relevance.left'], right: ['relevance.right'] });
    expect(outputs.relevance).toEqual(['relevance.left']);
  });

  it('preprocessing is that of every explained input', async () => {
    const raw = await createExplainer(smooth, {
      backend,
      method: gradient(),
      target: 1,
      inputs: ['left', 'right'],
      preprocessing: { mean: [0.5], std: [2] },
    });
    const before = (own: Tensor) =>
      tensor(
        (own.data as Float32Array).map((value) => value * 2 + 0.5),
        own.shape,
      );
    const { inputs: own } = await raw.explain({
      left: before(given.left),
      right: before(given.right),
      facts: given.facts,
    });
    const plain = await explained(smooth, gradient(), { inputs: ['left', 'right'] });
    for (const input of ['left', 'right']) close(own[input]!.relevance, plain.inputs[input]!.relevance, 1e-5);
  });
});

describe('inputs that are only read', () => {
  const graph = model('Tanh');

  it.each([
    ['occlusion', occlusion({ window: 3, stride: 3 })],
    ['featureAblation', featureAblation({ grid: '2x2' })],
    ['scoreCam', scoreCam({ layer: 'left features' })],
    ['layerDeepLift', layerDeepLift({ layer: 'left features' })],
    ['layerIntegratedGradients', layerIntegratedGradients({ layer: 'left features' })],
  ] as const)('%s: go with their image, whatever the batch', async (_, method) => {
    const whole = await explained(graph, method, { batch: 2 });
    for (const image of [0, 1, 2]) {
      const own = Object.fromEntries(
        Object.entries(given).map(([name, { data, shape }]) => {
          const size = sizeOf(shape.slice(1));
          return [name, tensor(data.slice(image * size, (image + 1) * size), [1, ...shape.slice(1)])];
        }),
      );
      const alone = await explained(graph, method, { given: own });
      const size = sizeOf(alone.relevance.shape);
      const row = numbers(whole.relevance).slice(image * size, (image + 1) * size);
      close({ ...alone.relevance, data: Float64Array.from(row) }, alone.relevance, 1e-6);
    }
  });

  it('may have one row for all images', async () => {
    const facts = tensor([1, 2, 3], [1, 3]);
    const all = tensor([1, 2, 3, 1, 2, 3, 1, 2, 3], [3, 3]);
    const methods = [gradient(), featureAblation({ grid: '2x2' })];
    const one = await explained(graph, methods, { given: { ...given, facts }, batch: 2 });
    const each = await explained(graph, methods, { given: { ...given, facts: all } });
    for (const id of ['gradient', 'feature-ablation']) close(one.relevances[id]!, each.relevances[id]!);
  });

  it('are asked for by name, with as many rows as there are images', async () => {
    const refused = (own: Record<string, Tensor>, message: string) =>
      expect(explained(graph, gradient(), { given: own })).rejects.toThrow(message);
    const { left, right, facts } = given;
    await refused(
      { left, right },
      'the model reads "left", "right", "facts", but "left", "right" was given: give each by its name, as in explain({ left, right, facts })',
    );
    await refused({ left, right, fact: facts }, 'but "left", "right", "fact" was given');
    await refused(
      { left, right, facts: tensor([1, 2, 3, 4, 5, 6], [2, 3]) },
      'input "facts" was given 2 rows for 3 images',
    );
    await refused(
      { left, right, facts: tensor([1, 2], [1, 2]) },
      'input "facts" takes images of shape [N, 3]',
    );
    await refused({ left, right, facts: tensor([1, 2, 3], [1, 3], 'int32') }, 'takes float32 values');
    const explainer = await createExplainer(graph, { backend, method: gradient() });
    await expect(explainer.explain(left)).rejects.toThrow('but "left" was given: give each by its name');
  });
});

describe('what can not be asked', () => {
  const graph = model('Tanh');

  it('is refused in a sentence', async () => {
    await expect(explained(graph, occlusion(), { inputs: ['left', 'right'] })).rejects.toThrow(
      "occlusion changes one input at a time: make an explainer for each, as in input: 'left'",
    );
    const both = { method: gradient(), input: 'left', inputs: ['right'] };
    for (const options of [
      both,
      { ...both, input: undefined, inputs: [] },
      { ...both, input: undefined, inputs: ['left', 'left'] },
    ]) {
      expect(() => compile(graph, options)).toThrow('inputs names each input to explain once');
    }
    expect(() => compile(graph, { method: gradient(), inputs: ['left', 'middle'] })).toThrow(
      'the model has no input "middle"; it has "left", "right", "facts"',
    );
    expect(() =>
      compile(graph, { method: lrpEpsilonGammaBox({ low: -3, high: 3 }), inputs: ['left'] }),
    ).not.toThrow();
  });
});
