/** The method `lrp-epsilon-alpha2-beta1-flat`. */
import type { MethodEntry } from '../entry';
import { epsilonAlpha2Beta1Flat } from './composites/epsilon-alpha2-beta1';
import { lrp } from './lrp';
import { type LrpOptions, lrpEntries, withBias } from './options';

/** Relevance [N, C, H, W], signed, the same in every channel of a place. */
export function lrpEpsilonAlpha2Beta1Flat({ epsilon = 1e-6, bias = true }: LrpOptions = {}) {
  return lrp('lrp-epsilon-alpha2-beta1-flat', withBias(epsilonAlpha2Beta1Flat(epsilon), bias), {
    epsilon,
    bias,
  });
}

export const entry: MethodEntry = {
  id: 'lrp-epsilon-alpha2-beta1-flat',
  title: 'LRP EpsilonAlpha2Beta1Flat',
  about: "the same with equal parts at the first layer: Zennit's EpsilonAlpha2Beta1Flat",
  reference: 'Lapuschkin et al. 2019, doi 10.1038/s41467-019-08987-4',
  kind: 'program',
  layer: false,
  conserves: true,
  options: lrpEntries,
  make: (options) => lrpEpsilonAlpha2Beta1Flat(options as LrpOptions),
};
