/**
 * DeepLIFT's maps sum to the score at the image minus the score at the baseline: over random networks of every operator
 * that has a rule, in double arithmetic.
 */
import { evaluate, normal, randomTensor } from '@regional-saliency/conformance';
import {
  Builder,
  compile,
  type Graph,
  type Method,
  N,
  nodesOf,
  SaliencyError,
  type Tensor,
  type Value,
} from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepLift } from '../src/deeplift/deep-lift';
import { deepLiftShap } from '../src/deeplift/deep-lift-shap';
import { layerDeepLift } from '../src/deeplift/layer-deep-lift';

const CLASSES = 3;
const SIZE = 6;
const IMAGES = 2;

interface Net {
  readonly g: Builder;
  weights(shape: readonly number[]): Value;
}

type Part = (net: Net, x: Value) => Value;

const channelsOf = (x: Value) => x.shape[1] as number;
const same = { pads: [1, 1, 1, 1] };

function conv(net: Net, x: Value, channels = channelsOf(x), attributes: object = same): Value {
  return net.g.op('Conv', [x, net.weights([channels, channelsOf(x), 3, 3]), net.weights([channels])], {
    ...attributes,
  });
}

/** Behind a convolution, so that inputs of either sign reach it. */
const elementwise =
  (op: string, attributes = {}): Part =>
  (net, x) =>
    net.g.op(op, [conv(net, x)], attributes);

const positive = ({ g }: Net, x: Value) => g.add(g.op('Softplus', [x]), g.scalar(0.5));
const places = (g: Builder, x: Value) => g.reshape(x, [x.shape[0]!, channelsOf(x), SIZE * SIZE]);

