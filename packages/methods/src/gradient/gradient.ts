/**
 * Gradient: the derivative of the score by every input value.
 *
 * Simonyan, Vedaldi, Zisserman 2014, "Deep Inside Convolutional Networks", arXiv 1312.6034. Captum: Saliency with
 * `abs=False`; Zennit: Gradient.
 */
import type { Method } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';

/** Relevance [N, C, H, W], signed. */
export function gradient(): Method {
  return {
    id: 'gradient',
    options: {},
    build: ({ input, backward }) => backward([input]).get(input)!,
  };
}

export const entry: MethodEntry = {
  id: 'gradient',
  title: 'Gradient',
  about: "how the score changes with each value: Captum's Saliency with abs=False, Zennit's Gradient",
  reference: 'Simonyan et al. 2014, arXiv 1312.6034',
  kind: 'program',
  layer: false,
  options: {},
  make: () => gradient(),
};
