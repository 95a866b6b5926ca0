import type { Aggregation } from './aggregation';

/** The sum over the region's pixels. It grows with the region, and with the resolution it is scored at. */
export const sum: Aggregation = (map, mask) => {
  let total = 0;
  for (let pixel = 0; pixel < mask.length; pixel++) if (mask[pixel]) total += map[pixel]!;
  return total;
};
