/** z⁺ for convolutions, ε for dense layers. Zennit: EpsilonPlus. */
import { epsilon } from '../rules/epsilon';
import { zPlus } from '../rules/z-plus';
import { isConvolution, layerwise } from './base';

export function epsilonPlus(value = 1e-6) {
  const convolution = zPlus();
  const dense = epsilon(value);
  return layerwise((node) => (isConvolution(node) ? convolution : dense));
}
