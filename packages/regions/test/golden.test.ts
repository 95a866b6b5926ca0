/** Against independent implementations: see tools/reference/regions.py, which wrote the golden files. */
import { readFileSync } from 'node:fs';
import { tensor } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { labelMap, labelsFromPng, type Point, polygon, resize } from '../src/index';

const golden = (name: string) => readFileSync(new URL(`./golden/${name}`, import.meta.url));
const json = (name: string) => JSON.parse(golden(name).toString());

describe('polygons against exact rational arithmetic', () => {
  const cases: {
    units: 'fraction' | 'pixel';
    image: [number, number];
    points: Point[];
    masks: { size: [number, number]; rows: string[] }[];
  }[] = json('polygons.json');

  it.each(cases.map((each, index) => [index, each] as const))(
    'polygon %i covers the same pixels at both resolutions',
    (_, { units, image: [height, width], points, masks }) => {
      const region = polygon('p', points, units === 'pixel' ? { units, image: { height, width } } : {});
      for (const { size, rows } of masks) {
        expect(region.mask(...size).data.join('')).toBe(rows.join(''));
      }
    },
  );

  it('the cases cover something and leave something out', () => {
    const pixels = cases.flatMap(({ masks }) => masks.flatMap(({ rows }) => [...rows.join('')]));
    const covered = pixels.filter((pixel) => pixel === '1').length / pixels.length;
    expect(covered).toBeGreaterThan(0.1);
    expect(covered).toBeLessThan(0.9);
  });
});

describe('resizing against PyTorch', () => {
  const cases: {
    source: [number, number];
    size: [number, number];
    maps: number[];
    bilinear: number[];
    labels: number[];
    nearest: number[];
  }[] = json('resize.json');

  it.each(cases.map((each) => [each.source.join('×'), each.size.join('×'), each] as const))(
    '%s to %s: maps bilinear, label maps nearest',
    (_from, _to, { source, size: [height, width], maps, bilinear, labels, nearest }) => {
      const resized = resize(tensor(maps, [2, ...source], 'float64'), { height, width });
      expect(resized.shape).toEqual([2, height, width]);
      resized.data.forEach((value, place) => {
        expect(Math.abs(value - bilinear[place]!)).toBeLessThan(1e-13);
      });
      const map = tensor(labels, source, 'int32');
      for (const region of labelMap(map, { 0: '0', 1: '1', 2: '2', 3: '3' }, { missing: 'empty' })) {
        const expected = nearest.map((label) => (label === Number(region.name) ? 1 : 0));
        expect([...region.mask(height, width).data]).toEqual(expected);
      }
    },
  );
});

describe('label maps as Pillow writes them', () => {
  const { height, width, files }: { height: number; width: number; files: Record<string, number[]> } =
    json('labels.json');

  it.each(Object.entries(files))('%s gives the labels that were saved', (name, labels) => {
    const read = labelsFromPng(golden(`${name}.png`));
    expect(read.shape).toEqual([height, width]);
    expect([...read.data]).toEqual(labels);
  });
});
