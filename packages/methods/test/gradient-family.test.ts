/** What holds for the gradient family on any network: sums, draws that belong to an image, options that are refused. */
import { referenceBackend } from '@regional-saliency/conformance';
import {
  type Backend,
  Builder,
  compile,
  createExplainer,
  type Graph,
  type Method,
  N,
  repeat,
  sizeOf,
  type Tensor,
  tensor,
} from '@regional-saliency/core';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { tfjsBackend } from '../../tfjs/src/index';
import { withoutArrays } from '../../tfjs/test/backends';
import { gaussianMatrix } from '../src/gradient/baseline';
import {
  fullGrad,
  gradient,
  gradientShap,
  inputXGradient,
  integratedGradients,
  smoothGrad,
  stepsOf,
} from '../src/index';
import { contentOf, fillNormal, generatorOf } from '../src/random';
import { float32, type Golden, golden, model } from './fixtures';

const reference = referenceBackend();
const { input } = golden<Golden>('plain');
const two = float32(input);
const perImage = sizeOf(two.shape.slice(1));

/** A batch of the two images in the given order. */
function batchOf(...order: readonly number[]): Tensor {
  const images = order.map((at) => two.data.slice(at * perImage, (at + 1) * perImage));
  return tensor(Float32Array.from(images.flatMap((image) => [...image])), [
    order.length,
    ...two.shape.slice(1),
  ]);
}

async function mapsOf(graph: Graph, method: Method, images: Tensor, backend: Backend = reference) {
  const explainer = await createExplainer(graph, { backend, method, target: 1 });
  const explanation = await explainer.explain(images);
  await explainer.dispose();
  return explanation;
}

const numbers = ({ data }: Tensor) => Array.from(data as Float64Array, Number);
const imageOf = (map: Tensor, at: number) => {
  const size = map.data.length / map.shape[0]!;
  return numbers(map).slice(at * size, (at + 1) * size);
};
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** A smooth network of two layers with given weights. */
function smooth(first: readonly number[], second: readonly number[]): Graph {
  const g = new Builder();
  const x = g.input('input', [N, 1, 2, 3]);
  const hidden = g.op('Tanh', [g.matMul(g.reshape(x, [N, 6]), g.constant(first.slice(0, 24), [6, 4]))]);
  const scores = g.op('Sigmoid', [g.matMul(hidden, g.constant(second.slice(0, 8), [4, 2]))]);
  return g.finish({ inputs: [x], outputs: { scores } });
}

const some = (length: number) =>
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length });

describe('integrated-gradients', () => {
  it('sums to the score at the image minus the score at the baseline', async () => {
    await fc.assert(
      fc.asyncProperty(some(24), some(8), some(6), some(6), async (first, second, image, begin) => {
        const graph = smooth(first, second);
        const [at, from] = [image, begin].map((values) => tensor(Float32Array.from(values), [1, 1, 2, 3]));
        const baseline = { ...from!, shape: [1, 2, 3] };
        const { output, relevance } = await mapsOf(graph, integratedGradients({ baseline, n: 24 }), at!);
        const { output: before } = await mapsOf(graph, gradient(), from!);
        const change = Number(output.data[1]) - Number(before.data[1]);
        // Places and weights are float32 constants.
        expect(Math.abs(sum(numbers(relevance)) - change)).toBeLessThan(1e-6);
      }),
      { numRuns: 30 },
    );
  });

  it('is input-x-gradient where the model is linear, whatever the places, less 1/n by the trapezoid', async () => {
    const g = new Builder();
    const x = g.input('input', [N, 1, 2, 3]);
    const scores = g.matMul(
      g.reshape(x, [N, 6]),
      g.constant([1, 2, -3, 4, 5, -6, 7, 8, 9, -1, 0.5, 2], [6, 2]),
    );
    const graph = g.finish({ inputs: [x], outputs: { scores } });
    const image = tensor([1, -2, 3, 0.5, -4, 2], [1, 1, 2, 3]);
    const plain = numbers((await mapsOf(graph, inputXGradient(), image)).relevance);
    for (const method of [
      'gausslegendre',
      'riemann-left',
      'riemann-middle',
      'riemann-trapezoid',
      'zennit',
    ] as const) {
      const found = numbers((await mapsOf(graph, integratedGradients({ method, n: 4 }), image)).relevance);
      const part = method === 'riemann-trapezoid' ? 0.75 : 1;
      for (const [at, value] of found.entries()) expect(value).toBeCloseTo(plain[at]! * part, 6);
    }
  });

  it('from a blurred image gives nothing where the image is even, and from the mean neither', async () => {
    const even = tensor(new Float32Array(perImage).fill(0.75), [1, ...two.shape.slice(1)]);
    for (const baseline of ['blur', 'mean'] as const) {
      const { relevance } = await mapsOf(model('plain'), integratedGradients({ baseline, n: 3 }), even);
      for (const value of numbers(relevance)) expect(Math.abs(value)).toBeLessThan(1e-6);
    }
  });

  it('refuses what it can not do', () => {
    expect(() => integratedGradients({ n: 2.5 })).toThrow(
      'n of integrated-gradients is a whole number, at least 1',
    );
    expect(() => integratedGradients({ n: 1, method: 'riemann-trapezoid' })).toThrow('at least 2, not 1');
    const baseline = 'black' as 'blur';
    expect(() => compile(model('plain'), { method: integratedGradients({ baseline }) })).toThrow(
      'a baseline is zero, mean, blur, a number or an image, not "black"',
    );
    const small = tensor([1], [1, 1, 1]);
    expect(() => compile(model('plain'), { method: integratedGradients({ baseline: small }) })).toThrow(
      'a baseline has the shape of one image, [2, 12, 12], but this one is [1, 1, 1]',
    );
  });
});

