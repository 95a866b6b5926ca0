/** α2β1 for convolutions, ε for dense layers. Zennit: EpsilonAlpha2Beta1; with the ♭-rule for the first layer: EpsilonAlpha2Beta1Flat. */
import { alphaBeta } from '../rules/alpha-beta';
import { epsilon } from '../rules/epsilon';
import { flat } from '../rules/flat';
import { isConvolution, layerwise } from './base';
import { specialFirst } from './compose';

/** α2β1 in convolutions, ε in dense layers. */
export function epsilonAlpha2Beta1(value = 1e-6) {
  const convolution = alphaBeta(2, 1);
  const dense = epsilon(value);
  return layerwise((node) => (isConvolution(node) ? convolution : dense));
}

/** The same with equal parts at the first layer. */
export function epsilonAlpha2Beta1Flat(value = 1e-6) {
  const first = flat();
  return specialFirst(() => first, epsilonAlpha2Beta1(value));
}
