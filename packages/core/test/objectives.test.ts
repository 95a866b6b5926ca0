/** Objectives by name: what number each is, and its gradient against central differences. */
import { normal, randomTensor, referenceBackend } from '@regional-saliency/conformance';
import { describe, expect, it } from 'vitest';
import {
  Builder,
  compile,
  compileScore,
  createExplainer,
  detectorBox,
  type Graph,
  logitDifference,
  logProbability,
  type Method,
  N,
  type Objective,
  regression,
  SCORE,
  segmentation,
  similarity,
  type Tensor,
  tensor,
  type Value,
} from '../src/index';

const gradient: Method = {
  id: 'gradient',
  options: {},
  build: ({ input, backward }) => backward([input]).get(input)!,
};

/** A smooth layer on [N, 2, 4, 4], its places, and as outputs what models of each kind have. */
function model(kind: 'classes' | 'places' | 'boxes' | 'boxes last' | 'one number'): Graph {
  const g = new Builder();
  const x = g.input('x', [N, 2, 4, 4]);
  const weight = (name: string, shape: number[]) =>
    g.constantOf(randomTensor(`objectives/${name}`, shape, normal, 'float32'));
  const hidden = g.op('Tanh', [g.op('Conv', [x, weight('conv', [3, 2, 3, 3])], { pads: [1, 1, 1, 1] })]);
  const flat = g.reshape(hidden, [N, 48]);
  const outputs = ((): Record<string, Value> => {
    if (kind === 'places') return { places: hidden };
    if (kind === 'boxes') {
      return {
        scores: g.reshape(g.matMul(flat, weight('scores', [48, 15])), [N, 5, 3]),
        boxes: g.reshape(g.matMul(flat, weight('boxes', [48, 20])), [N, 5, 4]),
      };
    }
    if (kind === 'boxes last') return { all: g.reshape(g.matMul(flat, weight('all', [48, 30])), [N, 6, 5]) };
    if (kind === 'one number') return { age: g.reshape(g.matMul(flat, weight('age', [48, 1])), [N]) };
    return { logits: g.matMul(flat, weight('logits', [48, 4])), embedding: flat };
  })();
  return g.finish({ inputs: [x], outputs });
}

const images: Tensor = randomTensor('objectives', [3, 2, 4, 4], normal, 'float64');
const backend = referenceBackend();

/** The objective of each image, and the model's outputs. */
async function scoresOf(graph: Graph, objective: Objective, at = images) {
  const session = await backend.load(compileScore(graph, { objective }).graph);
  const target = { data: new BigInt64Array(at.shape[0]!).fill(1n), shape: [at.shape[0]!], dtype: 'int64' };
  const results = await session.run({ x: at, target: target as Tensor });
  return {
    scores: Array.from(results[SCORE]!.data as Float64Array),
    outputs: Object.fromEntries(
      Object.entries(results).map(([name, { data }]) => [name, Array.from(data as Float64Array)]),
    ),
  };
}

/** The largest difference between the gradient and central differences, over the largest derivative. */
async function gradientError(graph: Graph, objective: Objective): Promise<number> {
  const program = compile(graph, { method: gradient, objective, target: 1 });
  const { relevance } = await (await backend.load(program.graph)).run({ x: images });
  const size = 32;
  const step = 1e-5;
  let [worst, largest] = [0, 0];
  for (let at = 0; at < size; at++) {
    const moved = await Promise.all(
      [step, -step].map(async (by) => {
        const data = Float64Array.from(images.data as Float64Array, (value, place) =>
          place % size === at ? value + by : value,
        );
        return (await scoresOf(graph, objective, { ...images, data })).scores;
      }),
    );
    for (let image = 0; image < 3; image++) {
      const expected = (moved[0]![image]! - moved[1]![image]!) / (2 * step);
      const found = Number(relevance!.data[image * size + at]);
      worst = Math.max(worst, Math.abs(found - expected));
      largest = Math.max(largest, Math.abs(expected));
    }
  }
  expect(largest).toBeGreaterThan(0);
  return worst / largest;
}

const mask = tensor([1, 0, 0, 0, 0.5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2], [4, 4]);
const reference = randomTensor('reference', [1, 48], normal, 'float32');

const both = { scores: 'scores', boxes: 'boxes' };

