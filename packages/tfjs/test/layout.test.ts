import { type Dim, N } from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelsLast, type Layout, reshaped, sameOrder, standard, transposed, without } from '../src/layout';

/** Elements 0, 1, 2 … of a tensor in standard order, as they lie in memory in another layout. */
function inMemory(shape: readonly number[], layout: Layout): number[] {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  let offsets = [0];
  for (const axis of layout) {
    offsets = offsets.flatMap((offset) =>
      Array.from({ length: shape[axis]! }, (_, at) => offset + at * strides[axis]!),
    );
  }
  return offsets;
}

const layouts = (rank: number) =>
  fc.shuffledSubarray([...standard(rank)], { minLength: rank, maxLength: rank });

/** A shape, cut into factors and grouped again in another way. */
const reshapes = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 })
  .chain((factors) => {
    const grouped = fc
      .array(fc.boolean(), { minLength: factors.length, maxLength: factors.length })
      .map((joins) => {
        const shape: number[] = [];
        for (const [at, factor] of factors.entries()) {
          if (joins[at] && shape.length > 0) shape[shape.length - 1]! *= factor;
          else shape.push(factor);
        }
        return shape;
      });
    return fc.tuple(grouped, grouped);
  })
  .chain(([from, to]) =>
    fc.record({ from: fc.constant(from), to: fc.constant(to), layout: layouts(from.length) }),
  );

describe('a reshape that leaves the memory as it is', () => {
  it('gives a layout in which every element is where it should be', () => {
    fc.assert(
      fc.property(reshapes, ({ from, to, layout }) => {
        const after = reshaped(from, layout, to);
        if (after) expect(inMemory(to, after)).toEqual(inMemory(from, layout));
      }),
      { numRuns: 500 },
    );
  });

  it('is always found in standard order', () => {
    fc.assert(
      fc.property(reshapes, ({ from, to }) => {
        const after = reshaped(from, standard(from.length), to);
        expect(after && sameOrder(to, after, standard(to.length))).toBe(true);
      }),
    );
  });

  it('keeps channels last where height and width become one axis, whatever the batch', () => {
    const [image, tokens]: [Dim[], Dim[]] = [
      [N, 8, 4, 4],
      [N, 8, 16],
    ];
    expect(reshaped(image, channelsLast(4), tokens)).toEqual([0, 2, 1]);
    expect(reshaped(tokens, [0, 2, 1], image)).toEqual(channelsLast(4));
  });

  it('is not found where channels and places become one axis', () => {
    expect(reshaped([N, 8, 4, 4], channelsLast(4), [N, 128])).toBeUndefined();
  });

  it('is found there where the places are one', () => {
    expect(reshaped([N, 8, 1, 1], channelsLast(4), [N, 8])).toEqual([0, 1]);
  });
});

describe('layouts', () => {
  it('make a transpose a change of names only', () => {
    fc.assert(
      fc.property(layouts(4), layouts(4), (layout, perm) => {
        const shape = [2, 3, 4, 5];
        const after = perm.map((axis) => shape[axis]!);
        const moved = inMemory(after, transposed(layout, perm));
        // Element k of the transposed tensor is this element of the original.
        const origin = inMemory(shape, perm);
        expect(moved.map((k) => origin[k]!)).toEqual(inMemory(shape, layout));
      }),
    );
  });

  it('lose an axis and keep the order of the others', () => {
    expect(without([0, 2, 3, 1], [2])).toEqual([0, 2, 1]);
    expect(without([0, 2, 3, 1], [2, 3])).toEqual([0, 1]);
  });

  it('are the same order where only axes of size 1 lie elsewhere', () => {
    expect(sameOrder([N, 8, 1, 1], channelsLast(4), standard(4))).toBe(true);
    expect(sameOrder([N, 8, 2, 1], channelsLast(4), standard(4))).toBe(false);
  });
});
