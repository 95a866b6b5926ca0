/** LRP keeps the sum of relevance where no bias takes a part: over random networks without biases. */
import { evaluate, normal, randomTensor } from '@regional-saliency/conformance';
import { Builder, compile, type Graph, N, type Tensor, type Value } from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lrpEpsilonPlus } from '../src/index';

const CLASSES = 3;

/**
 * Without biases a ReLU network is homogeneous: images a thousand times larger make every sum a thousand times larger, and
 * an ε of 1e-6 beside them a thousand times less.
 */
const SCALE = 1000;

type Part = (net: Net, x: Value) => Value;

interface Net {
  readonly g: Builder;
  weights(shape: readonly number[]): Value;
}

const relu = ({ g }: Net, x: Value) => g.op('Relu', [x]);
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

function network(names: readonly string[], hidden: boolean, seed: string): Graph {
  const g = new Builder();
  let count = 0;
  const net: Net = {
    g,
    weights: (shape) => g.constantOf(randomTensor(`${seed}/${count++}`, shape, normal, 'float32')),
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

describe('lrp-epsilon-plus without biases', () => {
  it('hands the whole relevance of the score, 1, to the image', { timeout: 120_000 }, () => {
    let explained = 0;
    fc.assert(
      fc.property(specimens, ({ names, hidden, seed, target }) => {
        const { graph } = compile(network(names, hidden, seed), { method: lrpEpsilonPlus(), target });
        const { y, relevance } = evaluate(graph, { x: imagesOf(seed) });
        for (let image = 0; image < 2; image++) {
          const score = Number(y!.data[image * CLASSES + target]);
          // Where all units of a layer are off, the score is 0 and has nothing to hand on.
          if (Math.abs(score) < 1) continue;
          const own = Array.from(relevance!.data as Float64Array).slice(image * 128, (image + 1) * 128);
          const [sum, size] = own.reduce(
            ([sum, size], value) => [sum + value, size + Math.abs(value)],
            [0, 0],
          ) as [number, number];
          expect(Math.abs(sum - 1)).toBeLessThan(1e-6 * Math.max(1, size));
          explained++;
        }
      }),
      { seed: 1, numRuns: 150 },
    );
    expect(explained).toBeGreaterThan(200);
  });

  it('does not, once there is a bias', () => {
    const g = new Builder();
    const x = g.input('x', [N, 1, 2, 2]);
    const weights = g.constant([1], [1, 1, 1, 1]);
    const y = g.op('Flatten', [
      g.op('GlobalAveragePool', [g.op('Relu', [g.op('Conv', [x, weights, g.constant([1], [1])])])]),
    ]);
    const { graph } = compile(g.finish({ inputs: [x], outputs: { y } }), { method: lrpEpsilonPlus() });
    const image = { data: Float32Array.of(1, 1, 1, 1), shape: [1, 1, 2, 2], dtype: 'float32' as const };
    const { relevance } = evaluate(graph, { x: image });
    const sum = Array.from(relevance!.data as Float64Array).reduce((a, b) => a + b);
    // Each place is 1 from the image and 1 from the bias, which keeps half.
    expect(sum).toBeCloseTo(0.5, 5);
  });
});
