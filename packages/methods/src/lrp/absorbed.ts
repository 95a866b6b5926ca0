/**
 * What share of the relevance does not arrive at the image. LRP hands on 1 from the score, and keeps that sum but for what biases
 * take (Bach et al. 2015, doi 10.1371/journal.pone.0130140), for ε, and for units to which a rule finds no contribution.
 */
import type { Tensor } from '@regional-saliency/core';

/**
 * For each image 1 less its sum of relevance: 0 where all arrives, 0.4 where biases absorbed two fifths; below 0 where they
 * spoke against the score.
 *
 * @param relevance [N, …], of LRP with a composite
 */
export function absorbed({ data, shape }: Tensor): Float64Array {
  const images = shape[0]!;
  const size = data.length / images;
  return Float64Array.from({ length: images }, (_, image) => {
    let sum = 0;
    for (let at = image * size; at < (image + 1) * size; at++) sum += Number(data[at]);
    return 1 - sum;
  });
}
