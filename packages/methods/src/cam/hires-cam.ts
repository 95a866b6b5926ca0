/**
 * HiResCAM: activation times gradient, place by place, summed over channels. Where a network ends in one linear layer
 * behind the explained one, the map (unrectified) adds up to the score without its bias. Of a transformer take a layer
 * behind a norm: before it, the sum over channels is near 0 whatever the model sees, since a norm is blind to length.
 *
 * Draelos, Carin 2020, "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks",
 * arXiv 2011.08891. pytorch-grad-cam: HiResCAM; Captum: LayerGradientXActivation, summed over channels.
 */
import type { Method } from '@regional-saliency/core';
import { type CamOptions, cam, camEntry } from './cam';

/** Relevance [N, 1, H, W]. */
export function hiResCam(options: CamOptions = {}): Method {
  return cam('hires-cam', options, (g, activation, gradient) =>
    g.reduceSum(g.mul(gradient(), activation), [1]),
  );
}

export const entry = camEntry(
  {
    id: 'hires-cam',
    title: 'HiResCAM',
    about: "a layer times its gradient, place by place: pytorch-grad-cam's HiResCAM",
    reference: 'Draelos and Carin 2020, arXiv 2011.08891',
  },
  hiResCam,
);
