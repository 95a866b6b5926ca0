/** Against scikit-image: see tools/reference/superpixels.py, which wrote the golden file. */
import { readFileSync } from 'node:fs';
import { SaliencyError, type Tensor, tensor } from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FelzenszwalbOptions, felzenszwalb, type LabelTensor, labelMap } from '../src/index';

interface Case<Options> {
  image: string;
  options: Options;
  labels: string;
}
const golden: {
  images: Record<string, { shape: number[]; data: string }>;
  felzenszwalb: Case<FelzenszwalbOptions>[];
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

describe('superpixels refuse', () => {
  const refusals: [string, Tensor, object, string][] = [
    ['a batch', tensor(new Float32Array(24), [2, 3, 2, 2]), {}, 'not of [2, 3, 2, 2]'],
    ['no pixels', tensor([], [0, 3]), {}, 'one image [H, W] or [C, H, W]'],
    ['NaN', tensor([0, Number.NaN], [1, 2]), {}, 'the image has NaN at index 1'],
    ['half floats', tensor(new Uint16Array(4), [2, 2], 'float16'), {}, 'float16 is bit patterns'],
    ['a sigma below 0', tensor([0, 1], [1, 2]), { sigma: -1 }, 'sigma of superpixels'],
    ['a range upside down', tensor([0, 1], [1, 2]), { range: [1, 0] }, 'not [1, 0]'],
  ];
  it.each(refusals)('%s', (_name, image, options, message) => {
    expect(() => felzenszwalb(image, options)).toThrow(SaliencyError);
    expect(() => felzenszwalb(image, options)).toThrow(message);
  });
  it('a scale that is no number from 0', () => {
    expect(() => felzenszwalb(tensor([0, 1], [1, 2]), { scale: Number.NaN })).toThrow('scale and minSize');
  });
});
