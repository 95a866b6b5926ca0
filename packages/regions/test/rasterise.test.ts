import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  box,
  difference,
  grid,
  intersection,
  type Mask,
  type Point,
  polygon,
  type Region,
  union,
} from '../src/index';

const size = fc.record({ height: fc.integer({ min: 1, max: 24 }), width: fc.integer({ min: 1, max: 24 }) });
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const point = fc.tuple(fraction, fraction);
const outline = fc.array(point, { minLength: 3, maxLength: 8 });
const shape = outline.map((points) => polygon('p', points));

const rows = (mask: Mask) =>
  Array.from({ length: mask.shape[0] }, (_, row) =>
    mask.data.subarray(row * mask.shape[1], (row + 1) * mask.shape[1]).join(''),
  );
const cover = (regions: readonly Region[], height: number, width: number) =>
  regions
    .map((region) => region.mask(height, width).data)
    .reduce((a, b) => a.map((value, pixel) => value + b[pixel]!));

describe('a grid', () => {
  it('gives the last column and row the remainder', () => {
    const cells = grid({ rows: 2, columns: 3 });
    expect(cells.map(({ name }) => name)).toEqual(['r1c1', 'r1c2', 'r1c3', 'r2c1', 'r2c2', 'r2c3']);
    expect(rows(cells[0]!.mask(3, 8))).toEqual(['11000000', '00000000', '00000000']);
    expect(rows(cells[5]!.mask(3, 8))).toEqual(['00000000', '00001111', '00001111']);
  });

  it('cuts 224 columns in three as the seed study did: 74, 74 and 76', () => {
    const widths = grid({ rows: 1, columns: 3 }).map(({ mask }) => cover([{ name: '', mask }], 1, 224));
    expect(widths.map((data) => data.reduce((a, b) => a + b))).toEqual([74, 74, 76]);
  });

  it('partitions the image at every resolution that has room for it', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), ({ height, width }, a, b) => {
        const cells = grid({ rows: 1 + (a % height), columns: 1 + (b % width) });
        expect(cover(cells, height, width)).toEqual(new Uint8Array(height * width).fill(1));
      }),
    );
  });

  it('takes names, one for each cell', () => {
    expect(grid({ rows: 1, columns: 2, names: ['left', 'right'] }).map(({ name }) => name)).toEqual([
      'left',
      'right',
    ]);
    expect(() => grid({ rows: 2, columns: 2, names: ['left'] })).toThrow(
      'has 4 cells, but 1 names were given',
    );
  });

  it('refuses part rows, no columns, and more rows than pixels', () => {
    expect(() => grid({ rows: 1.5, columns: 1 })).toThrow('whole number of rows, 1 or more, not 1.5');
    expect(() => grid({ rows: 1, columns: 0 })).toThrow('whole number of columns');
    expect(() => grid({ rows: 9, columns: 1 })[0]!.mask(7, 7)).toThrow(
      'a grid of 9 rows does not fit a map that is 7 pixels high: use fewer rows',
    );
  });
});

