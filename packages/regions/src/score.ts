/** Scores: what each region of each image holds of its map. */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import { type Aggregation, type AggregationName, aggregationOf } from './aggregations';
import { area } from './aggregations/area';
import type { Mask, Region, Size } from './region';
import { resize } from './resize';
import { floatsOf } from './values';
import { asTensor, type View } from './view';

export interface ScoreOptions {
  /** The name of an aggregation, or a function of your own. */
  readonly aggregate: AggregationName | Aggregation;
  /**
   * What to do where there is nothing to score, that is a region without pixels, or the share of a map that sums
   * to zero: stop with an error (the default), or give NaN, a missing value.
   */
  readonly empty?: 'error' | 'nan';
  /** Score at the map's own resolution (the default), or resize the maps to this size first (bilinear). */
  readonly resolution?: 'map' | Size;
  /** What the images are called; without names 0, 1, … */
  readonly images?: readonly string[];
}

/** A row of the table of scores. */
export interface Score {
  readonly image: string;
  readonly region: string;
  readonly score: number;
  /** How many pixels the region has at the resolution scored at. */
  readonly pixels: number;
}

/**
 * Scores every region of every image, image by image in the order given.
 *
 * @param maps one map an image, [N, H, W], float32 or float64, finite (see `reduceChannels`); sums are in float64
 * @param regions the same regions for all images, or a list for each image; they may overlap
 * @throws SaliencyError `bad-input` for another shape or type, a value that is not finite, two regions of one
 *   name, and (unless `empty` is "nan") a score that doesn't exist; `unknown-name` for the aggregation
 */
export function scoreRegions(
  maps: Tensor | View,
  regions: readonly Region[] | readonly (readonly Region[])[],
  options: ScoreOptions,
): Score[] {
  const { resolution = 'map', empty = 'error' } = options;
  const aggregate = aggregationOf(options.aggregate);
  const given = floatsOf(asTensor(maps), 'a map');
  if (given.shape.length !== 3) {
    throw new SaliencyError(
      'bad-input',
      `maps have shape [N, H, W], not [${given.shape.join(', ')}]: reduceChannels makes them of [N, C, H, W]`,
    );
  }
  const count = given.shape[0]!;
  if (regions.length === 0 && count > 0) {
    throw new SaliencyError('bad-input', 'there are no regions to score: give at least one');
  }
  const images = options.images ?? Array.from({ length: count }, (_, image) => `${image}`);
  const lists = perImage(regions, count);
  for (const [what, length] of [
    ['image names', images.length],
    ['lists of regions', lists.length],
  ] as const) {
    if (length !== count) {
      throw new SaliencyError(
        'bad-input',
        `there are ${count} maps but ${length} ${what}: give one for each`,
      );
    }
  }
  for (const list of new Set(lists)) checkNames(list);
  images.forEach((image, index) => {
    checkFinite(given, index, image);
  });

  const { data, shape } = resolution === 'map' ? given : resize(given, resolution);
  const [, height, width] = shape as [number, number, number];
  const masks = new Map<Region, Mask>();
  return images.flatMap((image, index) => {
    const map = data.subarray(index * height * width, (index + 1) * height * width);
    return lists[index]!.map((region) => {
      const mask = masks.get(region) ?? maskOf(region, height, width);
      masks.set(region, mask);
      const pixels = area(mask.data);
      const score = pixels === 0 ? Number.NaN : aggregate(map, mask.data);
      if (Number.isNaN(score) && empty === 'error') {
        throw new SaliencyError(
          'bad-input',
          pixels === 0
            ? `the region "${region.name}" of image "${image}" covers no pixel centre at ${height} × ${width}: ` +
                'enlarge it, score at a higher resolution, or say empty "nan"'
            : `the map of image "${image}" has no total to score "${region.name}" against (it sums to zero): ` +
                'aggregate by mean, sum or max, or say empty "nan"',
        );
      }
      return { image, region: region.name, score, pixels };
    });
  });
}

export function perImage(
  regions: readonly Region[] | readonly (readonly Region[])[],
  count: number,
): readonly (readonly Region[])[] {
  const nested = (list: typeof regions): list is readonly (readonly Region[])[] => Array.isArray(list[0]);
  return nested(regions) ? regions : new Array<readonly Region[]>(count).fill(regions);
}

/** @throws SaliencyError `bad-input` where two regions of a list have the same name */
export function checkNames(regions: readonly Region[]): void {
  const seen = new Set<string>();
  for (const { name } of regions) {
    if (seen.has(name)) {
      throw new SaliencyError('bad-input', `two regions are called "${name}": give each a name of its own`);
    }
    seen.add(name);
  }
}

export function checkFinite(maps: Tensor, index: number, image: string): void {
  const [, height, width] = maps.shape as [number, number, number];
  const start = index * height * width;
  for (let pixel = 0; pixel < height * width; pixel++) {
    const value = Number(maps.data[start + pixel]);
    if (Number.isFinite(value)) continue;
    throw new SaliencyError(
      'bad-input',
      `the map of image "${image}" holds ${value} at row ${Math.floor(pixel / width)}, column ${pixel % width}: ` +
        'leave the image out, or check its pixels and its target',
    );
  }
}

export function maskOf(region: Region, height: number, width: number): Mask {
  const mask = region.mask(height, width);
  // JavaScript lets masks without a shape through.
  const shape: readonly number[] = mask?.shape ?? [];
  if (shape[0] !== height || shape[1] !== width || mask.data?.length !== height * width) {
    throw new SaliencyError(
      'bad-input',
      `the region "${region.name}" gave a mask of shape [${shape.join(', ')}] where [${height}, ${width}] was asked for`,
    );
  }
  return mask;
}
