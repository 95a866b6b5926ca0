/**
 * Grad-CAM++: a channel's weight is a weighted sum of its positive gradients, the weights chosen so that every place of
 * an object counts however large the object is.
 *
 * Chattopadhyay, Sarkar, Howlader, Balasubramanian 2018, "Grad-CAM++: Improved Visual Explanations for Deep Convolutional
 * Networks", doi 10.1109/WACV.2018.00097. The weights are the paper's equation 19, where the score is taken through exp
 * and its higher derivatives become powers of the gradient. pytorch-grad-cam: GradCAMPlusPlus, which adds ε = 1e-6 to the
 * denominator and so damps gradients below about 1e-3; so does this.
 */
import type { Method } from '@regional-saliency/core';
import { type CamOptions, cam, camEntry } from './cam';

const EPSILON = 1e-6;

/** Relevance [N, 1, H, W]. */
export function gradCamPlusPlus(options: CamOptions = {}): Method {
  return cam('grad-cam-plus-plus', options, (g, activation, gradient) => {
    const first = gradient();
    const squared = g.mul(first, first);
    const cubed = g.mul(squared, first);
    const total = g.reduceSum(activation, [2, 3]);
    const denominator = g.add(g.add(g.mul(squared, g.scalar(2)), g.mul(total, cubed)), g.scalar(EPSILON));
    const weights = g.reduceSum(g.mul(g.op('Relu', [first]), g.div(squared, denominator)), [2, 3]);
    return g.reduceSum(g.mul(weights, activation), [1]);
  });
}

export const entry = camEntry(
  {
    id: 'grad-cam-plus-plus',
    title: 'Grad-CAM++',
    about: "the same, places weighed by higher derivatives: pytorch-grad-cam's GradCAMPlusPlus",
    reference: 'Chattopadhyay et al. 2018, doi 10.1109/WACV.2018.00097',
  },
  gradCamPlusPlus,
);
