/**
 * XGrad-CAM: a channel's weight is the sum of its gradients, each counted by the share of the channel's activation that
 * stands at its place.
 *
 * Fu et al. 2020, "Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs", arXiv 2008.02312.
 * pytorch-grad-cam: XGradCAM.
 */
import type { Method } from '@regional-saliency/core';
import { type CamOptions, cam, camEntry } from './cam';

/** Added to a channel's sum of activations, so that a silent channel has weight 0; pytorch-grad-cam's number. */
const EPSILON = 1e-7;

/** Relevance [N, 1, H, W]. */
export function xGradCam(options: CamOptions = {}): Method {
  return cam('x-grad-cam', options, (g, activation, gradient) => {
    const total = g.reduceSum(activation, [2, 3]);
    const shares = g.div(activation, g.add(total, g.scalar(EPSILON)));
    const weights = g.reduceSum(g.mul(gradient(), shares), [2, 3]);
    return g.reduceSum(g.mul(weights, activation), [1]);
  });
}

export const entry = camEntry(
  {
    id: 'x-grad-cam',
    title: 'XGrad-CAM',
    about: "channels weighed by gradients that are weighed by activation: pytorch-grad-cam's XGradCAM",
    reference: 'Fu et al. 2020, arXiv 2008.02312',
  },
  xGradCam,
);
