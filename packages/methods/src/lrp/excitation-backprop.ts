/**
 * The method `excitation-backprop`: relevance goes to the units that excite the outcome, as a probability would in a tree of
 * winners.
 *
 * Zhang et al. 2018, "Top-Down Neural Attention by Excitation Backprop", doi 10.1007/s11263-017-1059-x (2016, arXiv
 * 1608.00507). Zennit: ExcitationBackprop.
 */
import type { MethodEntry } from '../entry';
import { excitation } from './composites/excitation-backprop';
import { lrp } from './lrp';
import { type BiasOption, biasEntry, withBias } from './options';

/** Relevance [N, C, H, W]. */
export function excitationBackprop({ bias = true }: BiasOption = {}) {
  return lrp('excitation-backprop', withBias(excitation(), bias), { bias });
}

export const entry: MethodEntry = {
  id: 'excitation-backprop',
  title: 'Excitation backprop',
  about: "z⁺ everywhere: Zennit's ExcitationBackprop",
  reference: 'Zhang et al. 2016, arXiv 1608.00507',
  kind: 'program',
  layer: false,
  conserves: true,
  options: { bias: biasEntry },
  make: (options) => excitationBackprop(options as BiasOption),
};
