/** Procedures in double arithmetic against Captum and scikit-learn, with the same windows, regions, orders and coalitions. */
import { readFileSync } from 'node:fs';
import { referenceBackend } from '@regional-saliency/conformance';
import {
  compile,
  createExplainer,
  type Objective,
  type Procedure,
  type Tensor,
  tensor,
} from '@regional-saliency/core';
import { slic } from '@regional-saliency/regions';
import { describe, expect, it } from 'vitest';
import { gradient } from '../src/gradient/gradient';
import { featureAblation } from '../src/perturbation/feature-ablation';
import type { FeatureOptions } from '../src/perturbation/features';
import { kernelShap } from '../src/perturbation/kernel-shap';
import { lime } from '../src/perturbation/lime';
import { occlusion } from '../src/perturbation/occlusion';
import { regionShapley } from '../src/perturbation/region-shapley';
import { rise } from '../src/perturbation/rise';
import { shapleyValueSampling } from '../src/perturbation/shapley-value-sampling';
import {
  at,
  CLASSES,
  EXACT,
  expectClose,
  float32,
  type Golden,
  golden,
  model,
  type Packed,
} from './fixtures';

const backend = referenceBackend();
const images = float32(golden<Golden>('plain').input);
const [, , height, width] = images.shape as [number, number, number, number];

interface Expected {
  readonly regions: readonly (readonly number[])[];
  readonly orders: readonly (readonly number[])[];
  readonly coalitions: readonly (readonly number[])[];
  readonly occlusion: readonly {
    readonly window: readonly [number, number];
    readonly stride: readonly [number, number];
    readonly baseline: number;
    readonly expected: Packed;
  }[];
  readonly 'feature-ablation': Packed;
  readonly 'shapley-value-sampling': Packed;
  readonly 'kernel-shap': Packed;
  readonly lime: Packed;
}

const expected = JSON.parse(
  readFileSync(new URL('./golden-perturbation/plain.json', import.meta.url), 'utf8'),
) as Expected;
const regions = tensor(Int32Array.from(expected.regions.flat()), [height, width]);

async function explain(
  method: Procedure,
  options: { file?: string; batch?: number; target?: number; images?: Tensor } = {},
) {
  const { file = 'plain', batch, target = 0 } = options;
  const explainer = await createExplainer(model(file), { backend, method, target: 'input', batch });
  return await explainer.explain(options.images ?? images, { target });
}

async function expectMaps(method: Procedure, maps: Packed): Promise<void> {
  for (let target = 0; target < CLASSES; target++) {
    const { relevance } = await explain(method, { target });
    expectClose(relevance, at(maps, target), EXACT, `${method.id}, target ${target}`);
  }
}

const one: Tensor = {
  ...images,
  data: images.data.subarray(0, images.data.length / 2),
  shape: [1, ...images.shape.slice(1)],
};

describe('against the peers', () => {
  it.each(expected.occlusion)(
    'occlusion with window $window, stride $stride and baseline $baseline is Captum’s, cut windows at the edges included',
    ({ expected: maps, ...options }) => expectMaps(occlusion(options), maps),
  );

  it('feature-ablation over a label map is Captum’s', () =>
    expectMaps(featureAblation({ regions }), expected['feature-ablation']));

  it('shapley-value-sampling with Captum’s orders is Captum’s', () =>
    expectMaps(
      shapleyValueSampling({ regions, orders: expected.orders }),
      expected['shapley-value-sampling'],
    ));

  it('kernel-shap with Captum’s coalitions is Captum’s, with its constraint exact', () =>
    expectMaps(kernelShap({ regions, coalitions: expected.coalitions }), expected['kernel-shap']));

  it('lime with given coalitions is the ridge regression of its authors’ code', () =>
    expectMaps(lime({ regions, coalitions: expected.coalitions }), expected.lime));
});

describe('ways to one value', () => {
  it('kernel-shap over all coalitions is region-shapley', async () => {
    const exact = await explain(regionShapley({ regions, fill: 'zero' }), { images: one });
    const fitted = await explain(kernelShap({ regions, samples: 62 }), { images: one });
    expectClose(fitted.relevance, exact.relevance, EXACT);
  });

  it('sampled Shapley values are within four standard errors of the exact ones, which are not 0', async () => {
    const exact = await explain(regionShapley({ regions, fill: 'zero' }), { images: one });
    const sampled = await explain(shapleyValueSampling({ regions, samples: 60 }), { images: one });
    const errors = sampled.standardErrors['shapley-value-sampling']!;
    for (const [place, value] of (exact.relevance.data as Float64Array).entries()) {
      const error = Number(errors.data[place]);
      expect(error).toBeGreaterThan(0);
      expect(Math.abs(Number(sampled.relevance.data[place]) - value)).toBeLessThan(4 * error);
    }
  });

  it('masks and a label map of the same regions, and a grid and its label map, are the same', async () => {
    const masks = Uint8Array.from({ length: 6 * height * width }, (_, place) =>
      Number(Number(regions.data[place % (height * width)]) === Math.floor(place / (height * width))),
    );
    const byMasks = await explain(featureAblation({ regions: tensor(masks, [6, height, width]) }), {
      images: one,
    });
    const byLabels = await explain(featureAblation({ regions }), { images: one });
    expect(byMasks.relevance).toEqual(byLabels.relevance);
    const cells = Int32Array.from({ length: height * width }, (_, place) => {
      const [y, x] = [Math.floor(place / width), place % width];
      return Math.floor((y * 2) / height) * 3 + Math.floor((x * 3) / width);
    });
    const byGrid = await explain(featureAblation({ grid: '2x3' }), { images: one });
    const byCells = await explain(featureAblation({ regions: tensor(cells, [height, width]) }), {
      images: one,
    });
    expect(byGrid.relevance).toEqual(byCells.relevance);
  });
});

