/** Against scikit-image: see tools/reference/superpixels.py, which wrote the golden file. */
import { readFileSync } from 'node:fs';
import { SaliencyError, tensor } from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type FelzenszwalbOptions,
  felzenszwalb,
  type LabelTensor,
  labelMap,
  type SlicOptions,
  slic,
} from '../src/index';

interface Case<Options> {
  image: string;
  options: Options;
  labels: string;
}
const golden: {
  images: Record<string, { shape: number[]; data: string }>;
  felzenszwalb: Case<FelzenszwalbOptions>[];
  slic: Case<SlicOptions>[];
} = JSON.parse(readFileSync(new URL('./golden/superpixels.json', import.meta.url), 'utf8'));

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64')).buffer;
const images = Object.fromEntries(
  Object.entries(golden.images).map(([name, { shape, data }]) => [
    name,
    tensor(new Float32Array(bytesOf(data)), shape),
  ]),
);

const picture = fc
  .record({
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    channels: fc.integer({ min: 1, max: 3 }),
  })
  .chain(({ height, width, channels }) =>
    fc
      .array(fc.integer({ min: -40, max: 40 }), {
        minLength: channels * height * width,
        maxLength: channels * height * width,
      })
      .map((values) => tensor(values, [channels, height, width], 'float64')),
  );

/** Every label from 0 on is used, and its places hang together. */
function expectConnected({ data, shape: [height, width] }: LabelTensor, diagonals: boolean) {
  const seen = new Uint8Array(data.length);
  const started = new Set<number>();
  for (let start = 0; start < data.length; start++) {
    if (seen[start]) continue;
    expect(started.has(data[start]!)).toBe(false);
    started.add(data[start]!);
    const queue = [start];
    seen[start] = 1;
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      const [y, x] = [Math.floor(at / width), at % width];
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          if (!diagonals && dy !== 0 && dx !== 0) continue;
          if (y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue;
          const next = at + dy * width + dx;
          if (seen[next] || data[next] !== data[start]) continue;
          seen[next] = 1;
          queue.push(next);
        }
      }
    }
  }
  expect([...started].sort((a, b) => a - b)).toEqual([...started].map((_, label) => label));
}

describe('felzenszwalb against scikit-image, label for label', () => {
  it.each(golden.felzenszwalb.map((each) => [each.image, JSON.stringify(each.options), each] as const))(
    '%s %s',
    (_name, _options, { image, options, labels }) => {
      const ours = felzenszwalb(images[image]!, { ...options, range: [0, 1] });
      expect(ours.shape).toEqual(images[image]!.shape.slice(-2));
      expect([...ours.data]).toEqual([...new Uint16Array(bytesOf(labels))]);
    },
  );
});

describe('slic against scikit-image, label for label', () => {
  it.each(golden.slic.map((each) => [each.image, JSON.stringify(each.options), each] as const))(
    '%s %s',
    (_name, _options, { image, options, labels }) => {
      expect([...slic(images[image]!, options).data]).toEqual([...new Uint16Array(bytesOf(labels))]);
    },
  );
});

describe('felzenszwalb', () => {
  it('numbers connected segments of at least the size asked for, whatever the image', () => {
    fc.assert(
      fc.property(picture, fc.constantFrom(0, 10, 300), fc.constantFrom(0, 3, 8), (image, scale, minSize) => {
        const labels = felzenszwalb(image, { scale, minSize, sigma: 0.5 });
        expectConnected(labels, true);
        const sizes = new Map<number, number>();
        for (const label of labels.data) sizes.set(label, (sizes.get(label) ?? 0) + 1);
        if (sizes.size > 1) expect(Math.min(...sizes.values())).toBeGreaterThanOrEqual(minSize);
      }),
    );
  });

  it('gives an image in any range the segments of the same image in 0..1', () => {
    const { data, shape } = images.colour!;
    const values = Float64Array.from(data as Float32Array);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const unit = tensor(
      values.map((value) => (value - low) / (high - low)),
      shape,
    );
    const wide = tensor(
      values.map((value) => 8 * value - 1024),
      shape,
    );
    const options = { scale: 50, minSize: 10 };
    const expected = felzenszwalb(unit, { ...options, range: [0, 1] });
    expect(felzenszwalb(wide, options)).toEqual(expected);
    // Twice the contrast at twice the scale is the same.
    expect(felzenszwalb(unit, { ...options, scale: 100, range: [0, 0.5] })).toEqual(expected);
  });

  it('makes one segment of an image of one colour, and takes [H, W], one channel and a batch of one alike', () => {
    expect(new Set(felzenszwalb(tensor(new Uint8Array(35).fill(9), [5, 7])).data)).toEqual(new Set([0]));
    const { data, shape } = images.grey!;
    const labels = felzenszwalb({ data, shape, dtype: 'float32' }, { scale: 50 });
    for (const given of [
      [1, ...shape],
      [1, 1, ...shape],
    ]) {
      expect(felzenszwalb(tensor(data, given), { scale: 50 })).toEqual(labels);
    }
  });

  it('gives labels that serve as regions at any resolution', () => {
    const labels = felzenszwalb(images.grey!, { scale: 50, minSize: 10 });
    const names = Object.fromEntries([...new Set(labels.data)].map((label) => [label, `s${label}`]));
    const regions = labelMap(labels, names);
    const masks = regions.map((region) => region.mask(7, 8));
    for (let at = 0; at < 56; at++) {
      expect(masks.reduce((sum, { data }) => sum + data[at]!, 0)).toBe(1);
    }
  });
});

