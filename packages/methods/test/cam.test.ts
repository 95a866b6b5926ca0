/**
 * Class activation maps against pytorch-grad-cam's formulas in float64 and Captum's GuidedGradCam
 * (tools/reference/cam.py), on convolutional networks and transformers.
 */
import { readFileSync } from 'node:fs';
import { evaluate, normal, randomTensor, referenceBackend } from '@regional-saliency/conformance';
import {
  Builder,
  compile,
  createExplainer,
  type Graph,
  type Method,
  N,
  nodesOf,
  type Tensor,
} from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultLayer } from '../src/cam/default-layer';
import { channelAxis, placesOf } from '../src/cam/places';
import { principalMap } from '../src/cam/principal';
import { gradCam, guidedGradCam, layerCam, method, methods } from '../src/index';
import { at, CLASSES, expectClose, float32, type Golden, methodOf, model } from './fixtures';

const backend = referenceBackend();
const cams = [
  'grad-cam',
  'grad-cam-plus-plus',
  'hires-cam',
  'layer-cam',
  'x-grad-cam',
  'eigen-cam',
  'eigen-grad-cam',
];

/** Numbers that differ because double arithmetic was done in another order; ε are rounded to float32. */
const EXACT = 1e-9;

/** An upsampling by 3 or a mean over 3 has constants (1/3) that are rounded to float32. */
const ROUNDED_CONSTANTS = 2e-7;

/**
 * Before a layer norm, activation times gradient sums over channels to what the norm's ε of 1e-5 leaves, and files hold ε
 * in float32: as a part of itself, it is off by up to 2^-24.
 */
const ROUNDED_EPSILON = 6e-8;

function boundOf(key: string): number {
  if (key.startsWith('hires-cam blocks.0 ')) return ROUNDED_EPSILON;
  return key.includes('upsample=bi') ? ROUNDED_CONSTANTS : 0;
}

const folder = new URL('./golden-cam/', import.meta.url);
const own = (name: string): Graph => readOnnx(readFileSync(new URL(`${name}.onnx`, folder)));
const goldenCam = (name: string): Golden =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder)).toString()) as Golden;

const files: readonly { file: string; net: string; graph: () => Graph; bound: number }[] = [
  { file: 'plain', net: 'plain', graph: () => model('plain'), bound: EXACT },
  { file: 'plain-dynamo', net: 'plain', graph: () => model('plain-dynamo'), bound: EXACT },
  { file: 'residual', net: 'residual', graph: () => model('residual'), bound: EXACT },
  { file: 'transformer', net: 'transformer', graph: () => own('transformer'), bound: EXACT },
  { file: 'transformer-dynamo', net: 'transformer', graph: () => own('transformer-dynamo'), bound: EXACT },
  { file: 'channels-last', net: 'channels-last', graph: () => own('channels-last'), bound: EXACT },
  {
    file: 'channels-last-dynamo',
    net: 'channels-last',
    graph: () => own('channels-last-dynamo'),
    bound: EXACT,
  },
];

describe.each(files)('$file', ({ net, graph: read, bound }) => {
  const graph = read();
  const { input, expected, defaultLayer } = goldenCam(net);

  it.each(Object.keys(expected))('%s: every target of every image', async (key) => {
    const explainer = await createExplainer(graph, { backend, method: methodOf(key), target: 'input' });
    for (let target = 0; target < CLASSES; target++) {
      const { relevance } = await explainer.explain(float32(input), { target });
      expectClose(
        relevance,
        at(expected[key]!, target),
        Math.max(bound, boundOf(key)),
        `${key}, target ${target}`,
      );
    }
  });

  it.each(cams)(`%s without a layer reads ${defaultLayer}`, async (id) => {
    const [named, unnamed] = await Promise.all(
      [{ layer: defaultLayer! }, {}].map(async (options) => {
        const explainer = await createExplainer(graph, { backend, method: method(id, options), target: 1 });
        return (await explainer.explain(float32(input))).relevance;
      }),
    );
    expect(unnamed).toEqual(named);
    expect(unnamed!.data.some((value) => value !== 0)).toBe(true);
  });
});

const five = (net: string, images = 5): Tensor => {
  const input = float32(goldenCam(net).input);
  const size = input.data.length / 2;
  const picked = Array.from({ length: images }, (_, at) =>
    Array.from(input.data)
      .slice((at % 2) * size)
      .slice(0, size),
  );
  return {
    data: Float32Array.from(picked.flat()),
    shape: [images, ...input.shape.slice(1)],
    dtype: 'float32',
  };
};

