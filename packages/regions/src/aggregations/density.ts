import type { Aggregation } from './aggregation';
import { area } from './area';
import { share } from './share';

/**
 * Share of the relevance ÷ share of the area: how many times more relevance a region holds than if the map were
 * flat. 1 for the whole image. There is none where there is no share.
 */
export const density: Aggregation = (map, mask) => share(map, mask) / (area(mask) / mask.length);
