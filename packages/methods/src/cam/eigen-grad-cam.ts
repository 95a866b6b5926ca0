/**
 * Eigen-Grad-CAM: the first principal component of activation times gradient, which makes Eigen-CAM speak of the target.
 *
 * Gildenblat 2021, pytorch-grad-cam (EigenGradCAM), after Muhammad, Yeasin 2020, doi 10.1109/IJCNN48605.2020.9206626. It
 * takes whichever sign its SVD gives; principal.ts says which sign this has.
 */
import type { Method } from '@regional-saliency/core';
import { type CamOptions, cam, camEntry } from './cam';
import { principalMap } from './principal';

/** Relevance [N, 1, H, W]. */
export function eigenGradCam(options: CamOptions = {}): Method {
  return cam('eigen-grad-cam', options, (g, activation, gradient) =>
    principalMap(g, g.mul(gradient(), activation)),
  );
}

export const entry = camEntry(
  {
    id: 'eigen-grad-cam',
    title: 'Eigen-Grad-CAM',
    about: "first principal component of a layer times its gradient: pytorch-grad-cam's EigenGradCAM",
    reference: 'Gildenblat 2021, pytorch-grad-cam; after doi 10.1109/IJCNN48605.2020.9206626',
  },
  eigenGradCam,
);
