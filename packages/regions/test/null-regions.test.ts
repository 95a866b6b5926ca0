import { tensor } from '@regional-saliency/core';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { box, difference, labelMap, type NullScore, nullRegions, polygon, type Region } from '../src/index';

const randoms = (seed: number, count: number) => {
  const generator = xoroshiro128plus(seed);
  return Float64Array.from({ length: count }, () => (generator.next() >>> 0) / 2 ** 32);
};
const pixels = (name: string, values: ArrayLike<number>, height: number, width: number): Region =>
  labelMap(tensor(Float64Array.from(values), [height, width]), { 1: name })[0]!;
const onPixels = (height: number, width: number) => ({ units: 'pixel', image: { height, width } }) as const;

/** Largest distance between the empirical distribution and the uniform one (Kolmogorov's D). */
function fromUniform(ps: readonly number[]): number {
  const sorted = [...ps].sort((a, b) => a - b);
  return sorted.reduce(
    (most, p, i) => Math.max(most, Math.abs((i + 1) / sorted.length - p), Math.abs(p - i / sorted.length)),
    0,
  );
}
/** What D exceeds once in a thousand samples (Kolmogorov's limit), and the steps in which p moves. */
const critical = (count: number, draws: number) => 1.95 / Math.sqrt(count) + 1 / (1 + draws);

const wedge = polygon('wedge', [
  [0.3, 0.2],
  [0.7, 0.35],
  [0.45, 0.75],
]);

describe('p of null regions', () => {
  it('is uniform over maps of noise', () => {
    const [count, side, draws] = [400, 24, 99];
    const maps = tensor(randoms(1, count * side * side), [count, side, side]);
    const ps = nullRegions(maps, [wedge], { draws }).map(({ p }) => p);
    expect(fromUniform(ps)).toBeLessThan(critical(count, draws));
    expect(ps.filter((p) => p <= 0.05).length).toBeLessThanOrEqual(33); // 99.9 % of Binomial(400, 0.05) and no more
  });

  it('is uniform for a region that was placed at random, on a map that is anything but noise', () => {
    const [count, side, draws] = [400, 20, 99];
    const map = Float64Array.from({ length: side * side }, (_, pixel) => {
      const [y, x] = [Math.floor(pixel / side), pixel % side];
      return Math.exp(-((x - 6) ** 2 + (y - 13) ** 2) / 20) + x / 100;
    });
    const field = difference('field', box('all', [0, 0, 1, 1]), box('hole', [0.5, 0.3, 0.8, 0.6]));
    const room = field.mask(side, side).data;
    const shape = [
      [1, 1, 1, 0],
      [1, 1, 0, 0],
      [0, 1, 0, 0],
    ];
    const places = [shape, shape.map((row) => [...row].reverse())].flatMap((rows) =>
      Array.from({ length: (side - 2) * (side - 3) }, (_, at) => {
        const [top, left] = [Math.floor(at / (side - 3)), at % (side - 3)];
        const mask = new Uint8Array(side * side);
        rows.forEach((row, y) => {
          row.forEach((value, x) => {
            mask[(top + y) * side + left + x] = value;
          });
        });
        return mask;
      }).filter((mask) => mask.every((value, pixel) => value <= room[pixel]!)),
    );
    const chosen = randoms(2, count);
    const lists = Array.from(chosen, (at) => [
      pixels('shape', places[Math.floor(at * places.length)]!, side, side),
    ]);
    const maps = tensor(
      Float64Array.from({ length: count * map.length }, (_, i) => map[i % map.length]!),
      [count, side, side],
    );
    const rows = nullRegions(maps, lists, { field, draws, rotate: false });
    expect(fromUniform(rows.map(({ p }) => p))).toBeLessThan(critical(count, draws));
  });

  it('is the smallest there can be, with a large z, where the map is the region itself', () => {
    const map = wedge.mask(64, 64).data;
    for (const values of [Float32Array.from(map), Float64Array.from(map)]) {
      const [row] = nullRegions(tensor(values, [1, 64, 64]), [wedge], { draws: 999 });
      expect(row!.score).toBe(1);
      expect(row!.p).toBe(1 / 1000);
      expect(row!.z).toBeGreaterThan(3);
      expect(row!.placements).toBeGreaterThan(900);
    }
  });

  it('is 1 where the region holds the least of the map', () => {
    const map = Float32Array.from(wedge.mask(64, 64).data, (value) => 1 - value);
    expect(nullRegions(tensor(map, [1, 64, 64]), [wedge])[0]!.p).toBe(1);
  });

  it('counts ties as hits, rounding among them', () => {
    // Ten equal steps across: every placement that is as far right scores the same, up to rounding.
    const map = Float64Array.from({ length: 400 }, (_, pixel) => 0.1 + (pixel % 20 < 18 ? 0.3 : 0.7) / 3);
    const [row] = nullRegions(tensor(map, [1, 20, 20]), [box('a', [0.8, 0, 1, 0.2])], { rotate: false });
    const share = 1 / 17; // one of the 17 columns where a box of 4 can begin ends at the right edge
    expect(row!.p).toBeGreaterThan(share - 0.03);
    expect(row!.p).toBeLessThan(share + 0.03);
  });
});

