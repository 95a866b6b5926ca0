import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tensor } from '@regional-saliency/core';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { labelMap, labelsFromPng, view } from '../src/index';

const labels = tensor([0, 1, 1, 2], [2, 2], 'uint8');
const pixels = (values: number[], channels: number, width = 2) =>
  encode({ data: Uint8Array.from(values), width, height: values.length / channels / width, channels });

describe('a label map', () => {
  it('gives one region for each label named, and leaves other labels out', () => {
    const [one, two] = labelMap(labels, { 1: 'right lung', 2: 'left lung' });
    expect([one!.name, two!.name]).toEqual(['right lung', 'left lung']);
    expect([...one!.mask(2, 2).data]).toEqual([0, 1, 1, 0]);
    expect([...two!.mask(2, 2).data]).toEqual([0, 0, 0, 1]);
  });

  it('takes the label under each pixel centre at another resolution', () => {
    const [one] = labelMap(labels, { 1: 'lung' });
    expect([...one!.mask(4, 4).data].join('')).toBe('0011001111001100');
    // The centre of the one pixel lies on the corner of all four, and belongs to the lower right one.
    expect([...labelMap(labels, { 2: 'corner' })[0]!.mask(1, 1).data]).toEqual([1]);
  });

  it('may be an ndarray view, and of 64-bit integers', () => {
    const long = tensor([0, 1, 1, 2], [2, 2], 'int64');
    expect([...labelMap(view(long), { 2: 'a' })[0]!.mask(2, 2).data]).toEqual([0, 0, 0, 1]);
  });

  it('without a label that was named is an error that says what it holds, or an empty region by choice', () => {
    expect(() => labelMap(labels, { 3: 'heart' }, { source: 'the file "a.png"' })).toThrow(
      'the file "a.png" has no pixel with label 3 (heart); it holds 0, 1, 2',
    );
    const [heart] = labelMap(labels, { 3: 'heart' }, { missing: 'empty' });
    expect([...heart!.mask(2, 2).data]).toEqual([0, 0, 0, 0]);
  });

  it('with labels that are no whole numbers, or another shape, is refused', () => {
    expect(() => labelMap(labels, { lung: 'lung' })).toThrow(
      'the label "lung" of the region "lung" is not a whole',
    );
    expect(() => labelMap(labels, { '': 'lung' })).toThrow('is not a whole number');
    expect(() => labelMap(tensor([1], [1, 1, 1]), { 1: 'a' })).toThrow('has shape [height, width]');
  });
});

describe('a PNG as label map', () => {
  it('that has colours or transparency is refused', () => {
    expect(() => labelsFromPng(pixels([1, 1, 1, 2, 2, 3], 3), 'the file "a.png"')).toThrow(
      'the file "a.png" is a colour image',
    );
    expect(() => labelsFromPng(pixels([1, 255, 1, 0], 2))).toThrow('has transparent pixels');
  });

  it('that is something else, cut short or damaged is refused', () => {
    const png = pixels([0, 1, 2, 3], 1);
    const damaged = Uint8Array.from(png);
    damaged[damaged.length - 20]! ^= 0xff;
    for (const bytes of [
      new TextEncoder().encode('not a picture'),
      png.subarray(0, 40),
      damaged,
      new Uint8Array(),
    ]) {
      expect(() => labelsFromPng(bytes, 'the file "a.png"')).toThrow(
        'the file "a.png" is not a PNG file, or is damaged',
      );
    }
  });

  it('that is interlaced is read at 8 bits, and refused where pixels are packed', () => {
    const data = Uint8Array.from({ length: 81 }, (_, index) => index);
    const interlaced = encode({ data, width: 9, height: 9, channels: 1 }, { interlace: 'Adam7' });
    expect([...labelsFromPng(interlaced).data]).toEqual([...data]);
    const packed = encode(
      { data: new Uint8Array(18), width: 9, height: 9, channels: 1, depth: 1 },
      { interlace: 'Adam7' },
    );
    expect(() => labelsFromPng(packed)).toThrow('packs several pixels a byte in interlaced rows');
  });
});

const lungs = new URL('../../../../shared/data/lungs/kermany/test/masks/', import.meta.url);
const files = (() => {
  try {
    return readdirSync(fileURLToPath(lungs)).filter((file) => file.endsWith('.png'));
  } catch {
    return [];
  }
})();

it.runIf(files.length > 0)(
  'real lung masks (needs ../shared/data/lungs) hold a plausible lung at any resolution',
  () => {
    for (const file of files) {
      const [lung] = labelMap(labelsFromPng(readFileSync(new URL(encodeURIComponent(file), lungs))), {
        255: 'lungs',
      });
      const shareAt = (size: number) =>
        lung!.mask(size, size).data.reduce((sum, value) => sum + value, 0) / (size * size);
      expect(shareAt(256)).toBeGreaterThan(0.1);
      expect(shareAt(256)).toBeLessThan(0.7);
      expect(Math.abs(shareAt(224) - shareAt(256))).toBeLessThan(0.01);
    }
  },
);
