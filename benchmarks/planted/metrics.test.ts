import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dilated, measure, superiority } from './metrics';

/** A 4 × 4 map with its region in the upper left. */
const region = Uint8Array.of(1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const at = (map: readonly number[]) => measure(Float32Array.from(map), region, region);

describe('a map against its region', () => {
  it('is best by every metric where all relevance lies inside', () => {
    const found = at([4, 3, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(found).toEqual({ pointing: 1, mass: 1, rank: 1, pixels: 1 });
  });

  it('is worst by every metric where all relevance lies outside', () => {
    const found = at([0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(found).toEqual({ pointing: 0, mass: 0, rank: 0, pixels: 0 });
  });

  it('is what chance gives where it is the same everywhere, or zero', () => {
    const chance = { pointing: 0.25, mass: 0.25, rank: 0.25, pixels: 0.5 };
    expect(at(new Array(16).fill(7))).toEqual(chance);
    expect(at(new Array(16).fill(0))).toEqual(chance);
  });

  it('has the values counted by hand where inside and outside mix', () => {
    // Inside 9, 1, 6, 2; outside 8, 4 and ten zeros. The four largest are 9, 8, 6, 4: two of them inside. Of the 4 · 12
    // pairs 9 wins 12, 6 wins 11, 2 and 1 win 10 each.
    const found = at([9, 1, 8, 0, 6, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(found).toEqual({ pointing: 1, mass: 18 / 30, rank: 2 / 4, pixels: 43 / 48 });
  });

  it('shares hits among pixels that tie for the largest', () => {
    // Two of three peaks inside; the fourth place of the largest four goes to one of thirteen zeros, two of them inside.
    const found = at([5, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(found.pointing).toBeCloseTo(2 / 3, 15);
    expect(found.rank).toBeCloseTo((2 + 2 / 13) / 4, 15);
  });

  it('forgives a peak beside the region in the pointing game alone', () => {
    const map = Float32Array.of(0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(measure(map, region, region).pointing).toBe(0);
    expect(measure(map, region, dilated(region, 4, 1))).toMatchObject({ pointing: 1, mass: 0 });
  });

  it('is refused where the region has no inside or no outside', () => {
    const map = new Float32Array(16);
    for (const empty of [0, 1])
      expect(() => measure(map, new Uint8Array(16).fill(empty), region)).toThrow(RangeError);
  });

  it('has metrics between 0 and 1 that see only the order and the shares of relevance', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 16, maxLength: 16 }), (map) => {
        const found = at(map);
        for (const value of Object.values(found)) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
        expect(at(map.map((value) => 4 * value))).toEqual(found);
        const { mass: _, ...order } = found;
        expect(at(map.map((value) => value ** 2))).toMatchObject(order);
      }),
    );
  });

  it('is as good for its region as its reverse is for the rest', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 16, maxLength: 16 }), (map) => {
        const reversed = at(map.map((value) => 9 - value));
        expect(at(map).pixels).toBeCloseTo(1 - reversed.pixels, 12);
      }),
    );
  });
});

describe('superiority', () => {
  it('is the part of all pairs that the first list wins, a tie counting half', () => {
    expect(superiority(Float64Array.of(1, 3), Float64Array.of(0, 1, 2, 3))).toBe((1.5 + 3.5) / 8);
    expect(superiority(Float64Array.of(2), Float64Array.of(1))).toBe(1);
    expect(superiority(Float64Array.of(1), Float64Array.of(2))).toBe(0);
  });
});

describe('a region with tolerance', () => {
  it('reaches to pixels whose centres are near enough, and not around the border', () => {
    const point = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    expect([...dilated(point, 4, 1)]).toEqual([0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect([...dilated(point, 4, 1.5)]).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0]);
    expect(dilated(point, 4, 0)).toEqual(point);
  });
});
