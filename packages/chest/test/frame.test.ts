import { alignChest, chestLandmarks, chestTemplate, lungZones } from '@regional-saliency/chest';
import type { Tensor } from '@regional-saliency/core';
import { transformed } from '@regional-saliency/regions';
import { expect, it } from 'vitest';
import { markMediastinum } from '../src/mediastinum';

/** Two lungs as boxes: right in columns 10..29, left in 50..69, rows 20..79 of 100. */
function boxes(): Tensor {
  const data = new Uint8Array(100 * 80);
  for (let y = 20; y < 80; y++) {
    data.fill(1, y * 80 + 10, y * 80 + 30);
    data.fill(2, y * 80 + 50, y * 80 + 70);
  }
  return { data, shape: [100, 80], dtype: 'uint8' };
}

it('landmarks are the centres of thirds of each lung, as fractions', () => {
  expect(chestLandmarks(boxes())).toEqual(
    [20, 60].flatMap((x) => [30, 50, 70].map((y) => [expect.closeTo(x / 80), expect.closeTo(y / 100)])),
  );
});

it('alignment brings the landmarks to the template’s as near as an affine transform can', () => {
  const labels = boxes();
  const transform = alignChest(labels);
  const off = chestLandmarks(labels).map((point, at) => {
    const [x, y] = transformed(transform, point);
    return Math.hypot(x - chestTemplate[at]![0], y - chestTemplate[at]![1]);
  });
  expect(Math.max(...off)).toBeLessThan(0.05);
});

it('a lung that is missing can’t be aligned', () => {
  const labels = boxes();
  labels.data.forEach((value, at) => {
    if (value === 2) labels.data[at] = 0;
  });
  expect(() => alignChest(labels)).toThrow('the labels hold no left lung (2) to align');
});

it('zones are thirds of each lung, and together the lungs', () => {
  const zones = lungZones(boxes());
  expect(zones.map(({ mask }) => mask(100, 80).data.reduce((sum, each) => sum + each, 0))).toEqual(
    Array(6).fill(20 * 20),
  );
  expect(zones[0]!.mask(100, 80).data[25 * 80 + 15]).toBe(1);
  expect(zones[5]!.mask(100, 80).data[75 * 80 + 65]).toBe(1);
});

it('the mediastinum lies between the lungs and ends where they leave the spine', () => {
  const labels = boxes();
  const data = labels.data as Uint8Array;
  // Recesses: below, the lungs go on at the sides only.
  for (let y = 80; y < 95; y++) {
    data.fill(1, y * 80 + 10, y * 80 + 15);
    data.fill(2, y * 80 + 65, y * 80 + 70);
  }
  markMediastinum(data, 100, 80);
  const rows = [...data].flatMap((label, at) => (label === 3 ? [Math.floor(at / 80)] : []));
  expect([Math.min(...rows), Math.max(...rows)]).toEqual([20, 79]);
  expect(rows).toHaveLength(60 * 20);
});
