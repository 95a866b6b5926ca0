import { SaliencyError, tensor } from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AggregationName,
  aggregations,
  box,
  grid,
  type ReductionName,
  type Region,
  reduceChannels,
  reductions,
  resize,
  scoreRegions,
  view,
} from '../src/index';

const everything = box('everything', [0, 0, 1, 1]);
const left = box('left', [0, 0, 0.5, 1]);
const nothing = box('nothing', [0.1, 0.1, 0.11, 0.11]);
const map = tensor([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 4], 'float32');

const size = fc.record({ height: fc.integer({ min: 1, max: 9 }), width: fc.integer({ min: 1, max: 9 }) });
const mapsOf = (value: fc.Arbitrary<number>) =>
  size.chain(({ height, width }) =>
    fc
      .array(value, { minLength: height * width, maxLength: height * width })
      .map((values) => tensor(values, [1, height, width], 'float64')),
  );
const relevance = fc.integer({ min: 0, max: 1000 }).map((value) => value / 8);
const signed = fc.integer({ min: -1000, max: 1000 }).map((value) => value / 8);
const scores = (maps: ReturnType<typeof tensor>, regions: Region[], aggregate: AggregationName) =>
  scoreRegions(maps, regions, { aggregate, empty: 'nan' }).map(({ score }) => score);

describe('channel reduction', () => {
  // One image of two pixels and three channels: (1, -4, 2) and (-1, -1, 3).
  const channels = tensor([1, -1, -4, -1, 2, 3], [1, 3, 1, 2], 'float32');

  it.each<[ReductionName, number[]]>([
    ['sum-abs', [7, 5]],
    ['max-abs', [4, 3]],
    ['sum', [-1, 1]],
    ['positive', [0, 1]],
  ])('%s', (name, expected) => {
    const maps = reduceChannels(channels, name);
    expect(maps.shape).toEqual([1, 1, 2]);
    expect(maps.dtype).toBe('float32');
    expect([...maps.data]).toEqual(expected);
  });

  it('keeps images apart, and float64 as float64', () => {
    const two = tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 1, 2], 'float64');
    const maps = reduceChannels(two, 'sum');
    expect(maps).toEqual(tensor([4, 6, 12, 14], [2, 1, 2], 'float64'));
  });

  it('takes a function of the channels', () => {
    expect([...reduceChannels(channels, (values) => values[1]!).data]).toEqual([-4, -1]);
  });

  it('passes NaN on, by every name', () => {
    const broken = tensor([1, Number.NaN, 2], [1, 3, 1, 1], 'float32');
    for (const name of Object.keys(reductions) as ReductionName[]) {
      expect([...reduceChannels(broken, name).data]).toEqual([Number.NaN]);
    }
  });

  it('of one channel that is nowhere negative changes nothing', () => {
    fc.assert(
      fc.property(mapsOf(relevance), (one) => {
        const [, height, width] = one.shape;
        for (const name of Object.keys(reductions) as ReductionName[]) {
          expect(reduceChannels({ ...one, shape: [1, 1, height!, width!] }, name)).toEqual(one);
        }
      }),
    );
  });

  it('refuses an unknown name, another shape, and values that are not floats', () => {
    expect(() => reduceChannels(channels, 'l2' as ReductionName)).toThrow(
      'no channel reduction is called "l2": choose sum-abs, max-abs, sum, positive',
    );
    expect(() => reduceChannels(map, 'sum')).toThrow(
      'shape [1, 2, 4], and its channels are reduced from [N, C, H, W]',
    );
    expect(() => reduceChannels(tensor([1], [1, 1, 1, 1], 'float16'), 'sum')).toThrow(
      'relevance must be float32 or float64, not float16',
    );
  });
});

