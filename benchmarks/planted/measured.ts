/** What is measured of each method over the images of a task, and the ranking that comes of it. */
import { scoreRegions } from '@regional-saliency/regions';
import { size } from '../../examples/demo/phantom';
import { type Interval, mean, percentiles, wilson } from './intervals';
import { measure, superiority } from './metrics';
import type { Planted } from './phantoms';

/** The metrics that make the ranking, in the order of the table. */
export const metrics = ['pointing', 'mass', 'rank', 'pixels', 'regions'] as const;
export type Metric = (typeof metrics)[number];

/** A method on the images of a task, one number an image. */
export interface Series {
  readonly pointing: Float64Array;
  readonly mass: Float64Array;
  readonly rank: Float64Array;
  readonly pixels: Float64Array;
  /** The density of relevance in the true region, and the largest of any rival. */
  readonly truth: Float64Array;
  readonly rival: Float64Array;
  /** 1 where the true region's density is the largest, 1/2 where it shares the first place. */
  readonly first: Float64Array;
  /** How many of all maps were zero everywhere. */
  zeros: number;
}

export function emptySeries(count: number): Series {
  const array = () => new Float64Array(count);
  return {
    pointing: array(),
    mass: array(),
    rank: array(),
    pixels: array(),
    truth: array(),
    rival: array(),
    first: array(),
    zeros: 0,
  };
}

/** Books one map; relevance without sign, [H, W]. */
export function book(series: Series, index: number, map: Float32Array, image: Planted): void {
  const isZero = map.every((value) => value === 0);
  if (isZero) series.zeros++;
  const shown = isZero ? new Float32Array(map.length).fill(1) : map;
  const found = measure(shown, image.inside, image.near);
  for (const name of ['pointing', 'mass', 'rank', 'pixels'] as const) series[name][index] = found[name];
  const scores = scoreRegions({ data: shown, shape: [1, size, size], dtype: 'float32' }, image.regions, {
    aggregate: 'density',
  });
  const truth = scores.find(({ region }) => region === image.truth)!.score;
  const rival = Math.max(...rivalsOf(image).map((name) => scores.find((row) => row.region === name)!.score));
  series.truth[index] = truth;
  series.rival[index] = rival;
  series.first[index] = truth > rival ? 1 : truth === rival ? 0.5 : 0;
}

/** A lung's rival is the other lung; the marker's is whatever else of the image is densest. */
function rivalsOf({ truth, regions }: Planted): string[] {
  if (truth === 'right-lung') return ['left-lung'];
  if (truth === 'left-lung') return ['right-lung'];
  return regions.map(({ name }) => name).filter((name) => name !== truth);
}

/** Some of the images. */
export function selected(series: Series, sample: Int32Array): Series {
  const of = (values: Float64Array) => Float64Array.from(sample, (at) => values[at]!);
  return {
    pointing: of(series.pointing),
    mass: of(series.mass),
    rank: of(series.rank),
    pixels: of(series.pixels),
    truth: of(series.truth),
    rival: of(series.rival),
    first: of(series.first),
    zeros: series.zeros,
  };
}

export interface Figure {
  readonly value: number;
  readonly interval: Interval;
}

export type Figures = Readonly<Record<Metric | 'first', Figure>> & { readonly zeros: number };

export function figuresOf(series: Series, samples: readonly Int32Array[]): Figures {
  const count = series.mass.length;
  const share = (values: Float64Array): Figure => {
    const value = mean(values);
    return { value, interval: wilson(value, count) };
  };
  const bootstrapped = (metric: Metric): Figure => ({
    value: valueIn(series, metric),
    interval: percentiles(Float64Array.from(samples, (sample) => valueIn(series, metric, sample))),
  });
  return {
    pointing: share(series.pointing),
    mass: bootstrapped('mass'),
    rank: bootstrapped('rank'),
    pixels: bootstrapped('pixels'),
    regions: bootstrapped('regions'),
    first: share(series.first),
    zeros: series.zeros,
  };
}

/** A metric over all images, or over a sample of them. */
export function valueIn(series: Series, metric: Metric, sample?: Int32Array): number {
  if (metric !== 'regions') return mean(series[metric], sample);
  if (!sample) return superiority(series.truth, series.rival);
  const drawn = (values: Float64Array) => Float64Array.from(sample, (at) => values[at]!);
  return superiority(drawn(series.truth), drawn(series.rival));
}

export interface Ranked {
  readonly id: string;
  /** The mean of its places by each metric in each task, 1 for the best; equals share the middle of their places. */
  readonly place: number;
  /** Where there were samples. */
  readonly interval?: Interval;
}

/**
 * All contenders by the mean of their places. (Mean ranks compare what is measured in different units; Demšar 2006, JMLR 7.)
 *
 * @param byTask each task's series by contender, the same contenders in each
 */
export function ranking(
  byTask: readonly ReadonlyMap<string, Series>[],
  samples: readonly Int32Array[],
): Ranked[] {
  const ids = [...byTask[0]!.keys()];
  const placesOf = (sample?: Int32Array) => {
    const sums = new Float64Array(ids.length);
    for (const series of byTask)
      for (const metric of metrics) {
        const own = places(ids.map((id) => valueIn(series.get(id)!, metric, sample)));
        for (const [at, place] of own.entries()) sums[at]! += place;
      }
    return sums.map((sum) => sum / (metrics.length * byTask.length));
  };
  const whole = placesOf();
  const drawn = samples.map(placesOf);
  return ids
    .map((id, at) => ({
      id,
      place: whole[at]!,
      ...(drawn.length > 0 && { interval: percentiles(Float64Array.from(drawn, (sums) => sums[at]!)) }),
    }))
    .sort((a, b) => a.place - b.place);
}

/** Places from 1 for the largest value. */
export function places(values: readonly number[]): number[] {
  return values.map((value) => {
    const above = values.filter((other) => other > value).length;
    const equal = values.filter((other) => other === value).length;
    return above + (equal + 1) / 2;
  });
}