describe('layers', () => {
  const images = float32(goldenCam('residual').input);
  const mapOf = async (made: ReturnType<typeof layerCam>, file = 'residual') =>
    (await (await createExplainer(model(file), { backend, method: made, target: 0 })).explain(images))
      .relevance;

  it('several are a list in code and a text with commas at the prompt, and the options say which', async () => {
    const listed = layerCam({ layers: ['layer1', 'layer2'] });
    const typed = method('layer-cam', { layer: 'layer1, layer2' }) as Method;
    expect(listed.options).toEqual({ layer: 'layer1,layer2', relu: true, upsample: 'bilinear' });
    expect(typed.options).toEqual(listed.options);
    expect(typed.layers).toEqual(['layer1', 'layer2']);
    expect(await mapOf(typed)).toEqual(await mapOf(listed));
  });

  it('several of one size are averaged at that size; of different sizes they need upsampling', async () => {
    const layers = ['layer1', 'layer1.0.relu'];
    const { shape } = await mapOf(layerCam({ layers, upsample: 'none' }));
    expect(shape).toEqual([2, 1, 6, 6]);
    const different = layerCam({ layers: ['layer1', 'layer2'], upsample: 'none' });
    expect(() => compile(model('residual'), { method: different })).toThrow(
      /layer-cam can't average maps of \[N, 1, 6, 6\] and \[N, 1, 3, 3\] with upsample=none/,
    );
  });

  it('refuses several layers with a sign, none at all, and both ways of naming them at once', () => {
    expect(() => layerCam({ layers: ['a', 'b'], relu: false })).toThrow(/stretches each map to 0..1/);
    expect(() => layerCam({ layers: [] })).toThrow(/layers is empty/);
    expect(() => layerCam({ layer: 'a', layers: ['b'] })).toThrow(/layer or layers, not both/);
    expect(() => method('layer-cam', { layer: ',' })).toThrow(/layers is empty/);
  });

  it('a map of several layers stays within 0..1, and is 0 where every layer is silent', async () => {
    const silent = { ...images, data: new Float32Array(images.data.length) };
    const explainer = await createExplainer(model('residual'), {
      backend,
      method: layerCam({ layers: ['layer1', 'layer2'] }),
    });
    for (const fed of [images, silent]) {
      const { relevance } = await explainer.explain(fed);
      const values = Array.from(relevance.data as Float64Array);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...values)).toBeLessThanOrEqual(1);
    }
  });
});

describe('the layer where none is named', () => {
  type Made = ReturnType<Builder['input']>;
  /** Whether a map without a name is that of the layer called `wanted`, and no map of zeros. */
  const reads = async (make: (g: Builder, x: Made) => Record<string, Made>, wanted: string) => {
    const g = new Builder();
    const x = g.input('x', [N, 3, 6, 6]);
    const { output, ...layers } = make(g, x);
    const names = new Map(Object.entries(layers));
    const graph = g.finish({ inputs: [x], outputs: { output: output! }, names });
    const mean = (to: Builder, outputs: Record<string, Made>) =>
      to.op('ReduceMean', [outputs.output!], { axes: [1, 2, 3], keepdims: 0 });
    const images = randomTensor('images', [2, 3, 6, 6], normal, 'float32');
    const [named, unnamed] = await Promise.all(
      [{ layer: wanted }, {}].map(async (options) => {
        const made = method('grad-cam', { ...options, relu: false });
        const explainer = await createExplainer(graph, { backend, method: made, objective: mean });
        return (await explainer.explain(images)).relevance;
      }),
    );
    expect(unnamed).toEqual(named);
    expect(unnamed!.data.some((value) => value !== 0)).toBe(true);
  };
  const conv = (g: Builder, x: Made, to: number) =>
    g.op('Conv', [
      x,
      g.constantOf(randomTensor(`to ${to}`, [to, x.shape[1] as number, 1, 1], normal, 'float32')),
    ]);

  it("is what a segmentation's scores are made from, not the scores, nor what is made of them", async () => {
    const segmentation = (g: Builder, x: Made) => {
      const features = g.op('Relu', [conv(g, x, 5)]);
      const scores = conv(g, features, 2);
      return {
        features,
        scores,
        output: g.op('Sigmoid', [g.op('MaxPool', [scores], { kernel_shape: [2, 2] })]),
      };
    };
    await reads(segmentation, 'features');
  });

  it('is what the class maps are made from, where only pooling follows these', async () => {
    const pooled = (g: Builder, x: Made) => {
      const features = g.op('Relu', [conv(g, x, 5)]);
      return { features, output: g.op('GlobalAveragePool', [conv(g, features, 2)]) };
    };
    await reads(pooled, 'features');
  });

  it('is the class maps themselves, where nothing but the input lies before them', async () => {
    const shallow = (g: Builder, x: Made) => {
      const maps = conv(g, x, 4);
      return { maps, output: g.op('GlobalAveragePool', [maps]) };
    };
    await reads(shallow, 'maps');
  });

  it('is the map that a dense layer reads, not the rows in which TensorFlow lays it out for that', () => {
    const g = new Builder();
    const x = g.input('x', [N, 3, 6, 6]);
    const features = g.op('Relu', [conv(g, x, 5)]);
    const rows = g.transpose(g.reshape(features, [N, 5, 36]), [0, 2, 1]);
    const weights = g.constantOf(randomTensor('dense', [180, 2], normal, 'float32'));
    const output = g.op('Gemm', [g.reshape(rows, [N, 180]), weights]);
    let taken: Made | undefined;
    const watched: Method = {
      ...gradCam(),
      build: (context) => {
        taken = defaultLayer(context);
        return gradCam().build(context);
      },
    };
    compile(g.finish({ inputs: [x], outputs: { output } }), { method: watched });
    expect(taken?.shape).toEqual([N, 5, 6, 6]);
  });
});

