/** LRP keeps the sum of relevance where no bias takes a part: over random networks without biases. */
import { evaluate, normal, randomTensor } from '@regional-saliency/conformance';
import {
  Builder,
  compile,
  type Graph,
  type Method,
  N,
  type Tensor,
  type Value,
} from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alphaBeta,
  average,
  byOperator,
  epsilon,
  excitationBackprop,
  lrp,
  lrpEpsilonGammaBox,
  lrpEpsilonPlus,
  lrpEpsilonPlusFlat,
  pass,
  residual,
} from '../src/index';

const CLASSES = 3;

/**
 * Without biases a ReLU network is homogeneous: images a thousand times larger make every sum a thousand times larger, and
 * an ε of 1e-6 beside them a thousand times less.
 */
const SCALE = 1000;

type Part = (net: Net, x: Value) => Value;

interface Net {
  readonly g: Builder;
  readonly activation: string;
  weights(shape: readonly number[]): Value;
}

const relu = ({ g, activation }: Net, x: Value) => g.op(activation, [x]);
const channelsOf = (x: Value) => x.shape[1] as number;

function conv(net: Net, x: Value, channels: number, size: number, attributes = {}): Value {
  const { group = 1 } = attributes as { group?: number };
  const weights = net.weights([channels, channelsOf(x) / group, size, size]);
  return relu(net, net.g.op('Conv', [x, weights], attributes));
}

const same = { pads: [1, 1, 1, 1] };

/**
 * What networks are made of, each for an even number of channels. A sum's branch ends in Relu: z⁺ drops what arrives at a
 * unit to which nothing contributes positively (in Zennit too), and behind a Relu nothing does.
 */
