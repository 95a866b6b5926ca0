import { align, inverse, meanMap, type Point, transformed, warp } from '@regional-saliency/regions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const unit = fc.double({ min: -1, max: 1, noNaN: true });
const spread: Point[] = [
  [0.1, 0.2],
  [0.8, 0.3],
  [0.4, 0.9],
  [0.6, 0.5],
];

describe('alignment', () => {
  it('finds the affine transform that made the points', () => {
    fc.assert(
      fc.property(fc.tuple(unit, unit, unit, unit, unit, unit), (made) => {
        const found = align(
          spread,
          spread.map((point) => transformed(made, point)),
        );
        found.forEach((value, at) => {
          expect(value).toBeCloseTo(made[at]!, 9);
        });
      }),
    );
  });

  it('finds the similarity that made the points, and never mirrors', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        unit,
        unit,
        (scale, angle, x, y) => {
          const [c, s] = [scale * Math.cos(angle), scale * Math.sin(angle)];
          const made = [c, -s, x, s, c, y] as const;
          const found = align(
            spread,
            spread.map((point) => transformed(made, point)),
            'similarity',
          );
          found.forEach((value, at) => {
            expect(value).toBeCloseTo(made[at]!, 9);
          });
        },
      ),
    );
    const mirrored = align(
      spread,
      spread.map(([x, y]) => [-x, y]),
      'similarity',
    );
    expect(mirrored[0] * mirrored[4] - mirrored[1] * mirrored[3]).toBeGreaterThan(0);
  });

  it('is undone by the inverse', () => {
    const made = [0.8, 0.2, 0.1, -0.3, 1.1, 0.05] as const;
    const [x, y] = transformed(inverse(made), transformed(made, [0.3, 0.7]));
    expect([x, y]).toEqual([expect.closeTo(0.3, 12), expect.closeTo(0.7, 12)]);
  });

  it('is an error for points on a line, too few, or another number', () => {
    const line: Point[] = [0, 1, 2].map((x) => [x, 2 * x]);
    expect(() => align(line, spread.slice(0, 3))).toThrow('lie on one place or line');
    expect(() => align(spread.slice(0, 2), spread.slice(0, 2))).toThrow('at least 3 for affine');
    expect(() => align(spread, spread.slice(1))).toThrow(
      '4 points can’t be aligned with 3'.replace('’', "'"),
    );
    expect(() => inverse([1, 2, 0, 2, 4, 0])).toThrow('flattens the plane');
  });
});

describe('warping', () => {
  const map = { data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [1, 2, 3], dtype: 'float64' } as const;

  it('by the identity at the same size changes nothing', () => {
    expect(warp(map, [1, 0, 0, 0, 1, 0], { height: 2, width: 3 }).data).toEqual(map.data);
  });

  it('by a shift of a pixel moves values, and what lies outside is NaN', () => {
    const { data } = warp(map, [1, 0, 1 / 3, 0, 1, 0], { height: 2, width: 3 });
    expect(
      [...data].map((value) => (Number.isNaN(value) ? 'outside' : Math.round(value * 1e9) / 1e9)),
    ).toEqual(['outside', 1, 2, 'outside', 4, 5]);
  });

  it('there and back is the map again, where it is smooth', () => {
    const size = 40;
    const smooth = {
      data: Float64Array.from(
        { length: size * size },
        (_, at) => (at % size) / size + (2 * Math.floor(at / size)) / size,
      ),
      shape: [1, size, size],
      dtype: 'float64',
    } as const;
    const made = [0.7, 0.1, 0.1, -0.1, 0.8, 0.15] as const;
    const back = warp(warp(smooth, made, { height: size, width: size }), inverse(made), {
      height: size,
      width: size,
    });
    const inside = [...back.data].flatMap((value, at) => {
      const [x, y] = [at % size, Math.floor(at / size)];
      const near = x > 3 && x < size - 4 && y > 3 && y < size - 4;
      return near ? [Math.abs(value - smooth.data[at]!)] : [];
    });
    expect(Math.max(...inside)).toBeLessThan(1e-9);
  });

  it('means leave out images that did not see a place', () => {
    const maps = {
      data: Float64Array.of(1, Number.NaN, Number.NaN, 3, 4, Number.NaN),
      shape: [2, 1, 3],
      dtype: 'float64',
    } as const;
    const { mean, count } = meanMap(maps);
    expect([...mean.data]).toEqual([2, 4, Number.NaN]);
    expect([...count.data]).toEqual([2, 1, 0]);
  });
});