describe('places', () => {
  const sizes = (
    shape: readonly number[],
    make: (g: Builder, x: ReturnType<Builder['input']>) => ReturnType<Builder['input']>,
  ) => {
    const g = new Builder();
    const input = g.input('x', [N, ...shape]);
    const value = make(g, input);
    const places = placesOf(value, input);
    const grid = places?.toGrid(new Builder(g.finish({ inputs: [input], outputs: { value } })), value);
    return { axis: channelAxis(value), leading: places?.leading, grid: grid?.shape };
  };
  const weights = (g: Builder, ...shape: number[]) =>
    g.constantOf(randomTensor('w', shape, normal, 'float32'));
  const patches = (g: Builder, x: ReturnType<Builder['input']>, width = 7) =>
    g.op('Conv', [x, weights(g, width, 3, 4, 4)], { strides: [4, 4] });
  const tokens = (g: Builder, x: ReturnType<Builder['input']>, extra: number) => {
    const grid = patches(g, x);
    const [h, w] = grid.shape.slice(2) as [number, number];
    const flat = g.transpose(g.reshape(grid, [N, 7, h * w]), [0, 2, 1]);
    const leading = g.expand(weights(g, 1, extra || 1, 7), [N, extra || 1, 7]);
    return extra ? g.concat([leading, flat], 1) : flat;
  };

  it('channels are first behind a convolution and last behind a transposition, whatever the sizes', () => {
    expect(sizes([3, 28, 28], (g, x) => patches(g, x))).toEqual({ axis: 1, leading: 0, grid: [N, 7, 7, 7] });
    const last = (g: Builder, x: ReturnType<Builder['input']>) => g.transpose(patches(g, x), [0, 2, 3, 1]);
    expect(sizes([3, 28, 28], (g, x) => g.op('Relu', [last(g, x)]))).toEqual({
      axis: 3,
      leading: 0,
      grid: [N, 7, 7, 7],
    });
    expect(sizes([3, 20, 28], last)).toEqual({ axis: 3, leading: 0, grid: [N, 7, 5, 7] });
    const back = (g: Builder, x: ReturnType<Builder['input']>) =>
      g.transpose(g.op('Tanh', [last(g, x)]), [0, 3, 1, 2]);
    expect(sizes([3, 20, 28], back)).toEqual({ axis: 1, leading: 0, grid: [N, 7, 5, 7] });
  });

  it.each([0, 1, 2, 5, 9])(
    'patches of an image that is no square are found behind %i other tokens',
    (extra) => {
      expect(sizes([3, 20, 28], (g, x) => tokens(g, x, extra))).toEqual({
        axis: 2,
        leading: extra,
        grid: [N, 7, 5, 7],
      });
    },
  );

  it('tokens of no convolution fill a square, with or without a class token; others have no places', () => {
    const linear = (count: number) => sizes([count, 6], (g, x) => g.matMul(x, weights(g, 6, 5)));
    expect(linear(16)).toEqual({ axis: 2, leading: 0, grid: [N, 5, 4, 4] });
    expect(linear(17)).toEqual({ axis: 2, leading: 1, grid: [N, 5, 4, 4] });
    expect(linear(18)).toEqual({ axis: 2, leading: undefined, grid: undefined });
  });

  it('a layer without places is refused by every method, with its shape', () => {
    for (const id of [...cams, 'guided-grad-cam']) {
      expect(() => compile(model('residual'), { method: method(id, { layer: 'fc' }) })).toThrow(
        new RegExp(`${id} needs a layer of shape .*, but "fc" is \\[N, 3\\]`),
      );
    }
  });
});

