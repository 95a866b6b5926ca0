/**
 * Input × gradient: each input value times the derivative of the score by it.
 *
 * Shrikumar, Greenside, Shcherbina, Kundaje 2016, "Not Just a Black Box", arXiv 1605.01713. Captum: InputXGradient.
 */
import type { Method } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';

/** Relevance [N, C, H, W], signed. */
export function inputXGradient(): Method {
  return {
    id: 'input-x-gradient',
    options: {},
    build: ({ g, input, backward }) => g.mul(input, backward([input]).get(input)!),
  };
}

export const entry: MethodEntry = {
  id: 'input-x-gradient',
  title: 'Input × gradient',
  about: "the gradient times the image: Captum's InputXGradient",
  reference: 'Shrikumar et al. 2016, arXiv 1605.01713',
  kind: 'program',
  layer: false,
  options: {},
  make: () => inputXGradient(),
};
