import { box } from '@regional-saliency/regions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkItems } from '../src/data';
import { layoutOf } from '../src/layout';
import { formatScore } from '../src/numbers';
import { contourOf, outlineOf } from '../src/outlines';
import { MOST, moved, transformOf, wholeImage, within, zoomed } from '../src/view';

describe('outlines', () => {
  it('of a pixel is its four sides, of a ring both its edges', () => {
    expect(contourOf({ width: 3, height: 3, data: [0, 0, 0, 0, 1, 0, 0, 0, 0] }).path).toBe('M1 1H2V2H1V1Z');
    const ring = contourOf({ width: 3, height: 3, data: [1, 1, 1, 1, 0, 1, 1, 1, 1] }).path;
    expect(ring.match(/M/g)).toHaveLength(2);
  });

  it('filled by the even-odd rule they are the mask again', () => {
    const masks = fc
      .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }))
      .chain(([width, height]) =>
        fc
          .array(fc.integer({ min: 0, max: 1 }), { minLength: width * height, maxLength: width * height })
          .map((data) => ({ width, height, data })),
      );
    fc.assert(
      fc.property(masks, (mask) => {
        expect(filled(contourOf(mask).path, mask.width, mask.height)).toEqual(mask.data);
      }),
      { numRuns: 500 },
    );
  });

  it('come from polygons, paths, and regions of the family as they are', () => {
    const size = { width: 4, height: 4 };
    expect(
      outlineOf(
        {
          name: 'a',
          outline: [
            [0, 0],
            [1, 0],
            [0.5, 1],
          ],
        },
        size,
      ).path,
    ).toBe('M0 0L1000 0L500 1000Z');
    expect(
      outlineOf(
        {
          name: 'a',
          outline: [
            [
              [0, 0],
              [1, 0],
              [1, 1],
            ],
            [
              [0, 0.5],
              [1, 0],
              [1, 1],
            ],
          ],
        },
        size,
      ).path.match(/M/g),
    ).toHaveLength(2);
    const path = { path: 'M0 0H2V2Z', width: 8, height: 8 };
    expect(outlineOf({ name: 'a', outline: path }, size)).toEqual(path);
    expect(outlineOf(box('half', [0, 0, 0.5, 1]), size)).toEqual({
      path: 'M0 0H2V4H0V0Z',
      width: 4,
      height: 4,
    });
  });
});

/** The pixels of a path of M, H, V and Z that the even-odd rule counts as inside. */
function filled(path: string, width: number, height: number): number[] {
  const inside = new Array<number>(width * height).fill(0);
  let [x, y] = [0, 0];
  for (const [, command, first, second] of path.matchAll(/([MHVZ])(\d+)?(?: (\d+))?/g)) {
    if (command === 'M') [x, y] = [Number(first), Number(second)];
    else if (command === 'H') x = Number(first);
    else if (command === 'V') {
      const to = Number(first);
      // Each vertical edge flips the pixels on its right.
      for (let row = Math.min(y, to); row < Math.max(y, to); row++) {
        for (let column = x; column < width; column++) inside[row * width + column]! ^= 1;
      }
      y = to;
    }
  }
  return inside;
}

describe('the linked view', () => {
  const views = fc.record({
    scale: fc.double({ min: 1, max: MOST, noNaN: true }),
    x: fc.double({ min: 0, max: 1, noNaN: true }),
    y: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const at = fc.record({
    x: fc.double({ min: 0, max: 1, noNaN: true }),
    y: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  it('never leaves the image', () => {
    fc.assert(
      fc.property(views, at, fc.double({ min: 0.1, max: 10, noNaN: true }), (view, point, factor) => {
        for (const next of [zoomed(within(view), factor, point), moved(within(view), point)]) {
          expect(next.scale).toBeGreaterThanOrEqual(1);
          expect(next.scale).toBeLessThanOrEqual(MOST);
          expect(Math.min(next.x, next.y)).toBeGreaterThanOrEqual(0);
          expect(Math.max(next.x, next.y) + 1 / next.scale).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });

  it('closer, what lies under the pointer stays there', () => {
    fc.assert(
      fc.property(views, at, (view, point) => {
        const before = within(view);
        const after = zoomed(before, 1.3, point);
        expect(after.x + point.x / after.scale).toBeCloseTo(before.x + point.x / before.scale, 6);
      }),
    );
  });

  it('is a transform of the layers', () => {
    expect(transformOf({ scale: 2, x: 0.25, y: 0.5 })).toBe('translate(-50.000%, -100.000%) scale(2.0000)');
    expect(zoomed(wholeImage, 0.2, { x: 0.3, y: 0.3 })).toEqual(wholeImage);
  });
});

describe('the layout', () => {
  const space = { cells: 1, aspect: 1, tileText: 22, cellText: 0, gap: 14 };

  it('fits ten, forty and one into the window', () => {
    for (const [tiles, width, height] of [
      [1, 1248, 600],
      [10, 1248, 600],
      [40, 1248, 600],
      [40, 2528, 1320],
    ] as const) {
      const { columns, cell } = layoutOf({ ...space, tiles, width, height });
      const rows = Math.ceil(tiles / columns);
      expect(columns * cell + (columns - 1) * 14).toBeLessThanOrEqual(width);
      expect(rows * (cell + 22) + (rows - 1) * 14).toBeLessThanOrEqual(height);
    }
  });

  it('scrolls where they would be too small, and never beyond the width', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 15 }),
        fc.integer({ min: 280, max: 2600 }),
        (tiles, cells, width) => {
          const { columns, across, cell } = layoutOf({ ...space, tiles, cells, width, height: 600 });
          const tile = across * cell + (across - 1) * 4;
          expect(columns * tile + (columns - 1) * 14).toBeLessThanOrEqual(width);
          expect(cell).toBeGreaterThanOrEqual(92);
        },
      ),
    );
  });
});

describe('items', () => {
  const image = 'x.png';
  const map = { data: new Float32Array(6), width: 3, height: 2 };

  it.each([
    ['nothing', undefined, 'items must be an array of { name, image, maps }'],
    ['no name', [{ image, maps: {} }], 'item 0 has no name; give each item a name to show beneath it'],
    [
      'no image',
      [{ name: 'a', maps: {} }],
      'a has no image; give a URL, a Blob, ImageData or an ImageBitmap',
    ],
    ['no maps', [{ name: 'a', image }], 'a has no maps; give an object from each method’s name to its map'],
    [
      'another size',
      [{ name: 'a', image, maps: { g: { ...map, width: 4 } } }],
      'a’s map of g has 6 values, which are not width 4 × height 2',
    ],
    [
      'an empty map',
      [{ name: 'a', image, maps: { g: {} } }],
      'a’s map of g has neither data nor a picture; give { data, width, height } or { picture }',
    ],
    [
      'a bare region',
      [{ name: 'a', image, maps: { g: map }, regions: [{ name: 'r' }] }],
      'a region of a needs a name, and an outline or a mask',
    ],
  ])('with %s are refused in a sentence that names the lack', (_, items, sentence) => {
    expect(() => checkItems(items)).toThrow(sentence.replaceAll('’', "'"));
  });

  it('scores have the digits that matter', () => {
    expect([0, 2.2249, -0.5, 0.0001234, 123456].map(formatScore)).toEqual([
      '0',
      '2.22',
      '−0.5',
      '1.23e−4',
      '1.23e+5',
    ]);
  });
});