describe('the first principal component', () => {
  const componentOf = (
    data: readonly number[],
    [channels, height, width]: readonly [number, number, number],
    images = 1,
  ) => {
    const g = new Builder();
    const x = g.input('x', [N, channels, height, width]);
    const graph = g.finish({ inputs: [x], outputs: { y: principalMap(g, x) } });
    const values = {
      data: Float32Array.from(data),
      shape: [images, channels, height, width],
      dtype: 'float32' as const,
    };
    return Array.from(evaluate(graph, { x: values }).y!.data as Float64Array);
  };
  const size = fc.tuple(
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 2, max: 4 }),
  );
  const seeded = size.chain((dims) => fc.record({ dims: fc.constant(dims), seed: fc.string() }));
  const draw = (seed: string, count: number) =>
    Array.from(randomTensor(seed, [count], normal, 'float32').data as Float32Array);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const energy = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);

  it('is a pattern itself where every channel is a multiple of it, with the length of those multiples', () => {
    fc.assert(
      fc.property(seeded, ({ dims: [channels, height, width], seed }) => {
        const factors = draw(`${seed}/factors`, channels).map((value) => Math.round(value * 8));
        const pattern = draw(`${seed}/pattern`, height * width).map((value) => Math.round(value * 8));
        const x = factors.flatMap((factor) => pattern.map((value) => factor * value));
        const around = pattern.map((value) => (value - mean(pattern)) * Math.sqrt(energy(factors)));
        const sign = Math.abs(Math.min(...around)) > Math.max(...around) ? -1 : 1;
        const component = componentOf(x, [channels, height, width]);
        const scale = Math.max(1, ...around.map(Math.abs));
        const even = Math.abs(Math.max(...around) + Math.min(...around)) < 1e-6 * scale;
        for (const [at, value] of component.entries()) {
          const expected = sign * around[at]!;
          const error = even ? Math.abs(Math.abs(value) - Math.abs(expected)) : Math.abs(value - expected);
          expect(error).toBeLessThan(1e-9 * scale);
        }
      }),
    );
  });

  it('has mean 0, its largest magnitude positive, and at least the variance along any other direction', () => {
    fc.assert(
      fc.property(seeded, ({ dims: [channels, height, width], seed }) => {
        const places = height * width;
        const x = draw(seed, channels * places);
        const component = componentOf(x, [channels, height, width]);
        expect(Math.abs(mean(component))).toBeLessThan(1e-9);
        expect(Math.max(...component)).toBeGreaterThanOrEqual(-Math.min(...component) * (1 - 1e-9));
        const direction = draw(`${seed}/direction`, channels);
        const length = Math.sqrt(energy(direction));
        const along = Array.from({ length: places }, (_, place) =>
          direction.reduce(
            (sum, weight, channel) => sum + (weight / length) * x[channel * places + place]!,
            0,
          ),
        );
        const variance = energy(along.map((value) => value - mean(along)));
        expect(energy(component)).toBeGreaterThanOrEqual(variance * (1 - 1e-3));
      }),
    );
  });

  it('grows with its input from the smallest to the largest numbers, and does not see the sign of the whole', () => {
    const x = draw('scale', 60);
    const component = componentOf(x, [5, 3, 4]);
    for (const factor of [2 ** -100, 2 ** 100, -1]) {
      const moved = componentOf(
        x.map((value) => value * factor),
        [5, 3, 4],
      );
      for (const [at, value] of moved.entries())
        expect(Math.abs(value / Math.abs(factor) - component[at]!)).toBeLessThan(1e-9);
    }
  });

  it('is zero, not NaN, where nothing varies, and each image has its own', () => {
    expect(componentOf(new Array<number>(12).fill(3), [3, 2, 2])).toEqual([0, 0, 0, 0]);
    const [a, b] = [draw('a', 12), draw('b', 12)];
    const together = componentOf([...a, ...new Array<number>(12).fill(0), ...b], [3, 2, 2], 3);
    expect(together).toEqual([...componentOf(a, [3, 2, 2]), 0, 0, 0, 0, ...componentOf(b, [3, 2, 2])]);
  });
});

