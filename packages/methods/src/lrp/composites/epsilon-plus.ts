/** z⁺ for convolutions, ε for dense layers. Zennit: EpsilonPlus; with the ♭-rule for the first layer: EpsilonPlusFlat. */
import { epsilon } from '../rules/epsilon';
import { flat } from '../rules/flat';
import { zPlus } from '../rules/z-plus';
import { isConvolution, layerwise } from './base';
import { specialFirst } from './compose';

/** z⁺ in convolutions, ε in dense layers. */
export function epsilonPlus(value = 1e-6) {
  const convolution = zPlus();
  const dense = epsilon(value);
  return layerwise((node) => (isConvolution(node) ? convolution : dense));
}

/** The same with equal parts at the first layer. */
export function epsilonPlusFlat(value = 1e-6) {
  const first = flat();
  return specialFirst(() => first, epsilonPlus(value));
}
