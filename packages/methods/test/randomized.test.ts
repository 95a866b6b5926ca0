/**
 * Maps of the demo's two networks as their weights are shuffled from the output back (Adebayo et al. 2018, arXiv 1810.03292): by
 * the rank correlation of a map's magnitudes with those of the trained network.
 */
import { readFileSync } from 'node:fs';
import {
  Builder,
  constantsOf,
  createExplainer,
  type Graph,
  type Method,
  N,
  nodesOf,
  SaliencyError,
  type Tensor,
  tensor,
} from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { phantom, size } from '../../../examples/demo/phantom';
import {
  deconvNet,
  deepLift,
  gradCam,
  gradient,
  guidedBackprop,
  inputXGradient,
  lrpEpsilonAlpha2Beta1,
  lrpEpsilonPlus,
  randomized,
} from '../src/index';

const read = (name: string) =>
  readOnnx(readFileSync(new URL(`../../../examples/demo/models/${name}.onnx`, import.meta.url)));

const IMAGES = 4;
/** What one order of the weights does to a map is chance: all below is the mean over so many. */
const SHUFFLES = 4;
const images = tensor(
  Float32Array.from(
    Array.from({ length: IMAGES }, (_, image) => [
      ...phantom({ seed: 77, image, group: image % 2 === 0 ? 'normal' : 'pneumonia' }).pixels,
    ]).flat(),
    (grey) => (grey / 255 - 0.5) / 0.25,
  ),
  [IMAGES, 1, size, size],
);

const methods: readonly Method[] = [
  gradient(),
  inputXGradient(),
  // Without the rectifier, which leaves nothing of some maps.
  gradCam({ layer: 'layer3', relu: false }),
  lrpEpsilonPlus(),
  lrpEpsilonAlpha2Beta1(),
  deepLift(),
  guidedBackprop(),
  deconvNet(),
];

async function mapsOf(model: Graph) {
  const explainer = await createExplainer(model, {
    backend: onnxruntimeBackend(ort),
    method: methods,
    target: 1,
  });
  const { relevances } = await explainer.explain(images);
  await explainer.dispose();
  return relevances;
}

/** Places by rank, equal values by the mean of theirs. */
function ranksOf(values: Float32Array): Float64Array {
  const order = Int32Array.from(values, (_, at) => at).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let first = 0; first < order.length; ) {
    let end = first;
    while (end < order.length && values[order[end]!] === values[order[first]!]) end++;
    for (let at = first; at < end; at++) ranks[order[at]!] = (first + end - 1) / 2;
    first = end;
  }
  return ranks;
}

/** Spearman's rank correlation of the magnitudes of two maps, on average over images. */
function likeness(one: Tensor, other: Tensor): number {
  let total = 0;
  for (let image = 0; image < IMAGES; image++) {
    const [a, b] = [one, other].map(({ data }) =>
      ranksOf((data as Float32Array).slice(image * size ** 2, (image + 1) * size ** 2).map(Math.abs)),
    ) as [Float64Array, Float64Array];
    const middle = (size ** 2 - 1) / 2;
    let [ab, aa, bb] = [0, 0, 0];
    for (let at = 0; at < a.length; at++) {
      ab += (a[at]! - middle) * (b[at]! - middle);
      aa += (a[at]! - middle) ** 2;
      bb += (b[at]! - middle) ** 2;
    }
    total += ab / Math.sqrt(aa * bb);
  }
  return total / IMAGES;
}

describe.each(['fair', 'shortcut'])('the maps of the %s network', (name) => {
  it('depend on its weights; on those of the last block guided-backprop, deconvnet and LRP’s z⁺ least', {
    timeout: 180_000,
  }, async () => {
    const model = read(name);
    const trained = await mapsOf(model);
    const likenesses = async (layers: number) => {
      const mean = Object.fromEntries(methods.map(({ id }) => [id, 0]));
      for (let seed = 0; seed < SHUFFLES; seed++) {
        const maps = await mapsOf(randomized(model, layers, seed));
        for (const { id } of methods) mean[id]! += likeness(trained[id]!, maps[id]!) / SHUFFLES;
      }
      return mean;
    };
    // The classifier; then the last residual block's two convolutions as well; then everything.
    const [classifier, block, all] = [
      await likenesses(1),
      await likenesses(3),
      await likenesses(Number.POSITIVE_INFINITY),
    ];
    for (const { id } of methods) {
      expect(classifier[id], `${id}, classifier`).toBeLessThan(0.97);
      expect(block[id], `${id}, last block`).toBeLessThan(classifier[id]!);
      expect(all[id], `${id}, all layers`).toBeLessThan(0.5);
    }
    for (const id of ['gradient', 'input-x-gradient', 'deep-lift', 'grad-cam'] as const) {
      expect(block[id], id).toBeLessThan(0.6);
    }
    // The known failure: what the last block has learnt is gone, and half of the map is not.
    const failing = ['guided-backprop', 'deconvnet', 'lrp-epsilon-plus'];
    for (const id of failing) {
      expect(block[id], id).toBeGreaterThan(0.5);
      for (const other of methods.filter((method) => !failing.includes(method.id)))
        expect(block[id], `${id} beside ${other.id}`).toBeGreaterThan(block[other.id]!);
    }
  });
});

describe('randomized', () => {
  const model = read('fair');
  const weightsOf = (graph: Graph) =>
    nodesOf(graph)
      .filter(({ op }) => op === 'Conv' || op === 'Gemm')
      .map(({ inputs }) => inputs.slice(1).map((value) => value!.constant!))
      .reverse();

  it('shuffles the weights of the last layers among themselves and leaves the others', () => {
    const [before, after] = [weightsOf(model), weightsOf(randomized(model, 3))];
    expect(after).toHaveLength(before.length);
    for (const [place, layer] of after.entries()) {
      for (const [at, constant] of layer.entries()) {
        const [own, old] = [constant, before[place]![at]!].map((each) => [...(each.read() as Float32Array)]);
        expect(constant.shape).toEqual(before[place]![at]!.shape);
        if (place >= 3) expect(constant).toBe(before[place]![at]);
        else {
          expect(own).not.toEqual(old);
          expect(own!.sort()).toEqual(old!.sort());
        }
      }
    }
  });

  it('goes on from the layers that were shuffled before, and with the seed', () => {
    const values = (graph: Graph) =>
      weightsOf(graph).map((layer) => layer.map((each) => [...(each.read() as Float32Array)]));
    const five = values(randomized(model, 5));
    expect(values(randomized(model, 2)).slice(0, 2)).toEqual(five.slice(0, 2));
    expect(values(randomized(model, 5))).toEqual(five);
    expect(values(randomized(model, 5, 1))[0]).not.toEqual(five[0]);
  });

  it('of no layer is the model; of all there are no weights as they were', () => {
    expect(weightsOf(randomized(model, 0))).toEqual(weightsOf(model));
    const kept = new Set(constantsOf(model).map(({ constant }) => constant));
    const all = weightsOf(randomized(model, Number.POSITIVE_INFINITY)).flat();
    expect(all.filter((constant) => kept.has(constant))).toEqual([]);
  });

  it('refuses half a layer, and a model without layers', () => {
    expect(() => randomized(model, 0.5)).toThrow(SaliencyError);
    const g = new Builder();
    const x = g.input('x', [N, 4]);
    const none = g.finish({ inputs: [x], outputs: { y: g.op('Relu', [x]) } });
    expect(() => randomized(none, 1)).toThrow('no convolution or dense layer');
  });
});
