import { existsSync, readFileSync } from 'node:fs';
import { chestEntry, chestRegions } from '@regional-saliency/chest';
import type { Tensor } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { parseRegions } from '@regional-saliency/regions';
import { tfjsBackend } from '@regional-saliency/tfjs';
import '@tensorflow/tfjs-backend-cpu';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { phantom } from '../../../examples/demo/phantom';
import { cuts, part, trims, turned } from '../../../tools/lungs/cuts';
import { dice } from '../../../tools/lungs/distance';
import { masksOf } from '../../../tools/lungs/masks';
import { others } from '../../../tools/lungs/others';

const backend = onnxruntimeBackend(ort, { threads: 1 });
const side = 128;
const drawn = (image: number) => phantom({ seed: 5, image, group: 'normal' });
const grey = (data: Uint8Array): Tensor => ({ data, shape: [side, side], dtype: 'uint8' });
const lungs = (labels: ArrayLike<number>) =>
  Uint8Array.from(labels, (label) => Number(label === 1 || label === 2));

async function labelsOf(image: Tensor): Promise<Tensor> {
  const result = await chestRegions(image, { backend });
  if (!result.found) throw new Error(result.reason);
  return result.labels;
}

describe('a drawn chest', () => {
  it('has its lungs found, the right one on the left of the image, with the mediastinum between them', async () => {
    const { pixels, labels } = drawn(0);
    const found = await labelsOf(grey(pixels));
    // The drawing's heart hides lung, which the network counts as lung.
    expect(dice(lungs(found.data as Uint8Array), lungs(labels))).toBeGreaterThan(0.8);
    const column = (label: number) => {
      const at = [...(found.data as Uint8Array)].flatMap((each, pixel) =>
        each === label ? [pixel % side] : [],
      );
      return at.reduce((sum, x) => sum + x, 0) / at.length;
    };
    expect(column(1)).toBeLessThan(column(3));
    expect(column(3)).toBeLessThan(column(2));
  });

  it('has the same lungs whatever its range, its channels and its size', async () => {
    const { pixels } = drawn(1);
    const plain = lungs((await labelsOf(grey(pixels))).data as Uint8Array);
    const scaled = {
      data: Float32Array.from(pixels, (value) => 3 * value - 1000),
      shape: [1, side, side],
      dtype: 'float32',
    } as const;
    expect(dice(lungs((await labelsOf(scaled)).data as Uint8Array), plain)).toBeGreaterThan(0.999);
    const colour = {
      data: Uint8Array.from([...pixels, ...pixels, ...pixels]),
      shape: [3, side, side],
      dtype: 'uint8',
    } as const;
    expect(dice(lungs((await labelsOf(colour)).data as Uint8Array), plain)).toBeGreaterThan(0.999);
    const large = new Uint8Array(4 * side * 3 * side).map(
      (_, at) => pixels[Math.floor(at / (3 * side) / 4) * side + Math.floor((at % (3 * side)) / 3)]!,
    );
    const labels = await labelsOf({ data: large, shape: [4 * side, 3 * side], dtype: 'uint8' });
    expect(labels.shape).toEqual([4 * side, 3 * side]);
    const small = Uint8Array.from({ length: side * side }, (_, at) =>
      Number(labels.data[(4 * Math.floor(at / side) + 2) * 3 * side + 3 * (at % side) + 1]),
    );
    expect(dice(lungs(small), plain)).toBeGreaterThan(0.98);
  });

  it('has the same lungs inside margins, black or white, at one end or all around', async () => {
    const { pixels } = drawn(3);
    const plain = lungs((await labelsOf(grey(pixels))).data as Uint8Array);
    for (const [name, black, before, after] of [
      ['all around', 0, 80, 80],
      ['white', 255, 50, 50],
      ['at one end', 0, 0, 90],
    ] as const) {
      const wide = before + side + after;
      const inside = (at: number) => at >= before && at < before + side;
      const place = (y: number, x: number) => (y - before) * side + x - before;
      const data = Uint8Array.from({ length: wide * wide }, (_, at) => {
        const [y, x] = [Math.floor(at / wide), at % wide];
        return inside(y) && inside(x) ? pixels[place(y, x)]! : black;
      });
      const { data: found } = await labelsOf({ data, shape: [wide, wide], dtype: 'uint8' });
      const back = plain.map((_, at) =>
        Number(found[(before + Math.floor(at / side)) * wide + before + (at % side)]),
      );
      expect(dice(lungs(back), plain), name).toBeGreaterThan(0.97);
      // None outside.
      const count = (values: Uint8Array) => values.reduce((sum, value) => sum + value, 0);
      expect(count(lungs(found as Uint8Array)), name).toBe(count(lungs(back)));
    }
  });

  it('has the same lungs on every backend', async () => {
    const { pixels } = drawn(2);
    const there = await chestRegions(grey(pixels), { backend: tfjsBackend({ name: 'cpu' }) });
    const here = await chestRegions(grey(pixels), { backend });
    if (!there.found || !here.found) throw new Error('refused');
    expect(there.confidence).toBeCloseTo(here.confidence, 4);
    expect(
      dice(lungs(there.labels.data as Uint8Array), lungs(here.labels.data as Uint8Array)),
    ).toBeGreaterThan(0.9995);
  });

  it.each(Object.keys(others))('is refused when it is made %s', async (kind) => {
    const taken = [];
    for (let image = 0; image < 5; image++) {
      const result = await chestRegions(others[kind]!(grey(drawn(image).pixels)), { backend });
      if (result.found) taken.push(image);
      else expect(result.reason).toMatch(/^[a-z].*[^.]$/);
    }
    expect(taken).toEqual([]);
  });
});