/** [N, C, 6, 6] to the same with 2 or 4 channels. */
const parts: Readonly<Record<string, Part>> = {
  relu: elementwise('Relu'),
  relu6: elementwise('Clip', { min: 0, max: 1 }),
  abs: elementwise('Abs'),
  leakyRelu: elementwise('LeakyRelu', { alpha: 0.25 }),
  elu: elementwise('Elu'),
  selu: elementwise('Selu'),
  sigmoid: elementwise('Sigmoid'),
  tanh: elementwise('Tanh'),
  hardSigmoid: elementwise('HardSigmoid'),
  hardSwish: elementwise('HardSwish'),
  softplus: elementwise('Softplus'),
  softsign: elementwise('Softsign'),
  gelu: elementwise('Gelu'),
  geluTanh: elementwise('Gelu', { approximate: 'tanh' }),
  erf: elementwise('Erf'),
  exp: (net, x) => net.g.op('Exp', [net.g.op('Tanh', [conv(net, x)])]),
  log: (net, x) => net.g.op('Log', [positive(net, conv(net, x))]),
  sqrt: (net, x) => net.g.op('Sqrt', [positive(net, conv(net, x))]),
  reciprocal: (net, x) => net.g.op('Reciprocal', [positive(net, conv(net, x))]),
  square: (net, x) => net.g.op('Pow', [conv(net, x), net.g.scalar(2)]),
  cube: (net, x) => net.g.op('Pow', [positive(net, x), net.g.scalar(1.5)]),
  squeezed: (net, x) => net.g.mul(x, x),
  rounded: (net, x) => net.g.add(x, net.g.op('Floor', [conv(net, x)])),
  residual: (net, x) => net.g.add(x, conv(net, net.g.op('Relu', [conv(net, x)]))),
  difference: (net, x) => net.g.sub(net.g.op('Neg', [x]), net.g.op('Relu', [conv(net, x)])),
  gate: (net, x) => {
    const { g } = net;
    const squeezed = g.op('GlobalAveragePool', [x]);
    const weights = net.weights([channelsOf(x), channelsOf(x), 1, 1]);
    return g.mul(x, g.op('Sigmoid', [g.op('Conv', [squeezed, weights])]));
  },
  swish: ({ g }, x) => g.mul(x, g.op('Sigmoid', [x])),
  attention: (net, x) => {
    const { g } = net;
    const [query, key, value] = [1, 2, 3].map(() => places(g, conv(net, x)));
    const scores = g.op('Softmax', [g.matMul(g.swapLast(query!), key!)], { axis: 2 });
    return g.reshape(g.matMul(value!, g.swapLast(scores)), x.shape);
  },
  overlappingMaxPool: ({ g }, x) => g.op('MaxPool', [x], { kernel_shape: [3, 3], strides: [1, 1], ...same }),
  maxPool: ({ g }, x) => {
    const low = g.op('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
    return g.add(x, g.op('GlobalMaxPool', [low]));
  },
  extremes: ({ g }, x) => {
    const highest = g.op('ReduceMax', [x], { axes: [1], keepdims: 1 });
    return g.add(x, g.sub(highest, g.op('ReduceMin', [x], { axes: [2, 3], keepdims: 1 })));
  },
  largerOfTwo: (net, x) => net.g.op('Max', [x, conv(net, x)]),
  smallerOfTwo: (net, x) => net.g.op('Min', [net.g.op('Max', [conv(net, x), net.g.scalar(0.25)]), x]),
  quotient: (net, x) => net.g.div(x, positive(net, conv(net, x))),
  over: (net, x) => net.g.div(net.g.scalar(2), positive(net, x)),
  writtenOutNorm: ({ g }, x) => {
    const mean = (value: Value) => g.op('ReduceMean', [value], { axes: [1], keepdims: 1 });
    const centred = g.sub(x, mean(x));
    const variance = mean(g.op('Pow', [centred, g.scalar(2)]));
    return g.div(centred, g.op('Sqrt', [g.add(variance, g.scalar(0.01))]));
  },
  layerNorm: (net, x) => {
    const [scale, bias] = [net.weights([SIZE]), net.weights([SIZE])];
    return net.g.op('LayerNormalization', [x, scale, bias], { axis: 3, epsilon: 0.01 });
  },
  logSoftmax: (net, x) => net.g.op('LogSoftmax', [conv(net, x)], { axis: 1 }),
  concat: (net, x) => {
    const wide = net.g.concat([x, net.g.op('Relu', [conv(net, x)])], 1);
    return net.g.slice(wide, [1], [1 + channelsOf(x)], [1]);
  },
  averagePool: ({ g }, x) => g.op('AveragePool', [x], { kernel_shape: [3, 3], strides: [1, 1], ...same }),
  // Windows of one batch and heads in one axis, as exporters write attention: no twin of batch 1 fits.
  mergedBatch: (net, x) => {
    const { g } = net;
    const heads = g.reshape(x, [{ batch: channelsOf(x) }, SIZE, SIZE]);
    return g.reshape(g.matMul(g.op('Softmax', [heads], { axis: 2 }), heads), x.shape);
  },
};

function network(names: readonly string[], seed: string, last = ''): Graph {
  const g = new Builder();
  let count = 0;
  const net: Net = {
    g,
    weights: (shape) => {
      const scale = 1 / Math.sqrt(shape.slice(1).reduce((size, dim) => size * dim, 1));
      const fill = (random: () => number, at: number) => scale * normal(random, at);
      return g.constantOf(randomTensor(`${seed}/${count++}`, shape, fill, 'float32'));
    },
  };
  const x = g.input('x', [N, 2, SIZE, SIZE]);
  let y = conv(net, x, 4);
  const named = new Map<string, Value>();
  for (const [at, name] of names.entries()) {
    y = parts[name]!(net, y);
    named.set(`part${at}`, y);
  }
  y = g.op('Flatten', [y]);
  y = g.op('Gemm', [y, net.weights([y.shape[1] as number, CLASSES]), net.weights([CLASSES])]);
  return g.finish({ inputs: [x], outputs: { y: last ? g.op(last, [y]) : y }, names: named });
}

const imagesOf = (seed: string) => randomTensor(`${seed}/images`, [IMAGES, 2, SIZE, SIZE], normal, 'float32');
const baselineOf = (seed: string) => randomTensor(`${seed}/baseline`, [2, SIZE, SIZE], normal, 'float32');

function scores(model: Graph, x: Tensor, target: number): number[] {
  const { y } = evaluate(model, { x });
  return Array.from({ length: x.shape[0]! }, (_, image) => Number(y!.data[image * CLASSES + target]));
}

function explained(model: Graph, method: Method, x: Tensor, target: number) {
  const { relevance } = evaluate(compile(model, { method, target }).graph, { x });
  const size = relevance!.data.length / IMAGES;
  return Array.from({ length: IMAGES }, (_, image) => {
    const own = Array.from(relevance!.data as Float64Array).slice(image * size, (image + 1) * size);
    return own.reduce(({ sum, size }, value) => ({ sum: sum + value, size: size + Math.abs(value) }), {
      sum: 0,
      size: 0,
    });
  });
}

/** Sums that differ by rounding, and by what the derivative costs where Δx is below rescale's bound. */
function expectSums(sums: ReturnType<typeof explained>, changes: readonly number[]) {
  for (const [image, { sum, size }] of sums.entries()) {
    expect(Math.abs(sum - changes[image]!)).toBeLessThan(1e-8 * Math.max(1, size));
  }
}

const repeated = (image: Tensor): Tensor => {
  const data = new Float32Array(IMAGES * image.data.length);
  for (let at = 0; at < IMAGES; at++) data.set(image.data as Float32Array, at * image.data.length);
  return { data, shape: [IMAGES, ...image.shape], dtype: 'float32' };
};

const seeds = fc.nat(1_000_000).map(String);
const targets = fc.nat(CLASSES - 1);
const names = fc.constantFrom(...Object.keys(parts));

describe('deep-lift sums to the change of the score', () => {
  it.each(Object.keys(parts))('through %s, whatever the weights, the image and the baseline', (name) => {
    fc.assert(
      fc.property(seeds, targets, (seed, target) => {
        const model = network([name], seed);
        const x = imagesOf(seed);
        const baseline = baselineOf(seed);
        const before = scores(model, repeated(baseline), target);
        const changes = scores(model, x, target).map((score, image) => score - before[image]!);
        expect(Math.min(...changes.map(Math.abs))).toBeGreaterThan(0);
        expectSums(explained(model, deepLift({ baseline }), x, target), changes);
      }),
      { seed: 1, numRuns: 8 },
    );
  });

  it('through any of them one after another', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.array(names, { minLength: 2, maxLength: 4 }), seeds, targets, (names, seed, target) => {
        const model = network(names, seed);
        const x = imagesOf(seed);
        const baseline = repeated({ ...baselineOf(seed), data: new Float32Array(2 * SIZE * SIZE).fill(0.5) });
        const before = scores(model, baseline, target);
        const changes = scores(model, x, target).map((score, image) => score - before[image]!);
        expectSums(explained(model, deepLift({ baseline: 0.5 }), x, target), changes);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it.each(['Softmax', 'LogSoftmax'])('where the score is a class of %s', (last) => {
    fc.assert(
      fc.property(seeds, targets, (seed, target) => {
        const model = network(['relu'], seed, last);
        const x = imagesOf(seed);
        const before = scores(model, repeated(baselineOf(seed)), target);
        const changes = scores(model, x, target).map((score, image) => score - before[image]!);
        expectSums(explained(model, deepLift({ baseline: baselineOf(seed) }), x, target), changes);
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  it('at a layer that all paths lead through', () => {
    fc.assert(
      fc.property(names, names, seeds, targets, (first, second, seed, target) => {
        const model = network([first, second], seed);
        const x = imagesOf(seed);
        const baseline = baselineOf(seed);
        const before = scores(model, repeated(baseline), target);
        const changes = scores(model, x, target).map((score, image) => score - before[image]!);
        for (const channels of ['sum', 'all'] as const) {
          const method = layerDeepLift({ layer: 'part0', baseline, channels, upsample: 'none' });
          expectSums(explained(model, method, x, target), changes);
        }
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  it('on average over baselines, for deep-lift-shap', () => {
    const model = network(['relu', 'gate', 'overlappingMaxPool'], 'shap');
    const x = imagesOf('shap');
    const baselines = randomTensor('baselines', [3, 2, SIZE, SIZE], normal, 'float32');
    const mean = scores(model, baselines, 1).reduce((sum, score) => sum + score / 3, 0);
    const changes = scores(model, x, 1).map((score) => score - mean);
    expectSums(explained(model, deepLiftShap({ baselines }), x, 1), changes);
  });
});

describe('deep-lift', () => {
  it('is zero where the image is the baseline', () => {
    const model = network(['relu', 'attention', 'layerNorm', 'overlappingMaxPool'], 'same');
    const baseline = baselineOf('same');
    const { relevance } = evaluate(compile(model, { method: deepLift({ baseline }), target: 0 }).graph, {
      x: repeated(baseline),
    });
    expect(Array.from(relevance!.data as Float64Array).every((value) => value === 0)).toBe(true);
  });

  it('passes a constant baseline once for the whole batch, and shares that pass with other methods', () => {
    const model = network(['relu', 'gate'], 'once');
    const one = compile(model, { method: deepLift(), target: 0 }).graph;
    const convolutions = (graph: Graph) => nodesOf(graph).filter(({ op }) => op === 'Conv');
    const passes = convolutions(one);
    expect(passes).toHaveLength(2 * convolutions(model).length);
    expect(passes.filter(({ outputs }) => outputs[0]!.shape[0] === 1)).toHaveLength(passes.length / 2);
    const both = compile(model, { method: [deepLift(), layerDeepLift({ layer: 'part0' })], target: 0 }).graph;
    expect(convolutions(both)).toHaveLength(passes.length);
  });

  it.each(['mean', 'blur'] as const)('takes a baseline of each image itself: %s', (baseline) => {
    const model = network(['gate', 'overlappingMaxPool'], baseline);
    const x = imagesOf(baseline);
    const { graph } = compile(model, { method: deepLift({ baseline }), target: 0 });
    const one = { ...x, data: x.data.slice(x.data.length / 2), shape: [1, 2, SIZE, SIZE] };
    const [both, last] = [x, one].map((feed) =>
      Array.from(evaluate(graph, { x: feed }).relevance!.data, Number),
    );
    expect(both!.slice(last!.length)).toEqual(last);
    const [before, after] = ['zero' as const, baseline].map((from) =>
      explained(model, deepLift({ baseline: from }), x, 0),
    );
    expect(before).not.toEqual(after);
  });

  it('keeps the batch that a file has fixed', () => {
    const g = new Builder();
    const x = g.input('x', [IMAGES, 1, 2, 2]);
    const weights = g.constant([1, -2, 3, 0.5], [4, 1]);
    const y = g.matMul(g.op('Tanh', [g.reshape(x, [IMAGES, 4])]), weights);
    const model = g.finish({ inputs: [x], outputs: { y } });
    const image = randomTensor('fixed', [IMAGES, 1, 2, 2], normal, 'float32');
    const { relevance } = evaluate(compile(model, { method: deepLift(), target: 0 }).graph, { x: image });
    const expected = Array.from(
      image.data as Float32Array,
      (value, at) => Math.tanh(value) * [1, -2, 3, 0.5][at % 4]!,
    );
    for (const [at, value] of expected.entries()) expect(relevance!.data[at]).toBeCloseTo(value, 12);
  });

  it('gives no NaN where softmax masks with minus infinity', () => {
    const g = new Builder();
    const x = g.input('x', [N, 1, 2, 2]);
    const mask = g.constant([0, 0, 0, Number.NEGATIVE_INFINITY], [1, 4]);
    const y = g.op('Softmax', [g.add(g.op('Flatten', [x]), mask)]);
    const model = g.finish({ inputs: [x], outputs: { y } });
    const image: Tensor = { data: Float32Array.of(1, 2, -1, 5), shape: [1, 1, 2, 2], dtype: 'float32' };
    const { relevance } = evaluate(compile(model, { method: deepLift(), target: 1 }).graph, { x: image });
    const sum = Array.from(relevance!.data as Float64Array).reduce((a, b) => a + b);
    const exps = [1, 2, -1].map(Math.exp) as [number, number, number];
    expect(sum).toBeCloseTo(exps[1] / (exps[0] + exps[1] + exps[2]) - 1 / 3, 12);
    expect(Math.abs(Number(relevance!.data[3]))).toBe(0);
  });

  it('refuses baselines of another size', () => {
    const model = network(['relu'], 'size');
    const wrong: Tensor = { data: new Float32Array(3), shape: [3, 1, 1], dtype: 'float32' };
    expect(() => compile(model, { method: deepLift({ baseline: wrong }) })).toThrow('[3, 1, 1]');
    expect(() => compile(model, { method: deepLiftShap({ baselines: wrong }) })).toThrow('[3, 1, 1]');
  });

  it('refuses a choice that the input makes, which has no complete rule', () => {
    const g = new Builder();
    const x = g.input('x', [N, 1, 2, 2]);
    const chosen = g.where(g.greater(x, g.scalar(0)), g.mul(x, x), g.scalar(3));
    const y = g.op('Flatten', [chosen]);
    const model = g.finish({ inputs: [x], outputs: { y } });
    expect(() => compile(model, { method: deepLift() })).toThrow(SaliencyError);
    expect(() => compile(model, { method: deepLift() })).toThrow(
      /Where .*its condition depends on the input/,
    );
  });

  it('deep-lift-shap refuses an empty set', () => {
    expect(() => deepLiftShap({ baselines: [] })).toThrow('at least one baseline');
  });
});
