/** How a region's pixels become one score. A new aggregation is a file and a line here. */
import { SaliencyError } from '@regional-saliency/core';
import type { Aggregation } from './aggregation';
import { density } from './density';
import { max } from './max';
import { mean } from './mean';
import { share } from './share';
import { sum } from './sum';

export type { Aggregation };

/** How a region is scored, by name. */
export const aggregations = {
  mean,
  sum,
  max,
  share,
  density,
} as const satisfies Record<string, Aggregation>;

export type AggregationName = keyof typeof aggregations;

/** @throws SaliencyError `unknown-name` for a name that is no aggregation */
export function aggregationOf(how: AggregationName | Aggregation): Aggregation {
  const aggregate = typeof how === 'function' ? how : aggregations[how];
  if (aggregate) return aggregate;
  throw new SaliencyError(
    'unknown-name',
    `no aggregation is called "${how}": choose ${Object.keys(aggregations).join(', ')}`,
  );
}
