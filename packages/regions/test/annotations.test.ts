/** COCO against pycocotools: see tools/reference/coco.py, which wrote the golden file. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { cocoRegions, labelmeRegions, parseRegions, type Region, rle } from '../src/index';

interface Golden {
  masks: {
    height: number;
    width: number;
    compressed: string;
    counts: number[];
    rowPairs: number[];
    columnPairs: number[];
    sum: number;
    rows: string[] | null;
  }[];
  polygons: { height: number; width: number; points: number[]; rows: string[] }[];
}
const golden: Golden = JSON.parse(readFileSync(new URL('./golden/coco.json', import.meta.url), 'utf8'));

const drawn = (region: Region | undefined, height: number, width: number) => {
  const text = region!.mask(height, width).data.join('');
  return Array.from({ length: height }, (_, row) => text.slice(row * width, (row + 1) * width));
};
const coco = (segmentation: unknown, height: number, width: number) => ({
  images: [{ id: 7, file_name: 'train/person-1.jpg', height, width }],
  annotations: [{ id: 1, image_id: 7, category_id: 3, segmentation }],
  categories: [{ id: 3, name: 'lung' }],
});

describe('run lengths of masks that pycocotools wrote', () => {
  for (const { height, width, compressed, counts, rowPairs, columnPairs, sum, rows } of golden.masks) {
    it(`of ${height} × ${width} with ${sum} pixels are the same mask in every form`, () => {
      const size = { height, width };
      const segmentation = (runs: unknown) => ({ size: [height, width], counts: runs });
      const forms = [
        rle('a', counts, { ...size, order: 'column' }),
        rle('a', rowPairs.join(' '), { ...size, order: 'row', form: 'pairs' }),
        rle('a', columnPairs, { ...size, order: 'column', form: 'pairs' }),
        rle(
          'a',
          columnPairs.map((value, index) => (index % 2 ? value : value - 1)),
          { ...size, order: 'column', form: 'pairs', first: 0 },
        ),
        cocoRegions(coco(segmentation(counts), height, width), 7, { lung: 'a' })[0]!,
        cocoRegions(coco(segmentation(compressed), height, width), 7, { 3: 'a' })[0]!,
      ];
      const masks = forms.map((region) => region.mask(height, width).data);
      expect(masks[0]!.reduce((total, value) => total + value, 0)).toBe(sum);
      if (rows) expect(drawn(forms[0], height, width)).toEqual(rows);
      for (const mask of masks) expect(mask).toEqual(masks[0]);
    });
  }
});

describe('polygons of COCO', () => {
  it('differ from pycocotools only where the outline passes less than a pixel from the centre', () => {
    let pixels = 0;
    for (const { height, width, points, rows } of golden.polygons) {
      const ours = drawn(cocoRegions(coco([points], height, width), 7, { lung: 'a' })[0], height, width);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          if (ours[y]![x] === '1') pixels++;
          if (ours[y]![x] !== rows[y]![x]) expect(distance(points, x + 0.5, y + 0.5)).toBeLessThan(1);
        }
      }
    }
    expect(pixels).toBeGreaterThan(1000);
  });

  function distance(points: number[], x: number, y: number): number {
    const corners = Array.from({ length: points.length / 2 }, (_, i) => [points[2 * i]!, points[2 * i + 1]!]);
    return Math.min(
      ...corners.map(([x0, y0], i) => {
        const [x1, y1] = corners[(i + 1) % corners.length]!;
        const [dx, dy] = [x1! - x0!, y1! - y0!];
        const along = ((x - x0!) * dx + (y - y0!) * dy) / (dx * dx + dy * dy || 1);
        const t = Math.min(1, Math.max(0, along));
        return Math.hypot(x0! + t * dx - x, y0! + t * dy - y);
      }),
    );
  }
});

const half = [0, 0, 2, 0, 2, 4, 0, 4];
const dot = { size: [4, 4], counts: [15, 1] };
const two = {
  images: [
    { id: 1, file_name: 'a/x.png', height: 4, width: 4 },
    { id: 2, file_name: 'b/x.png', height: 4, width: 4 },
    { id: 3, file_name: 'y.png', height: 4, width: 4 },
  ],
  annotations: [
    { id: 1, image_id: 3, category_id: 1, segmentation: [half] },
    { id: 2, image_id: 3, category_id: 1, segmentation: dot },
    { id: 3, image_id: 3, category_id: 2, segmentation: [], bbox: [0, 0, 1, 1] },
    { id: 4, image_id: 1, category_id: 1, segmentation: dot },
  ],
  categories: [
    { id: 1, name: 'lung' },
    { id: 2, name: 'boxed' },
    { id: 5, name: 'heart' },
  ],
};

describe('annotations of COCO', () => {
  it('of one category on an image are one region together', () => {
    expect(drawn(cocoRegions(two, 'y', { lung: 'lungs' })[0], 4, 4)).toEqual([
      '1100',
      '1100',
      '1100',
      '1101',
    ]);
  });

  it('are found by file name, with and without folder and extension, or by id', () => {
    for (const name of ['y', 'y.png', 3]) {
      expect(cocoRegions(two, name, { lung: 'lungs' })[0]!.mask(4, 4).data).toHaveLength(16);
    }
    expect(drawn(cocoRegions(two, 'a/x.png', { lung: 'lungs' })[0], 4, 4)[3]).toBe('0001');
    expect(() => cocoRegions(two, 'x', { lung: 'a' }, { source: 'the file "a.json"' })).toThrow(
      'the file "a.json" has several images called "x": it holds a/x.png (id 1), b/x.png (id 2)',
    );
    expect(() => cocoRegions(two, 'z', { lung: 'a' })).toThrow('has no image called "z": it holds a/x.png');
  });

  it('that are lacking are an error, or by choice an empty region', () => {
    expect(() => cocoRegions(two, 'y', { heart: 'heart' })).toThrow(
      'has no annotation of category "heart" on image "y" (heart); it holds lung, boxed',
    );
    const [heart] = cocoRegions(two, 'y', { heart: 'heart' }, { missing: 'empty' });
    expect(drawn(heart, 2, 2)).toEqual(['00', '00']);
    expect(() => cocoRegions(two, 'y', { liver: 'a' })).toThrow(
      'no category "liver": choose lung, boxed, heart',
    );
  });

  it('without an outline, with runs of another size or damaged ones are refused by their id', () => {
    expect(() => cocoRegions(two, 'y', { boxed: 'a' })).toThrow(
      'annotation 3, has no outline and no run lengths',
    );
    const bad = (segmentation: unknown) => () => cocoRegions(coco(segmentation, 4, 4), 7, { lung: 'a' });
    expect(bad({ size: [2, 8], counts: [16] })).toThrow('run lengths of size [2,8] on an image of 4 × 4');
    expect(bad({ size: [4, 4], counts: [15] })).toThrow('add up to 15 pixels');
    expect(bad({ size: [4, 4], counts: 'oP' })).toThrow('has counts that are no COCO run lengths: "oP"');
    expect(bad({ size: [4, 4], counts: ' ' })).toThrow('no COCO run lengths');
    expect(bad({ size: [4, 4], counts: 5 })).toThrow('the runs of "a" hold');
    expect(bad([[0, 0, 1]])).toThrow('no list of numbers x, y');
    expect(() => cocoRegions({ images: [] }, 1, { a: 'a' })).toThrow('has no list "annotations"');
    expect(() => cocoRegions(null, 1, { a: 'a' })).toThrow('has no list "images"');
  });

  it('that are damaged at random are read or refused, never anything else', () => {
    const text = golden.masks[8]!.compressed;
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 3 }), (at, put) => {
        const { height, width } = golden.masks[8]!;
        const counts = text.slice(0, at) + put + text.slice(at + 1);
        try {
          cocoRegions(coco({ size: [height, width], counts }, height, width), 7, { lung: 'a' });
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-input' });
        }
      }),
    );
  });
});

describe('run lengths', () => {
  const size = { height: 2, width: 3, order: 'row' } as const;

  it('of rows and of columns differ', () => {
    expect(drawn(rle('a', '1 2', { ...size, form: 'pairs' }), 2, 3)).toEqual(['110', '000']);
    expect(drawn(rle('a', '1 2', { ...size, order: 'column', form: 'pairs' }), 2, 3)).toEqual(['100', '100']);
  });

  it('none of which is inside are an empty region', () => {
    expect(drawn(rle('a', '', { ...size, form: 'pairs' }), 2, 3)).toEqual(['000', '000']);
  });

  it('that do not fit the image, overlap, or are no numbers are refused', () => {
    expect(() => rle('a', '1 2', size)).toThrow('the runs of "a" add up to 3 pixels');
    expect(() => rle('a', '1 2 3', { ...size, form: 'pairs' })).toThrow('a length for each start');
    expect(() => rle('a', '0 2', { ...size, form: 'pairs' })).toThrow('a run that starts at 0, before 1');
    expect(() => rle('a', '1 3 2 1', { ...size, form: 'pairs' })).toThrow('starts at 2, before 4');
    expect(() => rle('a', '5 3', { ...size, form: 'pairs' })).toThrow('reach pixel 7 of an image of 2 × 3');
    expect(() => rle('a', '1 x', size)).toThrow('hold NaN: give whole numbers');
    expect(() => rle('a', [0.5, 5.5], size)).toThrow('hold 0.5');
    expect(() => rle('a', '6', { height: 2, width: 3 } as never)).toThrow(
      'need an order: say "row" or "column"',
    );
  });
});

describe('shapes of LabelMe', () => {
  const png = (values: number[], width: number) =>
    Buffer.from(
      encode({ data: Uint8Array.from(values), width, height: values.length / width, channels: 1 }),
    ).toString('base64');
  const file = (...shapes: object[]) => ({ shapes, imageHeight: 4, imageWidth: 6, imagePath: 'a.png' });
  const shape = (shape_type: string, points: number[][], rest = {}) => ({
    label: 'lung',
    shape_type,
    points,
    ...rest,
  });
  const mask = (...shapes: object[]) => drawn(labelmeRegions(file(...shapes), { lung: 'a' })[0], 4, 6);

  it('polygon, rectangle (corners in any order), circle and mask cover what they show', () => {
    const corners = [
      [1, 0],
      [4, 0],
      [4, 2],
      [1, 2],
    ];
    expect(mask(shape('polygon', corners))).toEqual(['011100', '011100', '000000', '000000']);
    expect(mask({ label: 'lung', points: corners })).toEqual(mask(shape('polygon', corners)));
    expect(mask(shape('rectangle', [corners[2]!, corners[0]!]))).toEqual(mask(shape('polygon', corners)));
    const circle = shape('circle', [
      [3, 2],
      [4.4, 2],
    ]);
    expect(mask(circle)).toEqual(['000000', '001100', '001100', '000000']);
    const bits = {
      mask: png([255, 0, 255, 255], 2),
    };
    expect(
      mask(
        shape(
          'mask',
          [
            [4, 2],
            [5, 3],
          ],
          bits,
        ),
      ),
    ).toEqual(['000000', '000000', '000010', '000011']);
  });

  it('with one label are one region together, other labels are left out', () => {
    const box = (x: number) =>
      shape('rectangle', [
        [x, 0],
        [x + 1, 4],
      ]);
    const rows = mask(box(0), box(5), { ...shape('line', [[0, 0]]), label: 'ruler' });
    expect(rows).toEqual(Array(4).fill('100001'));
  });

  it('that are lacking, without area or beyond the image are refused', () => {
    expect(() =>
      labelmeRegions(file(shape('circle', [])), { heart: 'a' }, { source: 'the file "a.json"' }),
    ).toThrow('the file "a.json" has no shape labelled "heart" (a); it holds lung');
    expect(drawn(labelmeRegions(file(), { heart: 'a' }, { missing: 'empty' })[0], 1, 2)).toEqual(['00']);
    expect(() => mask(shape('linestrip', []))).toThrow(
      'shape 0 ("lung"), is a linestrip, and a region needs an area',
    );
    expect(() => mask(shape('circle', [[1, 1]]))).toThrow('has 1 points, and needs two');
    expect(() => mask(shape('polygon', [[1]]))).toThrow('points that are no list of [x, y]');
    expect(() =>
      mask(
        shape(
          'mask',
          [
            [5, 0],
            [7, 1],
          ],
          { mask: png([1, 1], 2) },
        ),
      ),
    ).toThrow('reaches beyond the image');
    expect(() =>
      mask(
        shape(
          'mask',
          [
            [0, 0],
            [1, 1],
          ],
          { mask: '%' },
        ),
      ),
    ).toThrow('not base64');
    expect(() =>
      mask(
        shape(
          'mask',
          [
            [0, 0],
            [1, 1],
          ],
          { mask: 'AAAA' },
        ),
      ),
    ).toThrow('not a PNG');
    expect(() => labelmeRegions([], { a: 'a' })).toThrow('has no list "shapes"');
    expect(() => labelmeRegions({ shapes: [] }, { a: 'a' })).toThrow('has no imageHeight and imageWidth');
  });
});

describe('entries of a study file', () => {
  const image = { name: 'y', height: 4, width: 4 };
  const reading = (files: Record<string, unknown>) => ({
    readFile: async (path: string) => {
      if (!(path in files)) throw new Error('no such file');
      return new TextEncoder().encode(JSON.stringify(files[path]));
    },
  });

  it('coco, labelme and rle give their regions for each image', async () => {
    const set = await parseRegions(
      [
        { type: 'coco', file: 'all.json', categories: { lung: 'lungs' } },
        { type: 'labelme', file: 'shapes/{image}.json', labels: { h: 'heart' } },
        { type: 'rle', runs: { top: '1 4' }, order: 'row', form: 'pairs' },
        { type: 'rle', file: 'runs/{image}.json', order: 'column', size: [2, 2] },
      ],
      reading({
        'all.json': two,
        'shapes/y.json': {
          imageHeight: 2,
          imageWidth: 2,
          shapes: [
            {
              label: 'h',
              shape_type: 'rectangle',
              points: [
                [0, 1],
                [2, 2],
              ],
            },
          ],
        },
        'runs/y.json': { left: [0, 2, 2] },
      }),
    );
    const regions = Object.fromEntries(
      (await set(image)).map((region) => [region.name, drawn(region, 4, 4)]),
    );
    expect(regions).toEqual({
      lungs: ['1100', '1100', '1100', '1101'],
      heart: ['0000', '0000', '1111', '1111'],
      top: ['1111', '0000', '0000', '0000'],
      left: ['1100', '1100', '1100', '1100'],
    });
    await expect(set({ ...image, name: 'w' })).rejects.toThrow(
      'the file "all.json" of regions[0] (coco) has no image called "w"',
    );
  });

  it.each([
    [{ type: 'coco', file: 'a', categories: {} }, 'regions[0] (coco) names no categories'],
    [{ type: 'labelme', file: 'a', labels: { a: 1 } }, 'needs "labels", an object of texts'],
    [{ type: 'rle', runs: { a: '1' } }, 'needs "order": "row" or "column"'],
    [{ type: 'rle', runs: { a: 1 }, order: 'row' }, 'needs run lengths by name'],
    [{ type: 'rle', runs: {}, order: 'row' }, 'needs run lengths by name'],
    [{ type: 'rle', order: 'row' }, 'needs either "runs" or "file"'],
    [{ type: 'rle', runs: { a: '1' }, order: 'row', first: 2 }, 'choose 0 or 1'],
    [{ type: 'rle', runs: { a: '1' }, order: 'row', size: [2] }, 'no [height, width]'],
    [{ type: 'coco', file: 'none', categories: { a: 'a' } }, "can't be read: no such file"],
  ])('%j is refused before any image is seen', async (entry, message) => {
    await expect(parseRegions([entry], reading({}))).rejects.toThrow(message);
  });
});