describe('scores', () => {
  it.each<[AggregationName, number]>([
    ['mean', 3.5],
    ['sum', 14],
    ['max', 6],
    ['share', 14 / 36],
    ['density', 14 / 36 / 0.5],
  ])('%s of the left half', (aggregate, score) => {
    expect(scoreRegions(map, [left], { aggregate, images: ['x'] })).toEqual([
      { image: 'x', region: 'left', score, pixels: 4 },
    ]);
  });

  it('come image by image, region by region, and regions may overlap', () => {
    const two = tensor([1, 1, 3, 5], [2, 1, 2], 'float64');
    expect(scoreRegions(two, [left, everything], { aggregate: 'mean' })).toEqual([
      { image: '0', region: 'left', score: 1, pixels: 1 },
      { image: '0', region: 'everything', score: 1, pixels: 2 },
      { image: '1', region: 'left', score: 3, pixels: 1 },
      { image: '1', region: 'everything', score: 4, pixels: 2 },
    ]);
  });

  it('take a list of regions for each image', () => {
    const two = tensor([1, 2, 3, 4], [2, 1, 2], 'float64');
    const table = scoreRegions(two, [[left], [everything]], { aggregate: 'sum' });
    expect(table.map(({ region, score }) => [region, score])).toEqual([
      ['left', 1],
      ['everything', 7],
    ]);
  });

  it('take a function as aggregation, which sees the map and the mask', () => {
    const median = (values: ArrayLike<number>, mask: Uint8Array) =>
      [...Array.from(values)].filter((_, pixel) => mask[pixel]).sort((a, b) => a - b)[1]!;
    expect(scoreRegions(map, [left], { aggregate: median })[0]!.score).toBe(2);
  });

  it('at the size of the image are those of the resized map', () => {
    const size = { height: 8, width: 10 };
    const options = { aggregate: 'mean' } as const;
    expect(scoreRegions(map, [left, nothing], { ...options, empty: 'nan', resolution: size })).toEqual(
      scoreRegions(resize(map, size), [left, nothing], { ...options, empty: 'nan' }),
    );
  });

  it('of a partition share out the whole: shares add to 1, sums to the total', () => {
    fc.assert(
      fc.property(mapsOf(relevance), fc.nat(), fc.nat(), (maps, a, b) => {
        const [, height, width] = maps.shape;
        const cells = grid({ rows: 1 + (a % height!), columns: 1 + (b % width!) });
        const total = (maps.data as Float64Array).reduce((sum, value) => sum + value, 0);
        const add = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
        expect(add(scores(maps, cells, 'sum'))).toBe(total);
        if (total === 0) expect(scores(maps, cells, 'share').every(Number.isNaN)).toBe(true);
        else expect(add(scores(maps, cells, 'share'))).toBeCloseTo(1, 12);
      }),
    );
  });

  it('of the whole image: share and density are 1', () => {
    fc.assert(
      fc.property(mapsOf(signed), (maps) => {
        fc.pre((maps.data as Float64Array).reduce((sum, value) => sum + value, 0) !== 0);
        expect(scores(maps, [everything], 'share')).toEqual([1]);
        expect(scores(maps, [everything], 'density')).toEqual([1]);
      }),
    );
  });

  it('follow the scale of the map (mean, sum, max) or ignore it (share, density)', () => {
    fc.assert(
      fc.property(mapsOf(signed), fc.integer({ min: -20, max: 20 }), (maps, exponent) => {
        // A power of two, so that scaling is exact.
        const factor = 2 ** exponent;
        const scaled = tensor(
          (maps.data as Float64Array).map((value) => value * factor),
          maps.shape,
        );
        const halves = [left, everything];
        for (const name of ['mean', 'sum', 'max'] as const) {
          expect(scores(scaled, halves, name)).toEqual(
            scores(maps, halves, name).map((score) => score * factor),
          );
        }
        for (const name of ['share', 'density'] as const) {
          expect(scores(scaled, halves, name)).toEqual(scores(maps, halves, name));
        }
      }),
    );
  });

  it('density is the mean of the region over the mean of the image', () => {
    fc.assert(
      fc.property(mapsOf(relevance), (maps) => {
        const [inside, all] = scores(maps, [left, everything], 'mean');
        fc.pre(all !== 0 && !Number.isNaN(inside));
        expect(scores(maps, [left], 'density')[0]).toBeCloseTo(inside! / all!, 12);
      }),
    );
  });

  it('maximum of a region of negative relevance is negative', () => {
    expect(scores(tensor([-3, -1], [1, 1, 2], 'float32'), [everything], 'max')).toEqual([-1]);
  });
});