const cases: Record<string, [kind: Parameters<typeof model>[0], objective: Objective]> = {
  'logitDifference(2, 0)': ['classes', logitDifference(2, 0)],
  "logitDifference('target', 0)": ['classes', logitDifference('target', 0)],
  'logProbability()': ['classes', logProbability()],
  'logProbability(3)': ['classes', logProbability(3, { output: 'logits' })],
  'segmentation(1)': ['places', segmentation(1)],
  'segmentation(1, { mask })': ['places', segmentation(1, { mask })],
  "segmentation(1, { mask, form: 'sum' })": ['places', segmentation(1, { mask, form: 'sum' })],
  "segmentation(1, { mask: 'predicted' })": ['places', segmentation(1, { mask: 'predicted' })],
  'detectorBox(2)': ['boxes', detectorBox(2, { scores: 'scores' })],
  'detectorBox(2, { box: 3 })': ['boxes', detectorBox(2, { box: 3, scores: 'scores' })],
  'detectorBox(2, { coordinate: 1 })': ['boxes', detectorBox(2, { coordinate: 1, ...both })],
  'detectorBox(0, { box: 4, coordinate: 3 })': [
    'boxes',
    detectorBox(0, { box: 4, coordinate: 3, boxes: 'boxes' }),
  ],
  'detectorBox(5, { coordinate: 0, axis: 2 })': ['boxes last', detectorBox(5, { coordinate: 0, axis: 2 })],
  'similarity(reference)': ['classes', similarity(reference, { output: 'embedding' })],
  "similarity(reference, { form: 'dot' })": [
    'classes',
    similarity(reference, { output: 'embedding', form: 'dot' }),
  ],
  'regression()': ['one number', regression()],
  'regression(17)': ['places', regression(17)],
};

describe('the gradient of an objective', () => {
  it.each(Object.entries(cases))('%s is what central differences say', async (_, [kind, objective]) => {
    expect(await gradientError(model(kind), objective)).toBeLessThan(1e-6);
  });
});

describe('an objective', () => {
  const rows = (numbers: readonly number[] | undefined, size: number) =>
    Array.from({ length: 3 }, (_, row) => numbers!.slice(row * size, (row + 1) * size));
  const close = (found: readonly number[], expected: readonly number[]) => {
    for (const [at, value] of expected.entries()) expect(found[at]).toBeCloseTo(value, 6);
    expect(found).toHaveLength(expected.length);
  };

  it('logitDifference is one score less another; the target stands for an index', async () => {
    const { scores, outputs } = await scoresOf(model('classes'), logitDifference('target', 3));
    close(
      scores,
      rows(outputs.logits, 4).map(([, one, , three]) => one! - three!),
    );
  });

  it('logProbability is the logarithm of the softmax', async () => {
    const { scores, outputs } = await scoresOf(model('classes'), logProbability(2));
    const sums = rows(outputs.logits, 4).map((row) => row.reduce((sum, logit) => sum + Math.exp(logit), 0));
    close(
      scores,
      rows(outputs.logits, 4).map((row, at) => Math.log(Math.exp(row[2]!) / sums[at]!)),
    );
  });

  it('segmentation weighs the scores of a class by a mask', async () => {
    const own = (outputs: Record<string, number[]>) =>
      rows(outputs.places, 48).map((row) => row.slice(16, 32));
    const weighed = (row: readonly number[]) =>
      row.reduce((sum, score, at) => sum + score * Number(mask.data[at]), 0);
    const graph = model('places');
    const mean = await scoresOf(graph, segmentation(1, { mask }));
    close(
      mean.scores,
      own(mean.outputs).map((row) => weighed(row) / 4.5),
    );
    const sum = await scoresOf(graph, segmentation(1, { mask, form: 'sum' }));
    close(sum.scores, own(sum.outputs).map(weighed));
    const all = await scoresOf(graph, segmentation(1));
    close(
      all.scores,
      own(all.outputs).map((row) => row.reduce((a, b) => a + b) / 16),
    );
  });

  it('segmentation where the class is predicted has no score where it is nowhere, which is told', async () => {
    const graph = model('places');
    const { scores, outputs } = await scoresOf(graph, segmentation(1, { mask: 'predicted', form: 'sum' }));
    const expected = rows(outputs.places, 48).map((row) =>
      Array.from({ length: 16 }, (_, at) => [0, 1, 2].map((k) => row[16 * k + at]!))
        .filter(([zero, one, two]) => one! > zero! && one! > two!)
        .reduce((sum, [, one]) => sum + one!, 0),
    );
    close(scores, expected);
    for (const form of ['mean', 'sum'] as const) {
      const g = new Builder();
      const x = g.input('x', [N, 2, 4, 4]);
      const never = g.finish({
        inputs: [x],
        outputs: { places: g.add(g.mul(x, g.scalar(1e-3)), g.constant([0, 9], [1, 2, 1, 1])) },
      });
      const objective = segmentation(0, { mask: 'predicted', form });
      const explainer = await createExplainer(never, { backend, method: gradient, objective });
      await expect(explainer.explain(randomTensor('never', [1, 2, 4, 4], normal, 'float32'))).rejects.toThrow(
        'holds NaN',
      );
    }
  });

  it('detectorBox takes the best box of a class, or the one it is told, and of it a score or a coordinate', async () => {
    const best = (row: readonly number[]) => {
      const own = [0, 1, 2, 3, 4].map((box) => row[3 * box + 2]!);
      return own.indexOf(Math.max(...own));
    };
    const graph = model('boxes');
    const score = await scoresOf(graph, detectorBox(2, { scores: 'scores' }));
    close(
      score.scores,
      rows(score.outputs.scores, 15).map((row) => row[3 * best(row) + 2]!),
    );
    const edge = await scoresOf(graph, detectorBox(2, { coordinate: 1, ...both }));
    const boxes = rows(edge.outputs.boxes, 20);
    close(
      edge.scores,
      rows(edge.outputs.scores, 15).map((row, at) => boxes[at]![4 * best(row) + 1]!),
    );
    const last = await scoresOf(model('boxes last'), detectorBox(5, { box: 3, coordinate: 0, axis: 2 }));
    close(
      last.scores,
      rows(last.outputs.all, 30).map((row) => row[3]!),
    );
  });

  it('similarity is 1 for the image that the reference is of, and the product of lengths as a dot product', async () => {
    const graph = model('classes');
    const { outputs } = await scoresOf(graph, regression());
    const [first] = rows(outputs.embedding, 48);
    const cosine = await scoresOf(graph, similarity(first!, { output: 'embedding' }));
    expect(cosine.scores[0]).toBeCloseTo(1, 6);
    expect(Math.max(...cosine.scores.slice(1).map(Math.abs))).toBeLessThan(1);
    const dot = await scoresOf(graph, similarity(first!, { output: 'embedding', form: 'dot' }));
    expect(dot.scores[0]).toBeCloseTo(
      first!.reduce((sum, value) => sum + value * value, 0),
      5,
    );
  });

  it('regression counts through what an image has', async () => {
    const { scores, outputs } = await scoresOf(model('places'), regression(17));
    close(
      scores,
      rows(outputs.places, 48).map((row) => row[17]!),
    );
  });

  it('goes into the metadata of its program', () => {
    const { graph } = compile(model('classes'), {
      method: gradient,
      objective: logitDifference('target', 3),
    });
    expect(graph.metadata['regional-saliency.target']).toBe('logit-difference=target,3');
  });
});

