/**
 * How well a map finds a region that is known to matter. Maps are relevance without sign, one number a pixel, row by row; a
 * region is a mask of the same pixels, not 0 inside. Every metric is between 0 and 1, and more is better.
 *
 * A map that is zero everywhere says nothing: it counts as a constant one, which is what chance would give.
 */

/** What a map is measured by. */
export interface Found {
  /**
   * The pointing game: 1 where the map's largest pixel lies in the region or near it, else 0. Where several pixels share the
   * largest value, the part of them that hits, which is what drawing one of them gives on average. Zhang et al. 2018, doi
   * 10.1007/s11263-017-1059-x.
   */
  readonly pointing: number;
  /** The part of all relevance that lies in the region. Arras et al. 2022, doi 10.1016/j.inffus.2021.11.008. */
  readonly mass: number;
  /**
   * Of the K largest pixels, K being the region's pixels, the part that lies in it. Where the K-th value is shared, pixels
   * that have it are drawn at random, on average. Arras et al. 2022 as above.
   */
  readonly rank: number;
  /**
   * The chance that a pixel inside has more relevance than one outside, ties counting half: the area under the receiver
   * operating characteristic. Hanley and McNeil 1982, doi 10.1148/radiology.143.1.7063747.
   */
  readonly pixels: number;
}

/**
 * @param map relevance without sign, finite
 * @param region not 0 inside; at least one pixel inside and one outside
 * @param near the region with its tolerance, for the pointing game (`dilated`)
 */
export function measure(map: Float32Array, region: Uint8Array, near: Uint8Array): Found {
  const inside = map.filter((_, at) => region[at] !== 0);
  const count = inside.length;
  if (count === 0 || count === map.length)
    throw new RangeError(
      `the region has ${count} of ${map.length} pixels: it needs an inside and an outside`,
    );
  const sorted = Float32Array.from(map).sort();
  const largest = sorted.at(-1)!;
  const total = sum(map);

  let peaks = 0;
  let hits = 0;
  for (let at = 0; at < map.length; at++) {
    if (map[at] !== largest) continue;
    peaks++;
    if (near[at] !== 0) hits++;
  }

  const threshold = sorted[sorted.length - count]!;
  const above = sorted.length - firstOver(sorted, threshold);
  const equal = sorted.length - above - firstFrom(sorted, threshold);
  const insideAbove = inside.filter((value) => value > threshold).length;
  const insideEqual = inside.filter((value) => value === threshold).length;

  // Mann and Whitney's U by the sum of ranks, each the middle of its ties.
  let ranks = 0;
  for (const value of inside) ranks += (firstFrom(sorted, value) + firstOver(sorted, value) + 1) / 2;
  const pairs = count * (map.length - count);

  return {
    pointing: hits / peaks,
    mass: total > 0 ? sum(inside) / total : count / map.length,
    rank: (insideAbove + (insideEqual * (count - above)) / equal) / count,
    pixels: (ranks - (count * (count + 1)) / 2) / pairs,
  };
}

/**
 * The chance that a score of the first list is above one of the second, ties counting half.
 *
 * @param scores finite; at least one in each list
 */
export function superiority(scores: Float64Array, others: Float64Array): number {
  const sorted = Float64Array.from(others).sort();
  let below = 0;
  for (const score of scores) below += (firstFrom(sorted, score) + firstOver(sorted, score)) / 2;
  return below / (scores.length * others.length);
}

/** The region and all pixels whose centres lie at most `tolerance` pixels from the centre of one of its own. */
export function dilated(region: Uint8Array, width: number, tolerance: number): Uint8Array {
  const height = region.length / width;
  const reach = Math.floor(tolerance);
  const near = new Uint8Array(region.length);
  for (const [at, inside] of region.entries()) {
    if (inside === 0) continue;
    const [y, x] = [Math.floor(at / width), at % width];
    for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++)
      for (let column = Math.max(0, x - reach); column <= Math.min(width - 1, x + reach); column++)
        if ((row - y) ** 2 + (column - x) ** 2 <= tolerance ** 2) near[row * width + column] = 1;
  }
  return near;
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** How many of the sorted values are below `value`. */
function firstFrom(sorted: ArrayLike<number>, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the sorted values are at most `value`. */
function firstOver(sorted: ArrayLike<number>, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