describe('quadrature', () => {
  it('by Gauss-Legendre integrates every polynomial up to degree 2n - 1', () => {
    for (const n of [1, 2, 3, 5, 20, 64]) {
      const { places, weights } = stepsOf('gausslegendre', n);
      expect(places).toEqual([...places].sort((a, b) => a - b));
      for (const degree of [0, 1, n, 2 * n - 1]) {
        const integral = sum(places.map((place, at) => weights[at]! * place ** degree));
        expect(integral).toBeCloseTo(1 / (degree + 1), 13);
      }
    }
  });

  it('has weights that sum to 1, but for the trapezoid, which is Captum’s', () => {
    for (const method of ['riemann-left', 'riemann-right', 'riemann-middle', 'zennit'] as const) {
      expect(sum(stepsOf(method, 7).weights)).toBeCloseTo(1, 14);
    }
    expect(sum(stepsOf('riemann-trapezoid', 7).weights)).toBeCloseTo(6 / 7, 14);
  });
});

describe('draws', () => {
  const stochastic: readonly Method[] = [
    smoothGrad({ n: 4 }),
    smoothGrad({ n: 4, form: 'variance', clean: false }),
    gradientShap({ n: 4, deviation: 0.2, baseline: two }),
  ];

  it.each(stochastic.map((method) => [`${method.id} ${method.options.form ?? ''}`, method] as const))(
    '%s gives an image the same map at any place of any batch',
    async (_, method) => {
      const graph = model('plain');
      const both = (await mapsOf(graph, method, batchOf(0, 1))).relevance;
      const turned = (await mapsOf(graph, method, batchOf(1, 0, 1))).relevance;
      const alone = (await mapsOf(graph, method, batchOf(1))).relevance;
      expect(imageOf(turned, 1)).toEqual(imageOf(both, 0));
      for (const [map, at] of [
        [turned, 0],
        [turned, 2],
        [alone, 0],
      ] as const) {
        expect(imageOf(map, at)).toEqual(imageOf(both, 1));
      }
      expect(imageOf(both, 0)).not.toEqual(imageOf(both, 1));
      // A file whose batch is fixed is fed in slices.
      const sliced = (await mapsOf(model('plain-batch2'), method, batchOf(0, 1, 0))).relevance;
      expect(imageOf(sliced, 2)).toEqual(imageOf(both, 0));
    },
  );

  it.each([
    ['onnxruntime', () => onnxruntimeBackend(ort, { threads: 1 })],
    ['tfjs cpu', () => tfjsBackend()],
    ['tfjs cpu without arrays', () => withoutArrays],
  ] as const)('are the same on %s', async (_, backend) => {
    for (const method of [...stochastic, integratedGradients({ n: 5 }), fullGrad()]) {
      const graph = model('tokens');
      const expected = numbers((await mapsOf(graph, method, two)).relevance);
      const actual = numbers((await mapsOf(graph, method, two, backend())).relevance);
      const largest = Math.max(...expected.map(Math.abs));
      for (const [at, value] of actual.entries()) {
        expect(Math.abs(value - expected[at]!)).toBeLessThan(1e-5 * largest);
      }
    }
  });

  it('go with the seed, and a sample is the same however many there are', () => {
    const drawn = (n: number, seed: number) => {
      const { draws } = compile(model('plain'), { method: smoothGrad({ n, seed, clean: false }), target: 1 });
      return draws[0]!.draw.numbers(two.data.subarray(0, perImage));
    };
    expect(drawn(3, 0)).toEqual(drawn(7, 0).subarray(0, 3 * perImage));
    expect(drawn(3, 1)).not.toEqual(drawn(3, 0));
  });

  it('are said in the metadata, and equal ones are one input of the program', () => {
    const method = [smoothGrad(), smoothGrad({ form: 'squared' }), smoothGrad({ seed: 5 }), gradientShap()];
    const { graph, draws } = compile(model('plain'), { method });
    expect(graph.inputs.map(({ name }) => name)).toEqual(['input', 'noise', 'noise_2', 'places']);
    expect(draws.map(({ input }) => input)).toEqual(['noise', 'noise_2', 'places']);
    const said = JSON.parse(graph.metadata['regional-saliency.draws']!) as {
      seed: number;
      shape: unknown[];
    }[];
    expect(said.map(({ seed, shape }) => [seed, shape])).toEqual([
      [0, ['N', 19, 2, 12, 12]],
      [5, ['N', 19, 2, 12, 12]],
      [0, ['N', 20]],
    ]);
  });

  it('are standard normal numbers, apart for images that differ in one bit', () => {
    const [one, other] = [0, 1].map((bit) => {
      const values = new Float32Array(20_000);
      fillNormal(generatorOf(0, contentOf(Int32Array.from([7, bit])), 0), values);
      return Array.from(values);
    }) as [number[], number[]];
    const mean = (values: readonly number[]) => sum(values) / values.length;
    // Five standard errors of each.
    expect(Math.abs(mean(one))).toBeLessThan(5 / Math.sqrt(20_000));
    expect(Math.abs(mean(one.map((x) => x * x)) - 1)).toBeLessThan(5 * Math.sqrt(2 / 20_000));
    expect(Math.abs(mean(one.map((x) => x ** 4)) - 3)).toBeLessThan(5 * Math.sqrt(96 / 20_000));
    expect(Math.abs(mean(one.map((x, at) => x * other[at]!)))).toBeLessThan(5 / Math.sqrt(20_000));
  });
});

