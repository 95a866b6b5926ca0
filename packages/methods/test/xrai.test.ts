/** XRAI against PyPI's `saliency`: attribution, segments, ranking (tools/reference/xrai.py). */
import { readFileSync } from 'node:fs';
import { referenceBackend } from '@regional-saliency/conformance';
import { compile, createExplainer, type Tensor, tensor } from '@regional-saliency/core';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { tfjsBackend } from '../../tfjs/src/index';
import '../../tfjs/test/backends';
import { method, xrai } from '../src/index';
import { rank } from '../src/xrai/rank';
import { dilated, segmentsOf } from '../src/xrai/segments';
import { at, CLASSES, EXACT, expectClose, float32, float64, model, type Packed } from './fixtures';

const backend = referenceBackend();

interface Expected {
  readonly input: Packed;
  readonly steps: number;
  readonly difference: number;
  /** One text of 0 and 1 a segment. */
  readonly masks: readonly string[];
  readonly attribution: Packed;
  readonly map: Packed;
}

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`./golden-xrai/${name}.json`, import.meta.url), 'utf8')) as T;

describe.each(['plain', 'residual'])('%s', (net) => {
  const { input, steps: n, difference, masks, attribution, map } = read<Expected>(net);
  const places = masks.map((text) => Int32Array.from(text.matchAll(/1/g), ({ index }) => index));
  const regions = tensor(Uint8Array.from(masks.join(''), Number), [masks.length, 12, 12]);

  it('ranks as saliency does: overlapping segments, one of them twice, a part of the image in none', () => {
    for (let target = 0; target < CLASSES; target++) {
      const [given, expected] = [at(attribution, target), at(map, target)];
      for (const image of [0, 1]) {
        const part = ({ data }: Tensor) => (data as Float64Array).subarray(image * 144, (image + 1) * 144);
        const ranked = rank(part(given), places, difference);
        expectClose(
          { data: ranked, shape: [144], dtype: 'float64' },
          { data: part(expected), shape: [144], dtype: 'float64' },
          EXACT,
        );
      }
    }
  });

  it('explains every target of every image as saliency does', async () => {
    const explainer = await createExplainer(model(net), {
      backend,
      method: xrai({ n, difference, regions }),
      target: 'input',
    });
    for (let target = 0; target < CLASSES; target++) {
      const { relevance } = await explainer.explain(float32(input), { target });
      expectClose(relevance, at(map, target), EXACT, `target ${target}`);
    }
  });

  it.each(Object.entries({ onnxruntime: onnxruntimeBackend(ort), tfjs: tfjsBackend() }))(
    'attributes on %s what it does in double arithmetic, to float32',
    async (_name, other) => {
      const all = tensor(
        Int32Array.from({ length: 144 }, (_, place) => place),
        [12, 12],
      );
      const made = xrai({ n, difference: 1, regions: all });
      const explainer = await createExplainer(model(net), { backend: other, method: made, target: 1 });
      // Each pixel a segment of its own: the map is the attribution.
      const { relevance } = await explainer.explain(float32(input));
      expectClose(relevance, at(attribution, 1), 5e-6);
    },
  );
});

describe('a picture of 224 × 224', () => {
  const { segments: expected, everySeventh } = read<{
    segments: readonly (readonly [number, number])[];
    everySeventh: Packed;
  }>('picture');
  const size = 224 * 224;
  const plane = (value: (x: number, y: number) => number) =>
    Float32Array.from({ length: size }, (_, place) => value(place % 224, Math.floor(place / 224)));
  const disc = (x: number, y: number, at: readonly [number, number], radius: number) =>
    Number((x - at[0]) ** 2 + (y - at[1]) ** 2 < radius ** 2);
  const discs = (x: number, y: number) => 90 * disc(x, y, [70, 80], 40) + 60 * disc(x, y, [150, 140], 55);
  const stripes = (x: number, y: number) => 25 * (Math.floor((x + 2 * y) / 48) % 2);
  const grain = (x: number, y: number) => (x * 37 + y * 101 + x * y * 7) % 23;
  const picture = tensor(
    Float32Array.from([
      ...plane((x, y) => discs(x, y) + stripes(x, y) + grain(x, y)),
      ...plane((x, y) => Math.floor(discs(x, y) / 2) + 2 * stripes(x, y) + ((3 * grain(x, y)) % 19)),
      ...plane((x, y) => stripes(x, y) + ((5 * grain(x, y) + x) % 29)),
    ]),
    [1, 3, 224, 224],
  );
  const segments = segmentsOf(picture, 5);

  it('has the segments that saliency finds, from fine to coarse', () => {
    const sums = segments.map((places) => [places.length, places.reduce((sum, place) => sum + place, 0)]);
    expect(sums).toEqual(expected);
    expect(segments.length).toBeGreaterThan(100);
  });

  it('is ranked by them as saliency ranks', () => {
    const attribution = Float64Array.from(
      plane((x, y) => (((x * 131 + y * 57 + x * y) % 257) - 100) * (1 + Math.floor((x + y) / 50))),
    );
    const map = rank(attribution, segments, 50);
    const seventh = Float64Array.from(
      { length: 32 * 32 },
      (_, at) => map[Math.floor(at / 32) * 7 * 224 + (at % 32) * 7]!,
    );
    expectClose({ data: seventh, shape: [32, 32], dtype: 'float64' }, float64(everySeventh), EXACT);
  });
});