describe('a film that is cut or turned', () => {
  const reason = async (image: Tensor) => {
    const result = await chestRegions(image, { backend });
    return result.found ? 'taken' : result.reason;
  };

  it('is taken where a little of its edges was trimmed, or where it is turned by 20 degrees', async () => {
    const film = grey(drawn(1).pixels);
    for (const [name, box] of Object.entries(trims))
      expect(await reason(part(film, box)), name).toBe('taken');
    for (const degrees of [10, -10, 20, -20])
      expect(await reason(turned(film, degrees)), String(degrees)).toBe('taken');
  });

  it('is refused with the edge that cuts it, with its lungs’ height or with its angle', async () => {
    const film = grey(drawn(0).pixels);
    expect(await reason(part(film, cuts['right 80 %']!))).toBe(
      'the right lung is cut off by the left or right edge of the image',
    );
    expect(await reason(part(film, cuts['lower 50 %']!))).toBe(
      'the lungs are too low for their width: the image may be cut above or below',
    );
    expect(await reason(turned(film, 30))).toMatch(/^the lungs are turned by (2[6-9]|3\d) degrees$/);
  });

  it('is judged in the proportions that it had before it was squashed', async () => {
    const film = grey(drawn(0).pixels);
    const flat = await chestRegions(film, { backend, proportions: 0.4 });
    expect(flat).toMatchObject({ found: false, reason: expect.stringMatching(/too low for their width/) });
    const set = await parseRegions([{ type: 'chest' }], { types: { chest: chestEntry({ backend }) } });
    expect(await set({ name: 'a', height: side, width: side, pixels: film })).toHaveLength(3);
    await expect(set({ name: 'a', height: side, width: 3 * side, pixels: film })).rejects.toThrow(
      'it has no lung fields: the lungs are too low for their width: the image may be cut above or below',
    );
  });
});

describe('what is no X-ray', () => {
  it('is refused: one grey, noise, a chequerboard', async () => {
    const images = {
      grey: () => 7,
      noise: (at: number) => (Math.imul(at + 1, 2654435761) >>> 8) % 256,
      chequers: (at: number) => 255 * (((at >> 4) + (at >> 11)) & 1),
    };
    for (const [name, value] of Object.entries(images)) {
      const result = await chestRegions(
        grey(Uint8Array.from({ length: side * side }, (_, at) => value(at))),
        { backend },
      );
      expect([name, result.found]).toEqual([name, false]);
    }
  });

  it('is an error where it has no grey values: another shape, NaN', async () => {
    await expect(
      chestRegions({ data: new Uint8Array(8), shape: [2, 2, 2], dtype: 'uint8' }, { backend }),
    ).rejects.toThrow('a chest X-ray has shape [H, W], [1, H, W] or [3, H, W], not [2, 2, 2]');
    const holes = { data: Float32Array.of(1, Number.NaN, 3, 4), shape: [2, 2], dtype: 'float32' } as const;
    await expect(chestRegions(holes, { backend })).rejects.toThrow('the X-ray holds NaN at row 0, column 1');
  });
});

