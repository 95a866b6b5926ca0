/** The method `lrp-epsilon-alpha2-beta1`. */
import type { MethodEntry } from '../entry';
import { epsilonAlpha2Beta1 } from './composites/epsilon-alpha2-beta1';
import { lrp } from './lrp';
import { type LrpOptions, lrpEntries, withBias } from './options';

/** Relevance [N, C, H, W], signed. */
export function lrpEpsilonAlpha2Beta1({ epsilon = 1e-6, bias = true }: LrpOptions = {}) {
  return lrp('lrp-epsilon-alpha2-beta1', withBias(epsilonAlpha2Beta1(epsilon), bias), { epsilon, bias });
}

export const entry: MethodEntry = {
  id: 'lrp-epsilon-alpha2-beta1',
  title: 'LRP EpsilonAlpha2Beta1',
  about: "α2β1 in convolutions, ε in dense layers: Zennit's EpsilonAlpha2Beta1",
  reference: 'Bach et al. 2015, doi 10.1371/journal.pone.0130140',
  kind: 'program',
  layer: false,
  conserves: true,
  options: lrpEntries,
  make: (options) => lrpEpsilonAlpha2Beta1(options as LrpOptions),
};