describe('methods', () => {
  it('eigen-cam walks no way back and does not depend on the target', async () => {
    const programOf = (id: string, target: number) =>
      compile(model('plain'), { method: method(id, { layer: '1' }), target }).graph;
    const opsOf = (graph: Graph) => nodesOf(graph).map(({ op }) => op);
    expect(opsOf(programOf('eigen-cam', 1))).not.toContain('ConvGrad');
    expect(opsOf(programOf('eigen-grad-cam', 1))).toContain('ConvGrad');
    const mapOf = (id: string, target: number) =>
      evaluate(programOf(id, target), { input: five('plain') }).relevance;
    expect(mapOf('eigen-cam', 1)).toEqual(mapOf('eigen-cam', 0));
    expect(mapOf('eigen-grad-cam', 1)).not.toEqual(mapOf('eigen-grad-cam', 0));
  });

  it('an unrectified hires-cam before one linear layer adds up to the score without its bias', () => {
    const g = new Builder();
    const x = g.input('input', [N, 2, 5, 6]);
    const weights = (name: string, ...shape: number[]) =>
      g.constantOf(randomTensor(name, shape, normal, 'float32'));
    const features = g.op('Relu', [g.op('Conv', [x, weights('conv', 4, 2, 3, 3)])]);
    const logits = g.op('Gemm', [g.op('Flatten', [features]), weights('fc', 48, 3)]);
    const graph = g.finish({ inputs: [x], outputs: { logits } });
    const made = method('hires-cam', { relu: false, upsample: 'none' });
    const program = compile(graph, { method: made, target: 2 }).graph;
    const images = randomTensor('images', [3, 2, 5, 6], normal, 'float32');
    const { relevance, logits: scores } = evaluate(program, { input: images });
    for (const image of [0, 1, 2]) {
      const map = Array.from(relevance!.data as Float64Array).slice(image * 12, (image + 1) * 12);
      expect(map.reduce((sum, value) => sum + value)).toBeCloseTo(Number(scores!.data[image * 3 + 2]), 9);
    }
  });

  it('guided-grad-cam is guided backprop where Grad-CAM is positive and zero elsewhere', async () => {
    const made = [
      method('guided-backprop'),
      method('grad-cam', { layer: '3', upsample: 'nearest' }),
      guidedGradCam({ layer: '3' }),
    ];
    const explainer = await createExplainer(model('plain'), { backend, method: made, target: 1 });
    const { relevances } = await explainer.explain(five('plain'));
    const product = Array.from(relevances['guided-backprop']!.data as Float64Array, (value, at) => {
      const [image, place] = [Math.floor(at / 288), at % 144];
      return value * Number(relevances['grad-cam']!.data[image * 144 + place]);
    });
    expect(Array.from(relevances['guided-grad-cam']!.data as Float64Array)).toEqual(product);
    expect(product.some((value) => value === 0)).toBe(true);
    expect(product.some((value) => value !== 0)).toBe(true);
  });

  it('guided-grad-cam needs a Relu and a map of the input’s size', () => {
    expect(() => compile(own('transformer'), { method: guidedGradCam() })).toThrow(/has no Relu/);
    expect(() => method('guided-grad-cam', { upsample: 'none' })).toThrow(
      /one of nearest, bilinear, bicubic/,
    );
    expect(methods['guided-grad-cam']!.options).not.toHaveProperty('relu');
  });

  it.each([...cams, 'guided-grad-cam'])(
    '%s of an image does not depend on what is in the batch beside it',
    (id) => {
      const { graph } = compile(model('residual'), { method: method(id), target: 1 });
      const whole = evaluate(graph, { input: five('residual') }).relevance!;
      const alone = evaluate(graph, { input: five('residual', 1) }).relevance!;
      expect(Array.from(whole.data.slice(0, alone.data.length) as Float64Array)).toEqual(
        Array.from(alone.data as Float64Array),
      );
    },
  );
});
