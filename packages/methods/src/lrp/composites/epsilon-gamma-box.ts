/** zᴮ for a first layer that is a convolution, γ for other convolutions, ε for dense layers. Zennit: EpsilonGammaBox. */
import { epsilon } from '../rules/epsilon';
import { gamma } from '../rules/gamma';
import { type Box, zBox } from '../rules/z-box';
import { isConvolution, layerwise } from './base';
import { specialFirst } from './compose';

/** zᴮ at the first convolution, γ in others, ε in dense layers. */
export function epsilonGammaBox(box: Box = {}, { epsilon: value = 1e-6, gamma: more = 0.25 } = {}) {
  const first = zBox(box);
  const convolution = gamma(more);
  const dense = epsilon(value);
  return specialFirst(
    (node) => (isConvolution(node) ? first : undefined),
    layerwise((node) => (isConvolution(node) ? convolution : dense)),
  );
}
