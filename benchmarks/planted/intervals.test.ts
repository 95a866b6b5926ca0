import { describe, expect, it } from 'vitest';
import { mean, percentiles, resamples, wilson } from './intervals';

describe("Wilson's interval", () => {
  it('has the values of Newcombe 1998, table I (doi 10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E)', () => {
    for (const [hits, count, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      const interval = wilson(hits / count, count);
      expect(interval[0]).toBeCloseTo(low, 4);
      expect(interval[1]).toBeCloseTo(high, 4);
    }
  });
});

describe('the bootstrap', () => {
  it('draws the same images for the same seed, with replacement and none that is not there', () => {
    const samples = resamples(10, 50, 3);
    expect(samples).toEqual(resamples(10, 50, 3));
    expect(samples).not.toEqual(resamples(10, 50, 4));
    const drawn = samples.flatMap((sample) => [...sample]);
    expect(new Set(drawn)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect(samples.some((sample) => new Set(sample).size < 10)).toBe(true);
  });

  it('has the width that the standard error of a mean gives', () => {
    const values = Float64Array.from({ length: 200 }, (_, at) => at / 199);
    const interval = percentiles(
      Float64Array.from(resamples(200, 4000, 1), (sample) => mean(values, sample)),
    );
    const error = Math.sqrt(mean(values.map((value) => (value - 0.5) ** 2)) / 200);
    expect(interval[1] - interval[0]).toBeCloseTo(2 * 1.96 * error, 2);
  });

  it('has percentiles that lie between values where they have to', () => {
    expect(percentiles(Float64Array.from({ length: 41 }, (_, at) => 40 - at))).toEqual([1, 39]);
    expect(percentiles(Float64Array.of(0, 1))).toEqual([0.025, 0.975]);
  });
});
