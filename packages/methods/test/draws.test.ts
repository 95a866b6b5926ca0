/** Methods that draw, with our own generator: over many seeds their mean is what the definition says, within four standard errors. */
import { referenceBackend } from '@regional-saliency/conformance';
import {
  Builder,
  createExplainer,
  type Graph,
  type Method,
  N,
  type Predict,
  type Procedure,
  tensor,
} from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { gradientShap, kernelShap, lime, regionShapley, smoothGrad } from '../src/index';
import { leastSquares } from '../src/perturbation/least-squares';
import { allCoalitions } from '../src/perturbation/shapley';
import { generatorOf, uniform } from '../src/random';

const SIDE = 6;
const PLACES = SIDE * SIDE;
const values = Array.from({ length: PLACES }, (_, at) => Math.sin(3 * at + 1));
const image = tensor(Float32Array.from(values), [1, 1, SIDE, SIDE]);
const x = Array.from(image.data, Number);

/** The sum of a power of every place: what its gradients are on average is known. */
function powers(power: 2 | 3): Graph {
  const g = new Builder();
  const input = g.input('input', [N, 1, SIDE, SIDE]);
  const raised = power === 2 ? g.mul(input, input) : g.mul(g.mul(input, input), input);
  const flat = g.reshape(raised, [N, PLACES]);
  const scores = g.matMul(flat, g.constant(new Array<number>(PLACES).fill(1), [PLACES, 1]));
  return g.finish({ inputs: [input], outputs: { scores } });
}

/** A map of each seed. */
async function mapsOf(runs: number, run: (seed: number) => Promise<ArrayLike<number | bigint>>) {
  const maps: number[][] = [];
  for (let seed = 0; seed < runs; seed++) maps.push(Array.from(await run(seed), Number));
  return maps;
}

const backend = referenceBackend();
const ofProgram = (graph: Graph, method: (seed: number) => Method) =>
  mapsOf(60, async (seed) => {
    const explainer = await createExplainer(graph, { backend, method: method(seed), target: 0 });
    return (await explainer.explain(image)).relevance.data;
  });

/** How far the mean over maps is from the truth in the farthest place, in standard errors of that mean. */
function farthest(maps: readonly (readonly number[])[], truth: readonly number[]): number {
  const count = maps.length;
  return truth.reduce((most, wanted, at) => {
    const mean = maps.reduce((sum, map) => sum + map[at]!, 0) / count;
    const squares = maps.reduce((sum, map) => sum + (map[at]! - mean) ** 2, 0);
    return Math.max(most, Math.abs(mean - wanted) / Math.sqrt(squares / (count - 1) / count));
  }, 0);
}

it('seeds, images and samples that are near each other have nothing in common', () => {
  const first = [0, 1, 2].flatMap((which) =>
    Array.from({ length: 64 }, (_, number) => {
      const of = [0, 0, 0];
      of[which] = number;
      return uniform(generatorOf(of[0]!, of[1]!, of[2]!));
    }),
  );
  // (0, 0, 0) is among all three.
  expect(new Set(first).size).toBe(3 * 63 + 1);
});

describe('the noise of smooth-grad', () => {
  const [n, noise] = [20, 0.2];
  const deviation = noise * (Math.max(...x) - Math.min(...x));
  const variance = deviation ** 2;
  const options = { n, noise, clean: false };

  it('makes the mean gradient of cubes 3 (x² + σ²), which the image’s own gradient is not', async () => {
    const maps = await ofProgram(powers(3), (seed) => smoothGrad({ ...options, seed }));
    const blurred = x.map((value) => 3 * (value ** 2 + variance));
    expect(farthest(maps, blurred)).toBeLessThan(4);
    expect(
      farthest(
        maps,
        x.map((value) => 3 * value ** 2),
      ),
    ).toBeGreaterThan(10);
    // Copies that share noise would have the mean, too, but lie farther from it.
    expect(
      farthest(distances(maps), [(9 * sumOf((value) => 4 * value ** 2 * variance + 2 * variance ** 2)) / n]),
    ).toBeLessThan(4);
  });

  it('counts in all copies but the last, which is the image', async () => {
    const maps = await ofProgram(powers(3), (seed) => smoothGrad({ ...options, clean: true, seed }));
    const mixed = x.map((value) => 3 * (value ** 2 + (variance * (n - 1)) / n));
    expect(farthest(maps, mixed)).toBeLessThan(4);
  });

  it('makes mean squares and variances of the gradients of squares 4 (x² + σ²) and 4 σ² (n - 1) / n', async () => {
    const squared = await ofProgram(powers(2), (seed) => smoothGrad({ ...options, form: 'squared', seed }));
    expect(
      farthest(
        squared,
        x.map((value) => 4 * (value ** 2 + variance)),
      ),
    ).toBeLessThan(4);
    const spread = await ofProgram(powers(2), (seed) => smoothGrad({ ...options, form: 'variance', seed }));
    expect(
      farthest(
        spread,
        x.map(() => (4 * variance * (n - 1)) / n),
      ),
    ).toBeLessThan(4);
  });
});

