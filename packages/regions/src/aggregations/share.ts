import type { Aggregation } from './aggregation';
import { sum } from './sum';

/**
 * The region's part of the map's total; over regions that partition the image, shares add to 1. Images whose maps
 * differ in scale compare. A map of both signs has shares outside 0..1, and one whose total is zero, or no more
 * than what rounding leaves of a cancelled sum, has none.
 */
export const share: Aggregation = (map, mask) => {
  let total = 0;
  let magnitude = 0;
  for (let pixel = 0; pixel < map.length; pixel++) {
    total += map[pixel]!;
    magnitude += Math.abs(map[pixel]!);
  }
  const rounding = map.length * Number.EPSILON * magnitude;
  return Math.abs(total) <= rounding ? Number.NaN : sum(map, mask) / total;
};