describe('an objective that does not fit', () => {
  const refused = (kind: Parameters<typeof model>[0], objective: Objective, message: string) =>
    expect(() => compileScore(model(kind), { objective })).toThrow(message);

  it('is refused in a sentence when it is compiled', () => {
    refused(
      'classes',
      logitDifference(4, 0),
      '4 of logitDifference is out of range: the output has 4 entries there, 0 to 3',
    );
    refused('classes', logProbability(-1), '-1 of logProbability is out of range');
    refused('places', logProbability(0), 'logProbability needs an output of shape [N, classes], but');
    refused('classes', segmentation(0), 'segmentation needs an output of shape [N, classes, height, width]');
    refused('places', segmentation(3), '3 of segmentation is out of range');
    refused(
      'places',
      segmentation(0, { mask: tensor([1], [1, 1]) }),
      "the output's size, [4, 4], but this one is [1, 1]",
    );
    refused('places', segmentation(0, { mask: tensor(new Float32Array(16), [4, 4]) }), 'holds no weight');
    refused('boxes', detectorBox(3, { scores: 'scores' }), '3 of detectorBox is out of range');
    refused(
      'boxes',
      detectorBox(0),
      'which output holds the scores, "scores" or "boxes": name it by "scores"',
    );
    refused('boxes', detectorBox(0, { boxes: 'boxes', coordinate: 1 }), 'which output holds the scores');
    refused('boxes', detectorBox(0, { scores: 'scores', coordinate: 1 }), 'which output holds the boxes');
    refused('boxes', detectorBox(0, { box: 5, scores: 'scores' }), '5 of detectorBox is out of range');
    refused('boxes', detectorBox(0, { coordinate: 4, ...both }), '4 of detectorBox is out of range');
    refused(
      'boxes',
      detectorBox(0, { boxes: 'corners', coordinate: 0 }),
      'reads the output "corners", which',
    );
    refused(
      'classes',
      similarity([1, 2, 3]),
      'the reference of similarity holds 3 numbers, but an embedding of this model 4',
    );
    refused('one number', regression(1), '1 of regression is out of range');
    const winner: Objective = (g, { logits }) =>
      g.reshape(g.cast(g.op('ArgMax', [logits!], { axis: 1 }), 'float32'), [N]);
    expect(() => compile(model('classes'), { method: gradient, objective: winner })).toThrow(
      "the objective's derivative by every output of the model is zero",
    );
    expect(() => similarity([0, 0])).toThrow('holds zeros alone');
    expect(() => similarity([1, Number.NaN])).toThrow('no number');
  });
});
