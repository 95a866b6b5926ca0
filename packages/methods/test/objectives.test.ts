/** Every objective through one method of each kind: a class activation map, LRP, and one that only asks. */
import { normal, randomTensor, referenceBackend } from '@regional-saliency/conformance';
import {
  Builder,
  createExplainer,
  detectorBox,
  type Graph,
  logitDifference,
  logProbability,
  N,
  type Objective,
  regression,
  segmentation,
  similarity,
  type Tensor,
} from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { featureAblation, gradCam, lrpEpsilonPlus } from '../src/index';

/** Two convolutions without biases on [N, 2, 6, 6], and outputs of every kind. */
function model(first: string): Graph {
  const g = new Builder();
  const x = g.input('x', [N, 2, 6, 6]);
  const weight = (name: string, shape: number[]) =>
    g.constantOf(randomTensor(`objectives/${name}`, shape, normal, 'float32'));
  const pads = { pads: [1, 1, 1, 1] };
  const hidden = g.op('Relu', [g.op('Conv', [x, weight('one', [4, 2, 3, 3])], pads)]);
  const features = g.op('Relu', [g.op('Conv', [hidden, weight('two', [4, 4, 3, 3])], pads)]);
  const embedding = g.reshape(g.op('GlobalAveragePool', [features]), [N, 4]);
  const dense = (name: string, size: number) => g.matMul(embedding, weight(name, [4, size]));
  const outputs = {
    logits: dense('logits', 3),
    places: g.op('Conv', [features, weight('places', [3, 4, 1, 1])]),
    scores: g.reshape(dense('scores', 10), [N, 5, 2]),
    boxes: g.reshape(dense('boxes', 20), [N, 5, 4]),
    embedding,
    age: g.reshape(dense('age', 1), [N]),
  };
  const { [first as 'logits']: own, ...others } = outputs;
  return g.finish({
    inputs: [x],
    outputs: { [first]: own, ...others },
    names: new Map([['features', features]]),
  });
}

const images = randomTensor('objectives', [2, 2, 6, 6], normal, 'float32');
const reference = randomTensor('reference', [4], normal, 'float32');
const backend = referenceBackend();

const cases: readonly [name: string, output: string, objective: Objective][] = [
  ['logitDifference', 'logits', logitDifference(0, 2)],
  ['logProbability', 'logits', logProbability(1)],
  ['segmentation', 'places', segmentation(1)],
  ['segmentation of what is predicted', 'places', segmentation(1, { mask: 'predicted' })],
  ['detectorBox', 'scores', detectorBox(1, { scores: 'scores' })],
  [
    'detectorBox, a coordinate',
    'scores',
    detectorBox(1, { coordinate: 2, scores: 'scores', boxes: 'boxes' }),
  ],
  ['similarity', 'embedding', similarity(reference)],
  ['regression', 'age', regression()],
];

const sum = ({ data }: Tensor, image: number) => {
  const size = data.length / 2;
  return Array.from(data.slice(image * size, (image + 1) * size) as Float64Array, Number).reduce(
    (a, b) => a + b,
  );
};

describe.each(cases)('%s', (_, output, objective) => {
  it('is explained by a class activation map, by LRP and by asking', async () => {
    const explainer = await createExplainer(model(output), {
      backend,
      objective,
      hooks: { features: () => undefined },
      method: [lrpEpsilonPlus(), gradCam({ layer: 'features' }), featureAblation({ grid: '2x2' })],
    });
    const { relevances, captures, target } = await explainer.explain(images);
    expect(Array.from(target)).toEqual([-1, -1]);
    expect(Object.values(relevances).map(({ shape }) => shape)).toEqual([
      [2, 2, 6, 6],
      [2, 1, 6, 6],
      [2, 1, 6, 6],
    ]);
    for (const id of ['lrp-epsilon-plus', 'feature-ablation']) {
      expect(relevances[id]!.data.some((value) => value !== 0)).toBe(true);
    }
    for (const image of [0, 1]) {
      // No biases: all relevance of the last layer arrives at the image.
      const before = sum(captures.features!.relevance, image);
      expect(Math.abs(sum(relevances['lrp-epsilon-plus']!, image) - before)).toBeLessThan(
        1e-4 * Math.max(1, Math.abs(before)),
      );
    }
  });
});
