import { describe, expect, it } from 'vitest';
import { phantom, regions, size } from '../../examples/demo/phantom';
import { controls, sobel } from './contenders';
import { resamples } from './intervals';
import { book, emptySeries, figuresOf, places, ranking, type Series } from './measured';
import { dilated } from './metrics';
import type { Planted } from './phantoms';

/** Two regions, right lung and left lung, as the halves of an image's upper part. */
function halves(truth: string): Planted {
  const half = (name: string, left: number) => ({
    name,
    mask: (height: number, width: number) => ({
      data: Uint8Array.from({ length: height * width }, (_, at) =>
        Number(at < (height * width) / 2 && at % width < width / 2 === (left === 0)),
      ),
      shape: [height, width] as const,
      dtype: 'bool' as const,
    }),
  });
  const both = [half('right-lung', 0), half('left-lung', 1)];
  const inside = both.find(({ name }) => name === truth)!.mask(size, size).data;
  const masks = { data: new Uint8Array(0), shape: [0, size, size], dtype: 'bool' as const };
  return {
    seed: 0,
    image: 0,
    pixels: new Uint8Array(size * size),
    target: 1,
    truth,
    regions: both,
    masks,
    inside,
    near: dilated(inside, size, 0),
  };
}

const right = Float32Array.from(halves('right-lung').inside, Number);

function seriesOf(maps: readonly Float32Array[], truth: string): Series {
  const series = emptySeries(maps.length);
  for (const [index, map] of maps.entries()) book(series, index, map, halves(truth));
  return series;
}

describe('what is booked of a map', () => {
  it('is the density of the true region and of its strongest rival', () => {
    const series = seriesOf([right], 'right-lung');
    expect([series.truth[0], series.rival[0], series.first[0]]).toEqual([4, 0, 1]);
    const other = seriesOf([right], 'left-lung');
    expect([other.truth[0], other.rival[0], other.first[0]]).toEqual([0, 4, 0]);
  });

  it('is that of a constant map where the map is zero, and the zero is counted', () => {
    const series = seriesOf([new Float32Array(size * size)], 'right-lung');
    expect(series.zeros).toBe(1);
    expect([series.truth[0], series.rival[0], series.first[0], series.mass[0]]).toEqual([1, 1, 0.5, 0.25]);
  });
});

describe('the figures of a task', () => {
  it('say that a method which is right in three of four images is so, with an interval around it', () => {
    const left = right.map((value) => 1 - value);
    const figures = figuresOf(seriesOf([right, right, right, left], 'right-lung'), resamples(4, 500, 1));
    expect(figures.first.value).toBe(0.75);
    expect(figures.pointing.value).toBe(0.75);
    // 3 of 4 scores are 4, one 0; of the rivals 3 are 0, one 4/3: 9 + 3 wins, and the low score ties with three.
    expect(figures.regions.value).toBe((3 * 4 + 3 * 0.5) / 16);
    expect(figures.mass.interval[0]).toBeLessThan(0.75);
    expect(figures.mass.interval[1]).toBe(1);
  });
});

describe('the ranking', () => {
  it('gives equals the middle of their places', () => {
    expect(places([3, 5, 5, 1])).toEqual([3, 1.5, 1.5, 4]);
  });

  it('puts the method that finds the region before the one that says nothing, and that before the one that is wrong', () => {
    const zero = new Float32Array(size * size);
    const wrong = right.map((value) => 1 - value);
    const task = new Map([
      ['wrong', seriesOf([wrong, wrong], 'right-lung')],
      ['right', seriesOf([right, right], 'right-lung')],
      ['nothing', seriesOf([zero, zero], 'right-lung')],
    ]);
    const ranked = ranking([task, task], resamples(2, 20, 1));
    expect(ranked.map(({ id, place }) => [id, place])).toEqual([
      ['right', 1],
      ['nothing', 2],
      ['wrong', 3],
    ]);
    expect(ranked[0]!.interval).toEqual([1, 1]);
  });
});

describe('the controls', () => {
  it('find edges by Sobel: a step of 10 has 40 on both sides, and plain parts and borders have none', () => {
    const step = Uint8Array.from({ length: 20 }, (_, at) => (at % 5 < 2 ? 0 : 10));
    const row = [0, 40, 40, 0, 0];
    expect([...sobel(step, 5)]).toEqual([...row, ...row, ...row, ...row]);
  });

  it('draw a random map by its number alone', () => {
    const draw = (number: number) => controls['random map']!(new Uint8Array(0), number);
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });
});

describe('what is planted', () => {
  it('is in the region alone: without the opacity, or with the other letter, no other pixel changes', () => {
    const given = { seed: 11, image: 3, group: 'pneumonia', letter: 'P' } as const;
    const { pixels, labels, affected } = phantom(given);
    for (const [changed, region] of [
      [{ ...given, group: 'normal' }, affected!],
      [{ ...given, letter: 'L' }, 'marker'],
    ] as const) {
      const other = phantom(changed).pixels;
      const places = [...pixels.keys()].filter((at) => pixels[at] !== other[at]);
      expect(places.length).toBeGreaterThan(0);
      expect(new Set(places.map((at) => labels[at]))).toEqual(new Set([regions[region]]));
    }
  });
});
