/** The method `lrp-epsilon-plus`. */
import type { MethodEntry } from '../entry';
import { epsilonPlus } from './composites/epsilon-plus';
import { lrp } from './lrp';
import { type LrpOptions, lrpEntries, withBias } from './options';

/** Relevance [N, C, H, W], signed at the first layer only where its input is. */
export function lrpEpsilonPlus({ epsilon = 1e-6, bias = true }: LrpOptions = {}) {
  return lrp('lrp-epsilon-plus', withBias(epsilonPlus(epsilon), bias), { epsilon, bias });
}

export const entry: MethodEntry = {
  id: 'lrp-epsilon-plus',
  title: 'LRP EpsilonPlus',
  about: "z⁺ in convolutions, ε in dense layers: Zennit's EpsilonPlus",
  reference: 'Bach et al. 2015, doi 10.1371/journal.pone.0130140',
  kind: 'program',
  layer: false,
  conserves: true,
  options: lrpEntries,
  make: (options) => lrpEpsilonPlus(options as LrpOptions),
};
