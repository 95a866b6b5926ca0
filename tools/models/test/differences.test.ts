import { normal, randomTensor } from '@regional-saliency/conformance';
import { Builder, type Graph, N, regression, type Value } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { differencesOf } from '../differences';

const images = randomTensor('differences', [2, 2, 5, 5], normal, 'float32');

/** The mean of what comes behind a convolution. */
function model(behind: (g: Builder, hidden: Value) => Value): Graph {
  const g = new Builder();
  const x = g.input('x', [N, 2, 5, 5]);
  const { data, shape } = randomTensor('differences/conv', [3, 2, 3, 3], normal, 'float32');
  const hidden = g.op('Conv', [x, g.constant(data as Float32Array, shape)]);
  const y = g.op('ReduceMean', [behind(g, hidden)], { axes: [1, 2, 3], keepdims: 0 });
  return g.finish({ inputs: [x], outputs: { y } });
}

describe('central differences', () => {
  it('say the same as a gradient that is right, also of a network with rectifiers', async () => {
    const graph = model((g, hidden) => g.op('Relu', [hidden]));
    for (const error of await differencesOf(graph, images, { objective: regression() })) {
      expect(error).toBeLessThan(1e-6);
    }
  });

  it('say otherwise where the gradient leaves something out', async () => {
    // A whole number has no derivative, which is right almost everywhere, but not of one that changes at every step.
    const graph = model((g, hidden) =>
      g.add(hidden, g.mul(g.op('Floor', [g.mul(hidden, g.scalar(1e12))]), g.scalar(1e-12))),
    );
    for (const error of await differencesOf(graph, images, { objective: regression() })) {
      expect(error).toBeGreaterThan(0.1);
    }
  });
});
