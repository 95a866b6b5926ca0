import type { Aggregation } from './aggregation';
import { area } from './area';
import { sum } from './sum';

/** The mean relevance of the region's pixels: regions of different size compare. */
export const mean: Aggregation = (map, mask) => sum(map, mask) / area(mask);
