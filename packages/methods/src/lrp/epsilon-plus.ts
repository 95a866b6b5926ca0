/** The method `lrp-epsilon-plus`. */
import type { MethodEntry } from '../entry';
import { epsilonPlus } from './composites/epsilon-plus';
import { lrp } from './lrp';

export interface LrpOptions {
  /** The ε of dense layers. Default 1e-6, as in Zennit. */
  readonly epsilon?: number | undefined;
}

/** Relevance [N, C, H, W], signed at the first layer only where its input is. */
export function lrpEpsilonPlus({ epsilon = 1e-6 }: LrpOptions = {}) {
  return lrp('lrp-epsilon-plus', epsilonPlus(epsilon), { epsilon });
}

export const entry: MethodEntry = {
  id: 'lrp-epsilon-plus',
  title: 'LRP EpsilonPlus',
  reference:
    'Bach et al. 2015, doi 10.1371/journal.pone.0130140; z+ in convolutions, epsilon in dense layers',
  kind: 'program',
  layer: false,
  options: { epsilon: { default: 1e-6, above: 0, about: 'the epsilon of dense layers' } },
  make: (options) => lrpEpsilonPlus(options as LrpOptions),
};