const parts: Readonly<Record<string, Part>> = {
  convolution: (net, x) => conv(net, x, channelsOf(x), 3, same),
  dilated: (net, x) => conv(net, x, 6, 3, { dilations: [2, 2], pads: [2, 2, 2, 2] }),
  strided: (net, x) => conv(net, x, 4, 3, { ...same, strides: [2, 2] }),
  grouped: (net, x) => conv(net, x, channelsOf(x), 3, { ...same, group: 2 }),
  depthwise: (net, x) => conv(net, x, channelsOf(x), 3, { ...same, group: channelsOf(x) }),
  transposed: (net, x) =>
    relu(net, net.g.op('ConvTranspose', [x, net.weights([channelsOf(x), 4, 2, 2])], { strides: [2, 2] })),
  overlappingMaxPool: ({ g }, x) => g.op('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], ...same }),
  averagePool: ({ g }, x) =>
    g.op('AveragePool', [x], { kernel_shape: [3, 3], strides: [1, 1], ...same, count_include_pad: 1 }),
  residual: (net, x) => net.g.add(x, conv(net, conv(net, x, 8, 3, same), channelsOf(x), 3, same)),
  dense: (net, x) => net.g.concat([x, conv(net, x, 2, 1)], 1),
  capped: ({ g }, x) => g.op('Clip', [x], { min: 0 }),
};

/** @param alternating whether weights are positive and negative in turns, so that neighbours differ in sign */
function network(
  names: readonly string[],
  hidden: boolean,
  seed: string,
  { activation = 'Relu', alternating = false } = {},
): Graph {
  const g = new Builder();
  let count = 0;
  const net: Net = {
    g,
    activation,
    weights: (shape) => {
      const drawn = randomTensor(`${seed}/${count++}`, shape, normal, 'float32');
      const inOrder = (value: number, at: number) => (at % 2 === 0 ? 1 : -1) * (0.1 + Math.abs(value));
      const data = drawn.data as Float32Array;
      return g.constantOf(alternating ? { ...drawn, data: data.map(inOrder) } : drawn);
    },
  };
  const x = g.input('x', [N, 2, 8, 8]);
  let y = conv(net, x, 4, 3, same);
  for (const name of names) y = parts[name]!(net, y);
  y = hidden ? g.op('Flatten', [y]) : g.op('Flatten', [g.op('GlobalAveragePool', [y])]);
  if (hidden) y = relu(net, g.op('Gemm', [y, net.weights([y.shape[1] as number, 5])]));
  return g.finish({
    inputs: [x],
    outputs: { y: g.matMul(y, net.weights([y.shape[1] as number, CLASSES])) },
  });
}

function imagesOf(seed: string): Tensor {
  return randomTensor(`${seed}/images`, [2, 2, 8, 8], (random, at) => SCALE * normal(random, at), 'float32');
}

const specimens = fc.record({
  names: fc.array(fc.constantFrom(...Object.keys(parts)), { maxLength: 4 }),
  hidden: fc.boolean(),
  seed: fc.nat(1_000_000).map(String),
  target: fc.nat(CLASSES - 1),
});

/** The sum and the size (the sum of absolute values) of each image's relevance, beside its score. */
function explained(graph: Graph, method: Method, images: Tensor, target: number) {
  const { graph: program } = compile(graph, { method, target });
  const { y, relevance } = evaluate(program, { x: images });
  return [0, 1].map((image) => {
    const own = Array.from(relevance!.data as Float64Array).slice(image * 128, (image + 1) * 128);
    return {
      score: Number(y!.data[image * CLASSES + target]),
      sum: own.reduce((sum, value) => sum + value, 0),
      size: own.reduce((size, value) => size + Math.abs(value), 0),
    };
  });
}

const conserving = [lrpEpsilonPlus(), lrpEpsilonPlusFlat(), lrpEpsilonGammaBox()];

describe.each(conserving)('$id without biases', (method) => {
  it('hands the whole relevance of the score, 1, to the image', { timeout: 120_000 }, () => {
    let count = 0;
    fc.assert(
      fc.property(specimens, ({ names, hidden, seed, target }) => {
        for (const { score, sum, size } of explained(
          network(names, hidden, seed),
          method,
          imagesOf(seed),
          target,
        )) {
          // Where all units of a layer are off, the score is 0 and has nothing to hand on.
          if (Math.abs(score) < 1) continue;
          expect(Math.abs(sum - 1)).toBeLessThan(1e-6 * Math.max(1, size));
          count++;
        }
      }),
      { seed: 1, numRuns: 100 },
    );
    expect(count).toBeGreaterThan(130);
  });
});

describe('excitation-backprop without biases', () => {
  it('hands on all, as parts that are not negative where no input is, unless nothing excites the score', {
    timeout: 120_000,
  }, () => {
    let count = 0;
    fc.assert(
      fc.property(specimens, ({ names, hidden, seed, target }) => {
        const images = imagesOf(seed);
        const positive = { ...images, data: (images.data as Float32Array).map(Math.abs) };
        for (const { score, sum, size } of explained(
          network(names, hidden, seed),
          excitationBackprop(),
          positive,
          target,
        )) {
          expect(Math.abs(size - sum)).toBeLessThan(1e-9);
          if (score < 1) continue;
          expect(Math.abs(sum - 1)).toBeLessThan(1e-6);
          count++;
        }
      }),
      { seed: 1, numRuns: 100 },
    );
    expect(count).toBeGreaterThan(50);
  });
});

describe('alpha-beta without biases, where each unit has contributions of both signs', () => {
  it.each([
    [2, 1],
    [1.5, 0.5],
  ])('hands on the whole relevance with alpha %d and beta %d', { timeout: 120_000 }, (alpha, beta) => {
    // Sigmoids may be small; an ε of 1e-6 beside them would be felt.
    const tiny = 1e-12;
    const method = lrp(
      'own',
      byOperator({
        Conv: alphaBeta(alpha, beta, tiny),
        linear: epsilon(tiny),
        average: average(tiny),
        residual: residual(tiny),
        activation: pass,
      }),
    );
    // A transposed convolution's output may read weights of one sign only.
    const several = ['convolution', 'dilated', 'strided', 'depthwise', 'averagePool', 'residual', 'dense'];
    const made = fc.record({
      names: fc.array(fc.constantFrom(...several), { maxLength: 3 }),
      seed: fc.nat(1_000_000).map(String),
    });
    let count = 0;
    fc.assert(
      fc.property(made, ({ names, seed }) => {
        const images = imagesOf(seed);
        const positive = {
          ...images,
          data: (images.data as Float32Array).map((x) => 0.1 + Math.abs(x) / SCALE),
        };
        const graph = network(names, false, seed, { activation: 'Sigmoid', alternating: true });
        for (const { score, sum, size } of explained(graph, method, positive, 1)) {
          if (Math.abs(score) < 0.01) continue;
          expect(Math.abs(sum - 1)).toBeLessThan(1e-6 * Math.max(1, size));
          count++;
        }
      }),
      { seed: 1, numRuns: 60 },
    );
    expect(count).toBeGreaterThan(80);
  });
});

describe('a sum over places', () => {
  it('hands relevance on as the average does, which is the same but for a factor', () => {
    const mapOf = (pooled: (g: Builder, hidden: Value) => Value) => {
      const g = new Builder();
      const x = g.input('x', [N, 1, 2, 2]);
      const hidden = g.op('Relu', [g.op('Conv', [x, g.constant([2], [1, 1, 1, 1])])]);
      const model = g.finish({ inputs: [x], outputs: { y: pooled(g, hidden) } });
      const image = { data: Float32Array.of(1, 2, 3, 4), shape: [1, 1, 2, 2], dtype: 'float32' as const };
      const { relevance } = evaluate(compile(model, { method: lrpEpsilonPlus() }).graph, { x: image });
      return Array.from(relevance!.data as Float64Array);
    };
    const options = { axes: [2, 3], keepdims: 0 };
    const average = mapOf((g, hidden) => g.op('ReduceMean', [hidden], options));
    const sum = mapOf((g, hidden) => g.op('ReduceSum', [hidden], options));
    const scaled = mapOf((g, hidden) => g.mul(g.op('ReduceSum', [hidden], options), g.scalar(0.25)));
    for (const map of [average, sum, scaled])
      for (const [at, part] of [0.1, 0.2, 0.3, 0.4].entries()) expect(map[at]).toBeCloseTo(part, 5);
  });
});

describe('what keeps relevance from being handed on', () => {
  it('a bias takes a part, unless it is left out', () => {
    const g = new Builder();
    const x = g.input('x', [N, 1, 2, 2]);
    const weights = g.constant([1], [1, 1, 1, 1]);
    const y = g.op('Flatten', [
      g.op('GlobalAveragePool', [g.op('Relu', [g.op('Conv', [x, weights, g.constant([1], [1])])])]),
    ]);
    const model = g.finish({ inputs: [x], outputs: { y } });
    const image = { data: Float32Array.of(1, 1, 1, 1), shape: [1, 1, 2, 2], dtype: 'float32' as const };
    const sumOf = (method: Method) => {
      const { relevance } = evaluate(compile(model, { method }).graph, { x: image });
      return Array.from(relevance!.data as Float64Array).reduce((a, b) => a + b);
    };
    // Each place is 1 from the image and 1 from the bias, which keeps half.
    expect(sumOf(lrpEpsilonPlus())).toBeCloseTo(0.5, 5);
    expect(sumOf(lrpEpsilonPlus({ bias: false }))).toBeCloseTo(1, 5);
  });
});