describe('placements', () => {
  it('have the moments of all places when these are enumerated', () => {
    const [side, draws] = [9, 20_000];
    const map = randoms(3, side * side);
    const region = box('a', [0, 0, 2, 3], onPixels(side, side));
    // Turned, the box has other pixels by other angles than quarters; shifts can be enumerated by hand.
    const upright = Array.from({ length: (side - 2) * (side - 1) }, (_, at) => {
      const [top, left] = [Math.floor(at / (side - 1)), at % (side - 1)];
      const under = [0, 1, 2].flatMap((y) => [0, 1].map((x) => map[(top + y) * side + left + x]!));
      return under.reduce((sum, value) => sum + value, 0) / 6;
    });
    const mean = upright.reduce((sum, value) => sum + value, 0) / upright.length;
    const deviation = Math.sqrt(
      upright.reduce((sum, value) => sum + (value - mean) ** 2, 0) / upright.length,
    );
    const [row] = nullRegions(tensor(map, [1, side, side]), [region], { draws, rotate: false });
    expect(row!.placements).toBe(upright.length);
    expect(Math.abs(row!.mean - mean)).toBeLessThan((4 * deviation) / Math.sqrt(draws));
    expect(row!.deviation / deviation).toBeCloseTo(1, 1);
    const hits = upright.filter((value) => value >= row!.score).length / upright.length;
    expect(Math.abs(row!.p - hits)).toBeLessThan(4 * Math.sqrt(0.25 / draws));
  });

  it('lie in the field: what is outside can be anything', () => {
    const side = 32;
    const field = polygon('field', [
      [0.05, 0.1],
      [0.9, 0.05],
      [0.8, 0.95],
      [0.1, 0.8],
    ]);
    const inside = field.mask(side, side).data;
    const noise = randoms(4, side * side);
    const outcome = (outside: number) =>
      nullRegions(
        tensor(
          noise.map((value, pixel) => (inside[pixel] ? value : outside)),
          [1, side, side],
        ),
        [box('a', [0.4, 0.4, 0.6, 0.7])],
        { field, draws: 300 },
      )[0]!;
    const [low, high] = [outcome(0), outcome(1e6)];
    expect(high.placements).toBe(low.placements);
    expect(high.mean).toBeCloseTo(low.mean, 6);
  });

  it('turn and mirror the shape without losing pixels beyond its rim', () => {
    // On a map of ones every placement's mean is 1 whatever its shape; on x² it depends on the extent.
    const side = 40;
    const map = Float64Array.from({ length: side * side }, (_, pixel) => (pixel % side) / side);
    const bar = box('bar', [0.1, 0.45, 0.9, 0.55]);
    const spread = (options: object): NullScore =>
      nullRegions(tensor(map, [1, side, side]), [bar], { draws: 4000, ...options })[0]!;
    // Upright a bar of 32 columns has 9 places across; turned it has up to 37, and scores vary the more.
    expect(spread({ rotate: true }).deviation).toBeGreaterThan(2 * spread({ rotate: false }).deviation);
  });

  it('depend on the seed and the names, not on the place in a batch or on the other regions', () => {
    const maps = tensor(randoms(5, 3 * 256), [3, 16, 16]);
    const other = box('other', [0, 0, 0.5, 0.2]);
    const all = nullRegions(maps, [wedge, other], { images: ['a', 'b', 'c'], draws: 50 });
    const b = tensor(maps.data.slice(256, 512) as Float64Array, [1, 16, 16]);
    expect(nullRegions(b, [other], { images: ['b'], draws: 50 })).toEqual([all[3]]);
    expect(nullRegions(b, [other], { images: ['b'], draws: 50, seed: 1 })).not.toEqual([all[3]]);
    expect(nullRegions(b, [other], { images: ['x'], draws: 50 })[0]!.mean).not.toBe(all[3]!.mean);
  });

  it('are the same places for all maps of one image', () => {
    const maps = tensor(randoms(8, 3 * 256), [3, 16, 16]);
    const together = nullRegions(maps, [wedge], { images: ['a', 'a', 'b'], draws: 50 });
    for (const [index, image] of ['a', 'a', 'b'].entries()) {
      const one = tensor(maps.data.slice(index * 256, (index + 1) * 256) as Float64Array, [1, 16, 16]);
      expect(nullRegions(one, [wedge], { images: [image], draws: 50 })).toEqual([together[index]]);
    }
  });

  it('leave z and p alone when the map is scaled or shifted', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        fc.double({ min: -10, max: 10, noNaN: true }),
        (seed, scale, shift) => {
          const map = randoms(seed, 144);
          const of = (values: Float64Array) =>
            nullRegions(tensor(values, [1, 12, 12]), [wedge], { draws: 50 })[0]!;
          const [plain, changed] = [of(map), of(map.map((value) => scale * value + shift))];
          expect(changed.p).toBe(plain.p);
          expect(changed.z).toBeCloseTo(plain.z, 6);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('null regions are refused', () => {
  const maps = tensor(randoms(6, 400), [1, 20, 20]);
  const lungs = box('lungs', [0.1, 0.1, 0.6, 0.9]);

  it('where the region reaches beyond the field, or fits it hardly anywhere', () => {
    const beyond = box('heart', [0.5, 0.5, 0.7, 0.6]);
    expect(() => nullRegions(maps, [beyond], { field: lungs, images: ['p1'] })).toThrow(
      'the region "heart" of image "p1" has 4 of its 8 pixels outside the field "lungs": enlarge the field',
    );
    const tight = difference('lungs', lungs, box('hole', [0.3, 0.3, 0.4, 0.4]));
    const all = difference('all of it', tight);
    expect(() => nullRegions(maps, [all], { field: tight, draws: 99 })).toThrow(
      /^the region "all of it" of image "0" fits the field in \d+ of 99000 places tried, too few to compare it with/,
    );
  });

  it('where there is nothing to compare', () => {
    expect(() => nullRegions(maps, [box('dot', [0.01, 0.01, 0.02, 0.02])])).toThrow('covers no pixel centre');
    expect(() => nullRegions(maps, [box('image', [0, 0, 1, 1])], { rotate: false })).toThrow(
      'at all of the 1 places drawn, and has no z',
    );
    const flat = tensor(new Float64Array(400).fill(0.1), [1, 20, 20]);
    expect(() => nullRegions(flat, [lungs])).toThrow('leave the image out if its map is flat');
    expect(() => nullRegions(tensor(new Float64Array(400), [1, 20, 20]), [lungs])).toThrow('scores 0 at all');
  });

  it('or have no z and p where that is asked for, map by map', () => {
    const two = tensor(
      Float64Array.of(...(maps.data as Float64Array), ...new Float64Array(400)),
      [2, 20, 20],
    );
    const beyond = box('heart', [0.5, 0.5, 0.7, 0.6]);
    const inside = box('inside', [0.2, 0.2, 0.4, 0.5]);
    const scores = nullRegions(two, [beyond, inside], { field: lungs, impossible: 'nan' });
    expect(scores.map(({ p }) => Number.isNaN(p))).toEqual([true, false, true, true]);
    expect(scores[1]).toEqual(nullRegions(maps, [inside], { field: lungs })[0]);
    expect(() => nullRegions(tensor(new Float32Array(4), [2, 2]), [lungs], { impossible: 'nan' })).toThrow();
  });

  it('for other shapes, counts and values', () => {
    expect(() => nullRegions(tensor(new Float32Array(4), [2, 2]), [lungs])).toThrow('shape [N, H, W]');
    expect(() => nullRegions(maps, [lungs], { draws: 1 })).toThrow('with 1 draws');
    expect(() => nullRegions(maps, [lungs], { seed: 0.5 })).toThrow('seed 0.5');
    expect(() => nullRegions(maps, [lungs], { images: ['a', 'b'] })).toThrow('1 maps but 2 image names');
    expect(() => nullRegions(maps, [lungs], { field: [lungs, lungs] })).toThrow('1 maps but 2 fields');
    expect(() => nullRegions(maps, [lungs, lungs])).toThrow('two regions are called "lungs"');
    const broken = tensor(Float64Array.of(...randoms(7, 399), Number.NaN), [1, 20, 20]);
    expect(() => nullRegions(broken, [lungs])).toThrow('holds NaN at row 19, column 19');
  });
});
