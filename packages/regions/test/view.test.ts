import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { tensor } from '@regional-saliency/core';
import fc from 'fast-check';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { asTensor, fromView, view } from '../src/index';

const numbers = tensor([0, 1, 2, 3, 4, 5], [2, 3], 'float32');

describe('views', () => {
  it('share the data of their tensor, both ways', () => {
    const own = tensor([0, 1, 2, 3], [2, 2], 'float64');
    const shown = view(own);
    shown.set(1, 0, 9);
    expect(own.data[2]).toBe(9);
    expect(fromView(shown).data.buffer).toBe(own.data.buffer);
    expect(fromView(shown.pick(1, null))).toEqual(tensor([9, 3], [2], 'float64'));
  });

  it('transposed, cropped, reversed and strided come out row-major', () => {
    expect(fromView(view(numbers).transpose(1, 0))).toEqual(tensor([0, 3, 1, 4, 2, 5], [3, 2], 'float32'));
    expect(fromView(view(numbers).lo(0, 1))).toEqual(tensor([1, 2, 4, 5], [2, 2], 'float32'));
    expect(fromView(view(numbers).step(-1, 2))).toEqual(tensor([3, 5, 0, 2], [2, 2], 'float32'));
  });

  it('show the same elements as get, whatever was cropped, picked or turned', () => {
    fc.assert(
      fc.property(
        fc.tuple(
          fc.integer({ min: 1, max: 4 }),
          fc.integer({ min: 1, max: 4 }),
          fc.integer({ min: 1, max: 4 }),
        ),
        fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)),
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        fc.array(fc.constantFrom(-2, -1, 1, 2), { minLength: 3, maxLength: 3 }),
        (shape, low, order, steps) => {
          const size = shape[0] * shape[1] * shape[2];
          const data = Int32Array.from({ length: size }, (_, index) => index);
          const cropped = view(tensor(data, shape)).lo(...low.map((start, axis) => start % shape[axis]!));
          const shown = cropped.step(...steps).transpose(...order);
          const expected: number[] = [];
          const [planes, rows, columns] = shown.shape as [number, number, number];
          for (let a = 0; a < planes; a++)
            for (let b = 0; b < rows; b++)
              for (let c = 0; c < columns; c++) expected.push(Number(shown.get(a, b, c)));
          const read = fromView(shown);
          expect(read.shape).toEqual(shown.shape);
          expect([...read.data]).toEqual(expected);
        },
      ),
    );
  });

  it('of plain arrays become float64, of clamped bytes uint8, of 64-bit integers int64', () => {
    expect(fromView(ndarray([1, 2, 3, 4], [2, 2]))).toEqual(tensor([1, 2, 3, 4], [2, 2], 'float64'));
    expect(fromView(ndarray(new Uint8ClampedArray([1, 300]), [2]))).toEqual(tensor([1, 255], [2], 'uint8'));
    expect(fromView(view(tensor([1, 2], [2], 'int64')))).toEqual(tensor([1, 2], [2], 'int64'));
    const stored = [5, 6, 7];
    const generic = { get: (at: number) => stored[at]!, set: () => 0, length: 3 };
    expect(fromView(ndarray(generic, [3]))).toEqual(tensor([5, 6, 7], [3], 'float64'));
  });

  it('take an element type that the array alone does not tell', () => {
    expect(fromView(view(tensor([0, 1], [2], 'bool')), 'bool')).toEqual(tensor([0, 1], [2], 'bool'));
  });

  it('of a single value, and a tensor that is no view', () => {
    expect(fromView(view(tensor([7], [], 'float32')))).toEqual(tensor([7], [], 'float32'));
    expect(asTensor(numbers)).toBe(numbers);
  });
});

it('scoring and the readers run where compiling code at run time is forbidden, and views are read there', () => {
  const script = fileURLToPath(new URL('./without-code-generation.ts', import.meta.url));
  const printed = execFileSync(
    process.execPath,
    ['--disallow-code-generation-from-strings', '--import', 'tsx', script],
    { encoding: 'utf8' },
  );
  expect(JSON.parse(printed)).toEqual({
    forbidden: true,
    scores: [
      { image: 'a', region: 'r1c1', score: 2, pixels: 2 },
      { image: 'a', region: 'r1c2', score: 3, pixels: 2 },
    ],
    nifti: [3, 4, 5, 1],
    segment: 'lung',
  });
});