describe('smooth-grad', () => {
  it('of one copy, the image itself, is the gradient', async () => {
    const graph = model('plain');
    const { relevance } = await mapsOf(graph, smoothGrad({ n: 1 }), two);
    expect(numbers(relevance)).toEqual(numbers((await mapsOf(graph, gradient(), two)).relevance));
  });

  it('has a mean square that is its variance and the square of its mean', async () => {
    const maps = await Promise.all(
      (['mean', 'squared', 'variance'] as const).map(async (form) =>
        numbers((await mapsOf(model('tokens'), smoothGrad({ form, n: 6 }), two)).relevance),
      ),
    );
    const [mean, squared, variance] = maps as [number[], number[], number[]];
    const largest = Math.max(...squared);
    for (const [at, value] of squared.entries()) {
      expect(Math.abs(value - variance[at]! - mean[at]! ** 2)).toBeLessThan(1e-12 * largest);
    }
  });

  it('explains, in every copy, the class that the image itself was predicted to be', async () => {
    const graph = model('plain');
    const explain = async (target: 'predicted' | number) => {
      const method = smoothGrad({ n: 4, noise: 3 });
      const explainer = await createExplainer(graph, { backend: reference, method, target });
      return explainer.explain(batchOf(0));
    };
    const { target, relevance } = await explain('predicted');
    expect(numbers(relevance)).toEqual(numbers((await explain(target[0]!)).relevance));
  });

  it('refuses what it can not do', () => {
    expect(() => smoothGrad({ n: 0 })).toThrow('n of smooth-grad is a whole number, at least 1, not 0');
    expect(() => smoothGrad({ n: 1, form: 'variance' })).toThrow('at least 2, not 1');
    expect(() => smoothGrad({ noise: 0 })).toThrow('noise of smooth-grad must be above 0, not 0');
    expect(() => gradientShap({ deviation: -1 })).toThrow('deviation of gradient-shap is 0 or more, not -1');
  });
});

it('a blur keeps what is even: its rows sum to 1', () => {
  for (const size of [1, 5, 12]) {
    const matrix = gaussianMatrix(size);
    for (let row = 0; row < size; row++) {
      expect(sum([...matrix.subarray(row * size, (row + 1) * size)])).toBeCloseTo(1, 6);
    }
  }
});

it('a loop that runs no whole number of times is refused', () => {
  const g = new Builder();
  expect(() => repeat(g, 0, () => [])).toThrow('a loop runs a whole number of times, at least once, not 0');
});
