import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { parseRegions, type Region } from '../src/index';

const image = { name: 'person-1', height: 4, width: 4 };
const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const files = (table: Record<string, Uint8Array>) => {
  const asked: string[] = [];
  const readFile = async (path: string) => {
    asked.push(path);
    const bytes = table[path];
    if (!bytes) throw new Error('no such file');
    return bytes;
  };
  return { asked, readFile };
};
const labels = (values: number[]) =>
  encode({ data: Uint8Array.from(values), width: 2, height: 2, channels: 1 });
const drawn = (regions: readonly Region[], size = 4) =>
  Object.fromEntries(regions.map((region) => [region.name, region.mask(size, size).data.join('')]));

describe('the regions of a study file', () => {
  it('grid, box and polygons, in fractions and in pixels of each image', async () => {
    const set = await parseRegions([
      { type: 'grid', rows: 1, columns: 2, names: ['left', 'right'] },
      { type: 'box', name: 'corner', box: [0, 0, 0.5, 0.5] },
      { type: 'box', name: 'first pixel', box: [0, 0, 1, 1], units: 'pixel' },
      {
        type: 'polygons',
        units: 'pixel',
        polygons: {
          wedge: [
            [0, 0],
            [4, 0],
            [0, 4],
          ],
        },
      },
    ]);
    expect(drawn(await set(image))).toEqual({
      left: '1100110011001100',
      right: '0011001100110011',
      corner: '1100110000000000',
      'first pixel': '1000000000000000',
      wedge: '1110110010000000',
    });
    // The same pixel is a quarter of a smaller image, seen at the same resolution.
    expect(drawn(await set({ ...image, height: 2, width: 2 }))['first pixel']).toBe('1100110000000000');
  });

  it('regions in fractions are made once, so that images share their masks', async () => {
    const set = await parseRegions([{ type: 'grid', rows: 2, columns: 2 }]);
    expect((await set(image))[0]).toBe((await set({ ...image, name: 'other' }))[0]);
  });

  it('polygons of a file, read once', async () => {
    const { asked, readFile } = files({
      'heart.json': text({
        heart: [
          [0, 0],
          [1, 0],
          [1, 0.5],
          [0, 0.5],
        ],
      }),
    });
    const set = await parseRegions([{ type: 'polygons', file: 'heart.json' }], { readFile });
    await set(image);
    expect(drawn(await set(image))).toEqual({ heart: '1111111100000000' });
    expect(asked).toEqual(['heart.json']);
  });

  it('label maps, one for each image', async () => {
    const { asked, readFile } = files({
      'masks/person-1.png': labels([0, 1, 2, 2]),
      'masks/person-2.png': labels([1, 0, 2, 2]),
    });
    const set = await parseRegions(
      [{ type: 'labels', file: 'masks/{image}.png', labels: { 1: 'right lung', 2: 'left lung' } }],
      { readFile },
    );
    expect(asked).toEqual([]);
    expect(drawn(await set(image), 2)).toEqual({ 'right lung': '0100', 'left lung': '0011' });
    expect(drawn(await set({ ...image, name: 'person-2' }), 2)['right lung']).toBe('1000');
    await expect(set({ ...image, name: 'person-3' })).rejects.toThrow(
      'the file "masks/person-3.png" of regions[0] (labels) can\'t be read: no such file',
    );
  });

  it('a label that an image lacks: an error that names the file, or an empty region by choice', async () => {
    const { readFile } = files({ 'a.png': labels([0, 1, 0, 0]) });
    const entry = { type: 'labels', file: 'a.png', labels: { 1: 'mouth', 2: 'nose' } };
    await expect(parseRegions([entry], { readFile })).rejects.toThrow(
      'the file "a.png" of regions[0] (labels) has no pixel with label 2 (nose); it holds 0, 1',
    );
    const set = await parseRegions([{ ...entry, missing: 'empty' }], { readFile });
    expect(drawn(await set(image), 2)).toEqual({ mouth: '0100', nose: '0000' });
  });

  it('sets of earlier regions, and of entries that are not scored themselves', async () => {
    const set = await parseRegions([
      { type: 'grid', rows: 1, columns: 4 },
      { type: 'union', name: 'lungs', of: ['r1c1', 'r1c4'] },
      { type: 'difference', name: 'outside', of: [{ type: 'box', name: 'all', box: [0, 0, 1, 1] }, 'lungs'] },
      {
        type: 'intersection',
        name: 'upper lungs',
        of: ['lungs', { type: 'box', name: 'top', box: [0, 0, 1, 0.5] }],
      },
    ]);
    const { lungs, outside, 'upper lungs': upper, ...cells } = drawn(await set(image));
    expect(Object.keys(cells)).toEqual(['r1c1', 'r1c2', 'r1c3', 'r1c4']);
    expect(lungs).toBe('1001100110011001');
    expect(outside).toBe('0110011001100110');
    expect(upper).toBe('1001100100000000');
  });

  it('a region made of one that does not come before it is refused with those that do', async () => {
    const set = await parseRegions([
      { type: 'grid', rows: 1, columns: 2 },
      { type: 'union', name: 'lungs', of: ['left lung'] },
    ]);
    await expect(set(image)).rejects.toThrow(
      'regions[1] (union) is made of "left lung", and the regions before it are "r1c1", "r1c2"',
    );
  });

  it('two regions of one name are refused', async () => {
    const strips = { type: 'grid', rows: 1, columns: 2 };
    const set = await parseRegions([strips, strips]);
    await expect(set(image)).rejects.toThrow('two regions are called "r1c1"');
  });

  it.each<[string, unknown, string]>([
    ['no list', {}, 'a list with at least one entry'],
    ['an empty list', [], 'a list with at least one entry'],
    ['no object', [3], 'regions[0] is no object with a "type"'],
    [
      'an unknown type',
      [{ type: 'circle' }],
      'regions[0] has the type "circle": choose grid, box, polygons, labels,',
    ],
    ['a name that every object has', [{ type: 'constructor' }], 'has the type "constructor"'],
    [
      'a misspelt field',
      [{ type: 'grid', rows: 1, cols: 3 }],
      'regions[0] (grid) has a field "cols": it takes type, rows',
    ],
    ['a missing number', [{ type: 'grid', rows: 1 }], 'regions[0] (grid) needs "columns", a number'],
    [
      'names of a grid that are no texts',
      [{ type: 'grid', rows: 1, columns: 1, names: [1] }],
      'no list of texts',
    ],
    ['a nameless box', [{ type: 'box', box: [0, 0, 1, 1] }], 'regions[0] (box) needs "name", a text'],
    [
      'a box of three numbers',
      [{ type: 'box', name: 'b', box: [0, 0, 1] }],
      'needs "box", a list of four numbers',
    ],
    [
      'a box reversed',
      [{ type: 'box', name: 'b', box: [1, 0, 0, 1] }],
      'the box "b" has its right edge at 0',
    ],
    [
      'unknown units',
      [{ type: 'box', name: 'b', box: [0, 0, 1, 1], units: 'mm' }],
      '"units" "mm": choose fraction or pixel',
    ],
    ['polygons twice', [{ type: 'polygons', polygons: {}, file: 'a' }], 'needs either "polygons" or "file"'],
    ['polygons nowhere', [{ type: 'polygons' }], 'needs either "polygons" or "file"'],
    ['no polygons', [{ type: 'polygons', polygons: {} }], 'needs polygons by name'],
    [
      'a point of three',
      [{ type: 'polygons', polygons: { a: [[1, 2, 3]] } }],
      'polygon "a" that is no list of points',
    ],
    [
      'two points',
      [
        {
          type: 'polygons',
          polygons: {
            a: [
              [0, 0],
              [1, 1],
            ],
          },
        },
      ],
      'the polygon "a" has 2 points',
    ],
    [
      'pixels taken for fractions',
      [
        {
          type: 'polygons',
          polygons: {
            a: [
              [0, 0],
              [9, 0],
              [0, 9],
            ],
          },
        },
      ],
      'say units "pixel"',
    ],
    [
      'labels without names',
      [{ type: 'labels', file: 'a.png', labels: {} }],
      'regions[0] (labels) names no labels',
    ],
    ['labels that are no texts', [{ type: 'labels', file: 'a.png', labels: { 1: 2 } }], 'an object of texts'],
    ['a union of nothing', [{ type: 'union', name: 'u', of: [] }], 'needs "of", a list of names'],
    [
      'a mistake inside',
      [{ type: 'union', name: 'u', of: [{ type: 'grid' }] }],
      'regions[0] (union), of[0] (grid) needs "rows"',
    ],
    [
      'a file and nothing to read it',
      [{ type: 'polygons', file: 'a.json' }],
      'no function to read files was given',
    ],
  ])('%s is refused before any image is seen', async (_, json, message) => {
    await expect(parseRegions(json)).rejects.toThrow(message);
  });

  it('files that are no JSON, no polygons, or no PNG are refused by name', async () => {
    const { readFile } = files({
      'a.json': new TextEncoder().encode('{'),
      'b.json': text([1]),
      'c.png': text(1),
    });
    const polygons = (file: string) => parseRegions([{ type: 'polygons', file }], { readFile });
    await expect(polygons('a.json')).rejects.toThrow(
      'the file "a.json" of regions[0] (polygons) is not JSON',
    );
    await expect(polygons('b.json')).rejects.toThrow(
      'the file "b.json" of regions[0] (polygons) needs polygons by name',
    );
    await expect(
      parseRegions([{ type: 'labels', file: 'c.png', labels: { 1: 'a' } }], { readFile }),
    ).rejects.toThrow('the file "c.png" of regions[0] (labels) is not a PNG file');
  });
});