describe('what can not be scored', () => {
  const options = { aggregate: 'mean' } as const;

  it('a region without pixels is an error that names it, or NaN by choice, never 0', () => {
    expect(() => scoreRegions(map, [left, nothing], { ...options, images: ['a.png'] })).toThrow(
      'the region "nothing" of image "a.png" covers no pixel centre at 2 × 4',
    );
    for (const aggregate of Object.keys(aggregations) as AggregationName[]) {
      expect(scoreRegions(map, [nothing], { aggregate, empty: 'nan' })).toEqual([
        { image: '0', region: 'nothing', score: Number.NaN, pixels: 0 },
      ]);
    }
  });

  it('a share of a map that sums to zero is an error, or NaN by choice', () => {
    const zero = tensor([0, 0], [1, 1, 2], 'float32');
    const cancelled = tensor([0.1, 0.2, -0.3], [1, 1, 3], 'float64');
    for (const aggregate of ['share', 'density'] as const) {
      expect(() => scoreRegions(zero, [left], { aggregate })).toThrow('sums to zero');
      expect(scores(zero, [left], aggregate)).toEqual([Number.NaN]);
      expect(scores(cancelled, [left], aggregate)).toEqual([Number.NaN]);
    }
    expect(scores(zero, [left], 'mean')).toEqual([0]);
  });

  it('NaN and infinity in a map are errors that name the image and the pixel, even outside the regions', () => {
    const broken = (value: number) => tensor([1, 1, 1, 1, 1, value], [1, 2, 3], 'float32');
    expect(() => scoreRegions(broken(Number.NaN), [left], { ...options, images: ['b'] })).toThrow(
      'the map of image "b" holds NaN at row 1, column 2',
    );
    expect(() => scoreRegions(broken(Number.NEGATIVE_INFINITY), [left], options)).toThrow('holds -Infinity');
  });

  it('two regions of one name, no regions, names or lists that are too few', () => {
    expect(() => scoreRegions(map, [left, left], options)).toThrow('two regions are called "left"');
    expect(() => scoreRegions(map, [], options)).toThrow('there are no regions to score');
    expect(() => scoreRegions(map, [left], { ...options, images: ['a', 'b'] })).toThrow(
      'there are 1 maps but 2 image names',
    );
    expect(() => scoreRegions(map, [[left], [left]], options)).toThrow('1 maps but 2 lists of regions');
  });

  it('another shape, another type, an unknown aggregation', () => {
    expect(() => scoreRegions(tensor([1], [1, 1, 1, 1]), [left], options)).toThrow(
      'reduceChannels makes them',
    );
    expect(() => scoreRegions(tensor([1], [1, 1, 1], 'uint8'), [left], options)).toThrow('not uint8');
    expect(() => scoreRegions(map, [left], { aggregate: 'median' as AggregationName })).toThrow(
      'no aggregation is called "median": choose mean, sum, max, share, density',
    );
    expect(() => scoreRegions(map, [left], { ...options, resolution: { height: 0, width: 4 } })).toThrow(
      "can't be resized to 0 × 4",
    );
    expect(() => resize(tensor([1, 2], [1, 2]), { height: 2, width: 2 })).toThrow(
      'maps have shape [N, H, W]',
    );
  });

  it('a region of your own that gives a mask of another size', () => {
    const stubborn: Region = { name: 'stubborn', mask: () => everything.mask(7, 7) };
    expect(() => scoreRegions(map, [stubborn], options)).toThrow(
      'the region "stubborn" gave a mask of shape [7, 7] where [2, 4] was asked for',
    );
  });

  it('every refusal is a SaliencyError', () => {
    expect(() => scoreRegions(map, [nothing], options)).toThrow(SaliencyError);
  });
});

it('a view is scored as the tensor is', () => {
  const options = { aggregate: 'mean' } as const;
  expect(scoreRegions(view(map), [left], options)).toEqual(scoreRegions(map, [left], options));
  // Read right to left, the left half is what was the right one.
  expect(scoreRegions(view(map).step(1, 1, -1), [left], options)[0]!.score).toBe(5.5);
});
