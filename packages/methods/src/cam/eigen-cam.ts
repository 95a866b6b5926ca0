/**
 * Eigen-CAM: the first principal component of a layer's activations. It needs no gradient and no target: it shows what
 * the layer sees, not what speaks for a class.
 *
 * Muhammad, Yeasin 2020, "Eigen-CAM: Class Activation Map using Principal Components", doi 10.1109/IJCNN48605.2020.9206626.
 * pytorch-grad-cam: EigenCAM, which takes whichever sign its SVD gives; principal.ts says which sign this has.
 */
import type { Method } from '@regional-saliency/core';
import { type CamOptions, cam, camEntry } from './cam';
import { principalMap } from './principal';

/** Relevance [N, 1, H, W]. */
export function eigenCam(options: CamOptions = {}): Method {
  return cam('eigen-cam', options, (g, activation) => principalMap(g, activation));
}

export const entry = camEntry(
  {
    id: 'eigen-cam',
    title: 'Eigen-CAM',
    about: "first principal component of a layer, whatever the target: pytorch-grad-cam's EigenCAM",
    reference: 'Muhammad and Yeasin 2020, doi 10.1109/IJCNN48605.2020.9206626',
  },
  eigenCam,
);