describe('boxes and polygons', () => {
  it('a polygon of a rectangle is the box', () => {
    fc.assert(
      fc.property(size, point, point, fc.nat(3), ({ height, width }, [ax, ay], [bx, by], start) => {
        const [left, right] = [Math.min(ax, bx), Math.max(ax, bx)];
        const [top, bottom] = [Math.min(ay, by), Math.max(ay, by)];
        fc.pre(left < right && top < bottom);
        const corners: Point[] = [
          [left, top],
          [right, top],
          [right, bottom],
          [left, bottom],
        ];
        const turned = [...corners.slice(start), ...corners.slice(0, start)];
        expect(polygon('p', turned).mask(height, width)).toEqual(
          box('b', [left, top, right, bottom]).mask(height, width),
        );
      }),
    );
  });

  it('a box on pixel edges covers those pixels, in pixels and in fractions', () => {
    const image = { height: 4, width: 6 };
    const pixels = box('b', [1, 2, 4, 4], { units: 'pixel', image });
    expect(rows(pixels.mask(4, 6))).toEqual(['000000', '000000', '011100', '011100']);
    expect(box('b', [1 / 6, 0.5, 4 / 6, 1]).mask(4, 6)).toEqual(pixels.mask(4, 6));
  });

  it('a centre on the left or upper edge is inside, on the right or lower edge outside', () => {
    const image = { height: 4, width: 4 };
    const edges = [0.5, 1.5, 2.5, 3.5] as const;
    const corners: Point[] = [
      [0.5, 1.5],
      [2.5, 1.5],
      [2.5, 3.5],
      [0.5, 3.5],
    ];
    for (const region of [
      box('b', edges, { units: 'pixel', image }),
      polygon('p', corners, { units: 'pixel', image }),
    ]) {
      expect(rows(region.mask(4, 4))).toEqual(['0000', '1100', '1100', '0000']);
    }
  });

  it('a box on even pixel edges at half the resolution is every second pixel of it', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), fc.nat(), fc.nat(), (half, a, b, c, d) => {
        const left = a % half.width;
        const top = b % half.height;
        const right = left + 1 + (c % (half.width - left));
        const bottom = top + 1 + (d % (half.height - top));
        const image = { height: 2 * half.height, width: 2 * half.width };
        const region = box('b', [2 * left, 2 * top, 2 * right, 2 * bottom], { units: 'pixel', image });
        const full = region.mask(image.height, image.width);
        const small = region.mask(half.height, half.width);
        for (let pixel = 0; pixel < full.data.length; pixel++) {
          const y = Math.floor(pixel / image.width);
          const x = pixel % image.width;
          expect(full.data[pixel]).toBe(small.data[(y >> 1) * half.width + (x >> 1)]);
        }
      }),
    );
  });

  it('triangles fanned around any point of the image cover every pixel exactly once', () => {
    // A point on the border makes one triangle flat, which covers nothing, as it should.
    fc.assert(
      fc.property(size, point, ({ height, width }, middle) => {
        const corners: Point[] = [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 1],
        ];
        const fan = corners.map((corner, index) =>
          polygon(`${index}`, [middle, corner, corners[(index + 1) % 4]!]),
        );
        expect(cover(fan, height, width)).toEqual(new Uint8Array(height * width).fill(1));
      }),
    );
  });

  it('the two parts of a polygon cut along a diagonal cover it exactly once', () => {
    // By the even-odd rule the whole is the exclusive or of the parts, for outlines that cross themselves too.
    fc.assert(
      fc.property(size, fc.array(point, { minLength: 4, maxLength: 9 }), fc.nat(), (at, points, where) => {
        const cut = 2 + (where % (points.length - 3));
        const parts = [
          polygon('a', points.slice(0, cut + 1)),
          polygon('b', [points[0]!, ...points.slice(cut)]),
        ];
        const odd = cover(parts, at.height, at.width).map((times) => times % 2);
        expect(polygon('p', points).mask(at.height, at.width).data).toEqual(odd);
      }),
    );
  });

  it('neither the first corner nor the direction matters', () => {
    fc.assert(
      fc.property(size, outline, fc.nat(), ({ height, width }, points, start) => {
        const at = start % points.length;
        const turned = [...points.slice(at), ...points.slice(0, at)].reverse();
        expect(polygon('p', turned).mask(height, width)).toEqual(polygon('p', points).mask(height, width));
      }),
    );
  });

  it('what an outline encloses twice is outside (even-odd)', () => {
    const image = { height: 5, width: 5 };
    const twice: Point[] = [
      [0, 0],
      [5, 0],
      [5, 5],
      [0, 5],
      [0, 0],
      [1, 1],
      [4, 1],
      [4, 4],
      [1, 4],
      [1, 1],
    ];
    expect(rows(polygon('ring', twice, { units: 'pixel', image }).mask(5, 5))).toEqual([
      '11111',
      '10001',
      '10001',
      '10001',
      '11111',
    ]);
  });

  it('the border of the image cuts what reaches beyond it', () => {
    const image = { height: 3, width: 3 };
    expect(rows(box('b', [-5, 1, 2, 9], { units: 'pixel', image }).mask(3, 3))).toEqual([
      '000',
      '110',
      '110',
    ]);
    expect(rows(box('b', [7, 7, 9, 9], { units: 'pixel', image }).mask(3, 3))).toEqual(['000', '000', '000']);
  });

  it('refuses a polygon of two points, a reversed box, and numbers that are no coordinates', () => {
    const line: Point[] = [
      [0, 0],
      [1, 1],
    ];
    expect(() => polygon('heart', line)).toThrow(
      'the polygon "heart" has 2 points, and a polygon needs at least 3',
    );
    expect(() => polygon('heart', [...line, [Number.NaN, 0]])).toThrow('coordinates must be finite');
    expect(() => polygon('heart', [...line, [112, 40]])).toThrow('(112, 40), which is no fraction');
    expect(() => box('b', [0.5, 0, 0.2, 1])).toThrow('has its right edge at 0.2, which is not beyond 0.5');
    expect(() => box('b', [0, 0.3, 1, 0.3])).toThrow('has its bottom edge at 0.3');
    expect(() => box('b', [0, 0, Number.POSITIVE_INFINITY, 1])).toThrow('must be finite');
  });
});

describe('union, intersection and difference', () => {
  const everything = box('everything', [0, 0, 1, 1]);
  const same = (a: Region, b: Region, height: number, width: number) =>
    expect(a.mask(height, width)).toEqual(b.mask(height, width));

  it('obey the laws of sets', () => {
    fc.assert(
      fc.property(size, shape, shape, shape, ({ height, width }, a, b, c) => {
        const equal = (x: Region, y: Region) => same(x, y, height, width);
        const not = (region: Region) => difference('not', everything, region);
        equal(union('', a, b), union('', b, a));
        equal(intersection('', a, b), intersection('', b, a));
        equal(union('', a, b, c), union('', a, union('', b, c)));
        equal(intersection('', a, b, c), intersection('', a, intersection('', b, c)));
        equal(intersection('', a, union('', a, b)), a);
        equal(
          intersection('', a, union('', b, c)),
          union('', intersection('', a, b), intersection('', a, c)),
        );
        equal(not(union('', a, b)), intersection('', not(a), not(b)));
        equal(difference('', a, b, c), intersection('', a, not(union('', b, c))));
        equal(not(not(a)), a);
        equal(union('', a), a);
      }),
    );
  });

  it('leave the masks of the regions they are made of alone', () => {
    const kept = box('b', [0, 0, 0.5, 1]).mask(2, 2);
    const region: Region = { name: 'kept', mask: () => kept };
    difference('d', region, everything).mask(2, 2);
    expect([...kept.data]).toEqual([1, 0, 1, 0]);
  });

  it('refuse to combine nothing', () => {
    expect(() => union('lungs')).toThrow('the region "lungs" combines no regions');
  });
});