describe('superpixels', () => {
  // Slopes in each channel, twice: the images of the other tests are noise, which falls apart into single pixels.
  const slopes = tensor(
    Float32Array.from(
      images.data,
      (_, index) => Math.sin(index / 97) + ((index % 144) + 3 * (index % 12)) / 60,
    ),
    images.shape,
  );
  const one: Tensor = {
    ...slopes,
    data: slopes.data.subarray(0, slopes.data.length / 2),
    shape: [1, ...slopes.shape.slice(1)],
  };
  const labelsOf = (segments: number) => slic(one, { segments });

  const overFeatures = {
    'feature-ablation': featureAblation,
    'kernel-shap': (features: FeatureOptions) => kernelShap({ ...features, samples: 200 }),
    'shapley-value-sampling': (features: FeatureOptions) => shapleyValueSampling({ ...features, samples: 5 }),
    'region-shapley': (features: FeatureOptions) => regionShapley({ ...features, samples: 5 }),
    lime: (features: FeatureOptions) => lime({ ...features, samples: 30 }),
  };
  it.each(Object.entries(overFeatures))(
    'of %s are those of SLIC, by number as by label map',
    async (_, make) => {
      const byNumber = await explain(make({ superpixels: 9 }), { images: one });
      const byLabels = await explain(make({ regions: labelsOf(9) }), { images: one });
      expect(byNumber.relevance).toEqual(byLabels.relevance);
      expect(new Set(byNumber.relevance.data as Float64Array).size).toBeGreaterThan(5);
    },
  );

  it('are made of each image by itself', async () => {
    const together = await explain(featureAblation({ superpixels: 9 }), { images: slopes });
    const alone = await explain(featureAblation({ superpixels: 9 }), { images: one });
    expect(together.relevance.data.subarray(0, height * width)).toEqual(alone.relevance.data);
  });

  it('are lime’s features where an image has no regions, else its regions are', async () => {
    const plain = await explain(lime({ samples: 30 }), { images: one });
    const asked = await explain(lime({ samples: 30, regions: labelsOf(50) }), { images: one });
    expect(plain.relevance).toEqual(asked.relevance);

    const masks = new Uint8Array(2 * height * width).fill(1, 0, 60).fill(1, height * width + 60);
    const explainer = await createExplainer(model('plain'), {
      backend,
      method: [lime({ samples: 30 }), lime({ samples: 30, superpixels: 9 })],
    });
    const { relevances } = await explainer.explain(one, {
      regions: [tensor(masks, [2, height, width])],
    });
    expect(new Set(relevances.lime!.data as Float64Array).size).toBe(2);
    expect(new Set(relevances['lime-2']!.data as Float64Array).size).toBeGreaterThan(5);
  });
});