describe('slic', () => {
  it('numbers segments that are connected by edges, whatever the image', () => {
    fc.assert(
      fc.property(
        picture,
        fc.integer({ min: 1, max: 90 }),
        fc.constantFrom(0.05, 10),
        (image, segments, compactness) => {
          const labels = slic(image, { segments, compactness });
          expect(labels.shape).toEqual(image.shape.slice(-2));
          expectConnected(labels, false);
        },
      ),
    );
  });

  it('cuts an image of one colour into squares within a pixel of one side, as many as asked for', () => {
    const { data } = slic(tensor(new Float32Array(3 * 60 * 60).fill(-7), [3, 60, 60]), { segments: 36 });
    const sizes = new Map<number, number>();
    for (const label of data) sizes.set(label, (sizes.get(label) ?? 0) + 1);
    expect(sizes.size).toBe(36);
    expect(Math.min(...sizes.values())).toBeGreaterThanOrEqual(9 ** 2);
    expect(Math.max(...sizes.values())).toBeLessThanOrEqual(11 ** 2);
  });

  it('follows colour where compactness lets it', () => {
    const halves = Float32Array.from({ length: 24 * 24 }, (_, at) => Number(at % 24 >= 7));
    const { data } = slic(tensor(halves, [24, 24]), { segments: 4, compactness: 0.05 });
    const left = new Set(data.filter((_, at) => halves[at] === 0));
    const right = new Set(data.filter((_, at) => halves[at] === 1));
    expect([...left].filter((label) => right.has(label))).toEqual([]);
  });

  it('gives an image in any range the segments of the same image in 0..1', () => {
    const { data, shape } = images.colour!;
    const wide = tensor(
      Float64Array.from(data as Float32Array, (value) => 8 * value - 1024),
      shape,
    );
    expect(slic(wide, { segments: 20 })).toEqual(
      slic(tensor(Float64Array.from(data as Float32Array), shape), { segments: 20 }),
    );
  });
});

describe('superpixels refuse', () => {
  const two = tensor([0, 1], [1, 2]);
  const refusals: [string, () => unknown, string][] = [
    ['a batch', () => slic(tensor(new Float32Array(24), [2, 3, 2, 2])), 'not of [2, 3, 2, 2]'],
    ['no pixels', () => slic(tensor([], [0, 3])), 'one image [H, W] or [C, H, W]'],
    ['NaN', () => slic(tensor([0, Number.NaN], [1, 2])), 'the image has NaN at index 1'],
    ['half floats', () => slic(tensor(new Uint16Array(4), [2, 2], 'float16')), 'float16 is bit patterns'],
    ['a sigma below 0', () => felzenszwalb(two, { sigma: -1 }), 'sigma of superpixels'],
    ['a range upside down', () => felzenszwalb(two, { range: [1, 0] }), 'not [1, 0]'],
    ['a scale that is no number', () => felzenszwalb(two, { scale: Number.NaN }), 'scale and minSize'],
    ['half a segment', () => slic(two, { segments: 0.5 }), 'segments of slic is a whole number from 1'],
    ['no iterations', () => slic(two, { iterations: 0 }), 'iterations of slic'],
    ['no compactness', () => slic(two, { compactness: 0 }), 'compactness of slic'],
  ];
  it.each(refusals)('%s', (_name, run, message) => {
    expect(run).toThrow(SaliencyError);
    expect(run).toThrow(message);
  });
});