it('the network is under 3 MB, and an ordinary model of the family', () => {
  const file = readFileSync(new URL('../models/lungs.onnx', import.meta.url));
  expect(file.length).toBeLessThan(3_000_000);
  expect(Object.keys(readOnnx(file).outputs)).toEqual(['fields', 'frontal']);
});

const data = new URL('../../../../shared/data/lungs/kermany/test/', import.meta.url);
it.runIf(existsSync(data))(
  'real X-rays of children (../shared/data/lungs): Dice above 0.94 on twelve',
  async () => {
    const twelve = (await masksOf(data.pathname.replace(/\/$/, ''))).filter((_, at) => at % 5 === 0);
    const all = [];
    for (const each of twelve)
      all.push(
        dice(lungs((await labelsOf(each.image)).data as Uint8Array), lungs(each.labels.data as Uint8Array)),
      );
    expect(all.reduce((sum, value) => sum + value, 0) / all.length).toBeGreaterThan(0.94);
  },
);

describe('the entry of a study file', () => {
  const set = (entry: Record<string, unknown>) =>
    parseRegions([{ type: 'chest', ...entry }], { types: { chest: chestEntry({ backend }) } });
  const image = (pixels?: Tensor) => ({ name: 'a', height: side, width: side, pixels });

  it('finds lungs and mediastinum, and zones and rest where they are asked for, with one confidence', async () => {
    const pixels = grey(drawn(0).pixels);
    const names = async (entry: Record<string, unknown>) =>
      (await (await set(entry))(image(pixels))).map(({ name }) => name);
    expect(await names({})).toEqual(['right lung', 'left lung', 'mediastinum']);
    expect(await names({ mediastinum: false, rest: true })).toEqual(['right lung', 'left lung', 'rest']);
    expect(await names({ zones: true })).toHaveLength(9);
    const found = await chestRegions(pixels, { backend });
    const regions = await (await set({}))(image(pixels));
    for (const region of regions) expect(region.confidence).toBe(found.confidence);
    expect(regions[0]!.mask(side, side).data).toEqual(
      Uint8Array.from((await labelsOf(pixels)).data as Uint8Array, (label) => Number(label === 1)),
    );
  });

  it('has its confidence kept by what is made of it, and none by what is drawn', async () => {
    const regions = await parseRegions(
      [
        { type: 'grid', rows: 1, columns: 1, names: ['all'] },
        { type: 'chest' },
        { type: 'union', name: 'lungs', of: ['right lung', 'left lung'] },
        { type: 'difference', name: 'outside', of: ['all', 'lungs'] },
      ],
      { types: { chest: chestEntry({ backend }) } },
    );
    const found = await regions(image(grey(drawn(0).pixels)));
    const of = (name: string) => found.find((region) => region.name === name)!.confidence;
    expect(of('all')).toBeUndefined();
    expect(of('lungs')).toBe(of('left lung'));
    expect(of('outside')).toBe(of('left lung'));
  });

  it('refuses an image without lung fields, and says what it is lacking', async () => {
    const flat = grey(new Uint8Array(side * side));
    await expect((await set({}))(image(flat))).rejects.toThrow(
      'it has no lung fields: the image is of one grey',
    );
    await expect((await set({}))(image())).rejects.toThrow(
      'regions[0] (chest) is found in the pixels of an image: give them to the set of regions',
    );
    await expect(set({ zone: true })).rejects.toThrow(
      'regions[0] (chest) has a field "zone": it takes type, mediastinum, zones, rest',
    );
    await expect(set({ zones: 'yes' })).rejects.toThrow(
      'regions[0] (chest) has "zones" that is neither true nor false',
    );
  });
});