const sumOf = (of: (value: number) => number) => x.reduce((sum, value) => sum + of(value), 0);

/** Of each map the squared distance from the mean of all, as a map of one place; on average the variance of a map. */
function distances(maps: readonly (readonly number[])[]): number[][] {
  const count = maps.length;
  const mean = x.map((_, at) => maps.reduce((sum, map) => sum + map[at]!, 0) / count);
  return maps.map((map) => [
    (map.reduce((sum, value, at) => sum + (value - mean[at]!) ** 2, 0) * count) / (count - 1),
  ]);
}

describe('the draws of gradient-shap', () => {
  it('make maps of squares x² - b² + d² on average, for noise of deviation d and a baseline b', async () => {
    const [deviation, baseline] = [0.3, 0.5];
    const maps = await ofProgram(powers(2), (seed) => gradientShap({ n: 20, deviation, baseline, seed }));
    expect(
      farthest(
        maps,
        x.map((value) => value ** 2 - baseline ** 2 + deviation ** 2),
      ),
    ).toBeLessThan(4);
  });

  it('take each of several baselines as often as the others', async () => {
    const numbers = [-1, 0, 2];
    const baseline = tensor(
      Float32Array.from(numbers.flatMap((number) => new Array<number>(PLACES).fill(number))),
      [3, 1, SIDE, SIDE],
    );
    const maps = await ofProgram(powers(2), (seed) => gradientShap({ n: 20, baseline, seed }));
    expect(
      farthest(
        maps,
        x.map((value) => value ** 2 - 5 / 3),
      ),
    ).toBeLessThan(4);
  });
});

describe('the coalitions of', () => {
  const features = 9;
  const grid = '3x3';
  const labels = Array.from(
    { length: PLACES },
    (_, at) => Math.floor(at / SIDE / 2) * 3 + Math.floor((at % SIDE) / 2),
  );
  /** Neighbours count together, so that a linear model is not the score. */
  const scoreOf = (pixels: ArrayLike<number>) => {
    let score = 0;
    for (let at = 1; at < PLACES; at++)
      score += Math.tanh(2 * pixels[at - 1]! * pixels[(at + 5) % PLACES]! + pixels[at]!);
    return score;
  };
  const predict: Predict = async ({ data, shape }) =>
    Float64Array.from({ length: shape[0]! }, (_, at) =>
      scoreOf((data as Float32Array).subarray(at * PLACES, (at + 1) * PLACES)),
    );
  const run = async (procedure: Procedure) =>
    (await procedure.run(predict, image, { batch: 64 })).relevance.data;

  it('kernel-shap make Shapley values on average', async () => {
    const maps = await mapsOf(60, (seed) => run(kernelShap({ grid, samples: 200, seed })));
    const exact = Array.from(await run(regionShapley({ grid, fill: 'zero' })), Number);
    expect(farthest(maps, exact)).toBeLessThan(4);
    expect(
      farthest(
        maps,
        exact.map((value) => value * 1.2),
      ),
    ).toBeGreaterThan(10);
  });

  it('lime make, on average, the ridge regression on all coalitions', async () => {
    const samples = 400;
    const maps = await mapsOf(60, (seed) => run(lime({ grid, samples, seed })));
    const all = allCoalitions(features);
    const y = all.map((shown) => scoreOf(values.map((_, at) => (shown[labels[at]!] ? x[at]! : 0))));
    const size = (shown: Uint8Array) => shown.reduce((sum, each) => sum + each, 0);
    // The whole image is always the first sample.
    const weights = all.map(
      (shown) =>
        ((samples - 1) / all.length + Number(size(shown) === features)) *
        Math.sqrt(Math.exp(-(((1 - Math.sqrt(size(shown) / features)) / 0.25) ** 2))),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const mean = (of: (at: number) => number) =>
      weights.reduce((sum, weight, at) => sum + weight * of(at), 0) / total;
    const means = Array.from({ length: features }, (_, feature) => mean((at) => all[at]![feature]!));
    const rows = all.map((shown) => means.map((middle, feature) => shown[feature]! - middle));
    const middle = mean((at) => y[at]!);
    const slopes = leastSquares({ rows, y: Float64Array.from(y, (score) => score - middle), weights }, 1)!;
    const limit = labels.map((label) => slopes[label]!);
    expect(farthest(maps, limit)).toBeLessThan(4);
    expect(
      farthest(
        maps,
        limit.map((value) => value * 1.1),
      ),
    ).toBeGreaterThan(10);
  });
});
