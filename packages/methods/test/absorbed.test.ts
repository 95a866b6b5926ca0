/** The share of relevance that biases absorb, against what it is by calculus. */
import { evaluate, normal, randomTensor } from '@regional-saliency/conformance';
import { Builder, compile, type Graph, type Method, N, type Tensor } from '@regional-saliency/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { absorbed, byOperator, epsilon, gradient, lrp, lrpEpsilonPlus, methods, pass } from '../src/index';

const CLASSES = 3;

function network(layers: number, biased: boolean, seed: string): Graph {
  const g = new Builder();
  const weight = (name: string, shape: number[]) =>
    g.constantOf(randomTensor(`${seed}/${name}`, shape, normal, 'float32'));
  const x = g.input('x', [N, 2, 5, 5]);
  let y = x;
  for (let at = 0; at < layers; at++) {
    const inputs = [y, weight(`w${at}`, [4, y.shape[1] as number, 3, 3])];
    if (biased) inputs.push(weight(`b${at}`, [4]));
    y = g.op('Relu', [g.op('Conv', inputs, { pads: [1, 1, 1, 1] })]);
  }
  const inputs = [g.op('Flatten', [y]), weight('head', [100, CLASSES])];
  if (biased) inputs.push(weight('offset', [CLASSES]));
  return g.finish({ inputs: [x], outputs: { y: g.op('Gemm', inputs) } });
}

const images = (seed: string): Tensor => randomTensor(`${seed}/images`, [2, 2, 5, 5], normal, 'float32');

function explained(graph: Graph, method: Method, x: Tensor) {
  const { y, relevance } = evaluate(compile(graph, { method, target: 1 }).graph, { x });
  return { scores: [0, 1].map((image) => Number(y!.data[image * CLASSES + 1])), relevance: relevance! };
}

const specimens = [fc.integer({ min: 1, max: 3 }), fc.nat(1_000_000).map(String)] as const;

it('is the biases’ part of the score by Euler’s theorem, where every rule is that of the gradient', () => {
  // A ReLU network is homogeneous in image and biases: score = image · gradient + biases · their gradient.
  const plain = lrp('own', byOperator({ linear: epsilon(1e-12), activation: pass }));
  let large = 0;
  fc.assert(
    fc.property(...specimens, (layers, seed) => {
      const graph = network(layers, true, seed);
      const x = images(seed);
      const { scores, relevance } = explained(graph, plain, x);
      const slopes = explained(graph, gradient(), x).relevance;
      const shares = absorbed(relevance);
      for (const [image, score] of scores.entries()) {
        if (Math.abs(score) < 0.1) continue;
        let ofImage = 0;
        for (let at = image * 50; at < (image + 1) * 50; at++)
          ofImage += Number(x.data[at]) * Number(slopes.data[at]);
        const ofBiases = (score - ofImage) / score;
        expect(Math.abs(shares[image]! - ofBiases)).toBeLessThan(1e-6 * Math.max(1, Math.abs(ofBiases)));
        if (Math.abs(ofBiases) > 0.05) large++;
      }
    }),
    { seed: 1, numRuns: 40 },
  );
  expect(large).toBeGreaterThan(20);
});

it('is nothing where there are no biases', () => {
  let count = 0;
  fc.assert(
    fc.property(...specimens, (layers, seed) => {
      const { scores, relevance } = explained(network(layers, false, seed), lrpEpsilonPlus(), images(seed));
      for (const [image, share] of absorbed(relevance).entries()) {
        if (Math.abs(scores[image]!) < 0.1) continue;
        const own = Array.from(relevance.data.subarray(image * 50, (image + 1) * 50), Number);
        const size = own.reduce((sum, value) => sum + Math.abs(value), 0);
        // An ε of 1e-6 takes its part beside sums of 0.1 and more.
        expect(Math.abs(share)).toBeLessThan(1e-4 * Math.max(1, size));
        count++;
      }
    }),
    { seed: 1, numRuns: 40 },
  );
  expect(count).toBeGreaterThan(40);
});

it('is said of the methods whose relevance is handed on whole', () => {
  const conserving = Object.values(methods).filter(({ conserves }) => conserves);
  expect(conserving.map(({ id }) => id)).toEqual([
    'lrp-epsilon-plus',
    'lrp-epsilon-plus-flat',
    'lrp-epsilon-alpha2-beta1',
    'lrp-epsilon-alpha2-beta1-flat',
    'lrp-epsilon-gamma-box',
    'excitation-backprop',
  ]);
});