describe('ranking', () => {
  const scene = fc.record({
    attribution: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 30, maxLength: 30 }),
    segments: fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 29 }), { minLength: 1 }), { maxLength: 12 }),
    difference: fc.integer({ min: 1, max: 6 }),
  });

  it('keeps the sum of the attribution, whatever the segments', () => {
    fc.assert(
      fc.property(scene, ({ attribution, segments, difference }) => {
        const sorted = segments.map((places) => Int32Array.from(places).sort());
        const map = rank(Float64Array.from(attribution), sorted, difference);
        const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
        expect(sum(map)).toBeCloseTo(sum(attribution), 9);
      }),
    );
  });

  it('puts no place above the best segment, which has its mean', () => {
    fc.assert(
      fc.property(scene, ({ attribution, segments }) => {
        const covering = [...segments, Array.from(attribution.keys())].map((places) =>
          Int32Array.from(places),
        );
        const means = covering.map(
          (own) => own.reduce((sum, place) => sum + attribution[place]!, 0) / own.length,
        );
        const map = rank(Float64Array.from(attribution), covering, 1);
        const best = Math.max(...means);
        expect(map[covering[means.indexOf(best)]![0]!]).toBeCloseTo(best, 12);
      }),
    );
  });

  it('of an attribution that is not a number says so everywhere', () => {
    expect(Array.from(rank(Float64Array.of(1, Number.NaN), [Int32Array.of(0)], 1))).toEqual([
      Number.NaN,
      Number.NaN,
    ]);
  });
});

describe('segments', () => {
  it('reach over their edges by a disc, and not over the border', () => {
    const labels = new Int32Array(49);
    labels[0] = 1;
    labels[24] = 2;
    const [, corner, middle] = dilated(labels, 7, 7, 2);
    expect(Array.from(corner!)).toEqual([0, 1, 2, 7, 8, 14]);
    expect(Array.from(middle!)).toEqual([10, 16, 17, 18, 22, 23, 24, 25, 26, 30, 31, 32, 38]);
    const [rest] = dilated(labels, 7, 7, 0);
    expect(rest!.length).toBe(47);
  });

  it('cover the image at every scale, whatever its size', () => {
    const image = tensor(
      Float32Array.from({ length: 3 * 40 * 56 }, (_, place) => Math.sin(place / 9)),
      [1, 3, 40, 56],
    );
    const held = new Uint8Array(40 * 56);
    for (const places of segmentsOf(image, 0)) for (const place of places) held[place]!++;
    expect(new Set(held)).toEqual(new Set([6]));
  });
});

describe('as a procedure', () => {
  const images = float32(read<Expected>('residual').input);
  const one: Tensor = { ...images, data: images.data.subarray(0, 288), shape: [1, 2, 12, 12] };
  const small = { n: 6, difference: 2, dilation: 1 };

  it('finds segments of each image by itself, in any batch, and gives one value a place', async () => {
    const explainer = await createExplainer(model('residual'), { backend, method: xrai(small), target: 1 });
    const together = (await explainer.explain(images)).relevance;
    expect(together.shape).toEqual([2, 1, 12, 12]);
    const alone = (await explainer.explain(one)).relevance;
    expect(Array.from(alone.data, Number)).toEqual(Array.from(together.data.subarray(0, 144), Number));
    expect(new Set(alone.data as Float64Array).size).toBeGreaterThan(1);
  });

  it('is made by name, with its options', () => {
    expect(method('xrai', { n: 20 }).options).toEqual({ n: 20, dilation: 5, difference: 50 });
    expect(() => method('xrai', { n: 1 })).toThrow(/n of xrai must be above 1/);
    expect(() => xrai({ dilation: -1 })).toThrow(/dilation of xrai is a whole number from 0/);
    expect(() => xrai({ difference: 0 })).toThrow(/difference of xrai is a whole number from 1/);
    expect(() => compile(model('residual'), { method: xrai() })).toThrow(/xrai .*can't be compiled/);
  });

  it('of a black box is refused in one sentence', async () => {
    const predict = async () => Float64Array.of(0);
    await expect(xrai().run(predict, one, { batch: 8 })).rejects.toThrow(/^xrai needs gradients, which/);
  });
});
