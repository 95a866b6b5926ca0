/**
 * Grad-CAM: the channels of a layer, weighted by their mean gradient, summed and rectified.
 *
 * Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", doi
 * 10.1109/ICCV.2017.74. Captum: LayerGradCam with `relu_attributions=True`, then interpolate.
 */
import type { Method } from '@regional-saliency/core';
import { type CamMap, type CamOptions, cam, camEntry } from './cam';

/** Also the first half of Guided Grad-CAM. */
export const gradCamMap: CamMap = (g, activation, gradient) => {
  const weights = g.op('ReduceMean', [gradient()], { axes: [2, 3], keepdims: 1 });
  return g.reduceSum(g.mul(weights, activation), [1]);
};

/** Relevance [N, 1, H, W]. */
export function gradCam(options: CamOptions = {}): Method {
  return cam('grad-cam', options, gradCamMap);
}

export const entry = camEntry(
  {
    id: 'grad-cam',
    title: 'Grad-CAM',
    about: "channels of a layer, weighed by their mean gradient: Captum's LayerGradCam and interpolate",
    reference: 'Selvaraju et al. 2017, doi 10.1109/ICCV.2017.74',
  },
  gradCam,
);