describe('how procedures run', () => {
  const all: readonly Procedure[] = [
    occlusion({ window: 5, stride: 4 }),
    featureAblation({ grid: '2x2' }),
    regionShapley({ grid: '2x2' }),
    regionShapley({ grid: '4x4', samples: 3 }),
    shapleyValueSampling({ grid: '3x3', samples: 2 }),
    kernelShap({ grid: '3x3', samples: 40 }),
    lime({ grid: '3x3', samples: 20 }),
    rise({ samples: 10, cells: 3 }),
  ];

  it.each(all)('$id: an image’s map depends neither on the batch nor on its neighbours', async (method) => {
    const together = await explain(method);
    const single = await explain(method, { images: one, batch: 3 });
    const size = single.relevance.data.length;
    expect(Array.from(single.relevance.data, Number)).toEqual(
      Array.from(together.relevance.data.subarray(0, size), Number),
    );
  });

  it('a fixed batch of 2 is filled up', async () => {
    const open = await explain(occlusion({ window: 5, stride: 4 }), { target: 1 });
    const fixed = await explain(occlusion({ window: 5, stride: 4 }), { target: 1, file: 'plain-batch2' });
    expect(fixed.relevance).toEqual(open.relevance);
  });

  it('the regions of an image are its features, those it has not left out; a grid that is asked for goes before them', async () => {
    const masks = new Uint8Array(3 * height * width);
    masks.fill(1, 0, 40);
    masks.fill(1, 2 * height * width + 100, 2 * height * width + 120);
    const shape = [3, height, width];
    const explainer = await createExplainer(model('plain'), {
      backend,
      method: [featureAblation(), featureAblation({ grid: '2x2' })],
    });
    const { relevances } = await explainer.explain(one, { regions: [tensor(masks, shape)] });
    const two = Uint8Array.from([...masks.subarray(0, 144), ...masks.subarray(288)]);
    const given = await createExplainer(model('plain'), {
      backend,
      method: featureAblation({ regions: tensor(two, [2, height, width]) }),
    });
    expect(relevances['feature-ablation']).toEqual((await given.explain(one)).relevance);
    expect(new Set(relevances['feature-ablation']!.data as Float64Array).size).toBe(3);
    expect(new Set(relevances['feature-ablation-2']!.data as Float64Array).size).toBe(4);
  });

  it('beside programs they come in the order given, by the same target', async () => {
    const method = [occlusion({ window: 5, stride: 4 }), gradient(), lime({ samples: 20 })];
    const explainer = await createExplainer(model('plain'), { backend, method });
    const { relevance, relevances, target } = await explainer.explain(images);
    expect(Object.keys(relevances)).toEqual(['occlusion', 'gradient', 'lime']);
    expect(relevance).toBe(relevances.occlusion);
    for (const [index, own] of target.entries()) {
      const alone = await explain(occlusion({ window: 5, stride: 4 }), { target: own });
      const size = relevance.data.length / 2;
      const part = ({ data }: Tensor) => Array.from(data.subarray(index * size, (index + 1) * size), Number);
      expect(part(relevance)).toEqual(part(alone.relevance));
    }
  });

  it('an objective is what they watch', async () => {
    const objective: Objective = (g, outputs) => {
      const [scores] = Object.values(outputs);
      return g.reduceSum(g.mul(scores!, g.constant(Float32Array.of(1, -1, 0), [1, 3])), [1], false);
    };
    const method = occlusion({ window: 5, stride: 4 });
    const explainer = await createExplainer(model('plain'), { backend, method, objective });
    const { relevance } = await explainer.explain(images);
    const [first, second] = [await explain(method, { target: 0 }), await explain(method, { target: 1 })];
    const difference = (first.relevance.data as Float64Array).map(
      (value, at) => value - Number(second.relevance.data[at]),
    );
    expectClose(relevance, { ...relevance, data: difference }, EXACT);
  });

  it('layers can’t be captured from them alone', async () => {
    const options = { backend, method: occlusion(), capture: ['3'] };
    await expect(createExplainer(model('plain'), options)).rejects.toThrow(
      /occlusion only asks for predictions/,
    );
  });

  it('a signal stops them between two runs, and progress ends at the total', async () => {
    const explainer = await createExplainer(model('plain'), {
      backend,
      method: rise({ samples: 40 }),
      batch: 8,
    });
    const stop = new AbortController();
    const seen: number[] = [];
    const progress = (done: number, total: number) => {
      seen.push(done);
      expect(total).toBe(80);
      if (done >= 16) stop.abort();
    };
    await expect(explainer.explain(images, { signal: stop.signal, progress })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(seen).toEqual([8, 16]);
  });

  it.each(all)('$id can’t be compiled, and says so', (method) => {
    expect(() => compile(model('plain'), { method })).toThrow(
      expect.objectContaining({ name: 'SaliencyError', code: 'unsupported' }),
    );
  });

  const wrong: readonly [string, () => Procedure, RegExp][] = [
    [
      'a window larger than the image',
      () => occlusion({ window: 13 }),
      /13 pixels, but the height of the image is 12/,
    ],
    ['a stride that skips pixels', () => occlusion({ window: 3, stride: 4 }), /skip pixels/],
    ['a grid that is none', () => lime({ grid: 'two by two' }), /such as 4x6/],
    ['a grid finer than the pixels', () => lime({ grid: '13x2' }), /12 x 12/],
    ['a grid of superpixels', () => lime({ grid: '2x2', superpixels: 9 }), /either grid or superpixels/],
    ['half a superpixel', () => featureAblation({ superpixels: 0.5 }), /whole number from 1/],
    ['regions of another size', () => lime({ regions: tensor([0, 1], [1, 2]) }), /not \[1, 2\]/],
    [
      'an empty mask',
      () => lime({ regions: tensor(new Uint8Array(144), [1, 12, 12]) }),
      /region 1 of 1 has no pixel/,
    ],
    [
      'too few coalitions',
      () => kernelShap({ grid: '4x4', samples: 5 }),
      /too few to tell 16 features apart/,
    ],
  ];
  it.each(wrong)('refuses %s', async (_what, make, message) => {
    await expect(explain(make())).rejects.toThrow(
      expect.objectContaining({
        name: 'SaliencyError',
        code: 'bad-input',
        message: expect.stringMatching(message),
      }),
    );
  });
});
