/** The method `lrp-epsilon-plus-flat`. */
import type { MethodEntry } from '../entry';
import { epsilonPlusFlat } from './composites/epsilon-plus';
import { lrp } from './lrp';
import { type LrpOptions, lrpEntries, withBias } from './options';

/** Relevance [N, C, H, W], the same in every channel of a place. */
export function lrpEpsilonPlusFlat({ epsilon = 1e-6, bias = true }: LrpOptions = {}) {
  return lrp('lrp-epsilon-plus-flat', withBias(epsilonPlusFlat(epsilon), bias), { epsilon, bias });
}

export const entry: MethodEntry = {
  id: 'lrp-epsilon-plus-flat',
  title: 'LRP EpsilonPlusFlat',
  about: "the same with equal parts at the first layer: Zennit's EpsilonPlusFlat",
  reference: 'Lapuschkin et al. 2019, doi 10.1038/s41467-019-08987-4',
  kind: 'program',
  layer: false,
  conserves: true,
  options: lrpEntries,
  make: (options) => lrpEpsilonPlusFlat(options as LrpOptions),
};
