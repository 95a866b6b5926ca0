/** Intervals of 95 %: Wilson's for a share of images, and percentiles of a bootstrap over images for the rest. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export type Interval = readonly [low: number, high: number];

/** The 97.5th percentile of the standard normal distribution. */
const Z = 1.959963984540054;

/**
 * Wilson's score interval of a share, which is never outside 0 to 1 nor empty at its ends. Wilson 1927, doi
 * 10.1080/01621459.1927.10502953.
 *
 * @param share of `count` images, 0 to 1; images that count in part make it wider than need be
 */
export function wilson(share: number, count: number): Interval {
  const shrunk = 1 + Z ** 2 / count;
  const centre = (share + Z ** 2 / (2 * count)) / shrunk;
  const half = (Z * Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2))) / shrunk;
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** Samples of `count` images with replacement, the same for every method, so that methods are compared on the same images. */
export function resamples(count: number, times: number, seed: number): Int32Array[] {
  const generator = xoroshiro128plus(seed);
  return Array.from({ length: times }, () =>
    Int32Array.from({ length: count }, () => Math.floor(((generator.next() >>> 0) / 2 ** 32) * count)),
  );
}

/** The middle 95 % of values, interpolated linearly (Efron 1979, doi 10.1214/aos/1176344552: the percentile interval). */
export function percentiles(values: Float64Array): Interval {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const below = sorted[Math.floor(place)]!;
    return below + (sorted[Math.ceil(place)]! - below) * (place % 1);
  };
  return [at(0.025), at(0.975)];
}

export function mean(values: Float64Array, sample?: Int32Array): number {
  let sum = 0;
  if (sample) for (const at of sample) sum += values[at]!;
  else for (const value of values) sum += value;
  return sum / (sample ?? values).length;
}
