import type { Aggregation } from './aggregation';

/** The largest value in the region (signed: −1 is less than 0). */
export const max: Aggregation = (map, mask) => {
  let largest = Number.NEGATIVE_INFINITY;
  for (let pixel = 0; pixel < mask.length; pixel++)
    if (mask[pixel] && map[pixel]! > largest) largest = map[pixel]!;
  return largest;
};
