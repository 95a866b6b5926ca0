/**
 * LayerCAM: activation times the positive part of the gradient, place by place, summed over channels. It stays sharp in
 * early layers, where one weight a channel says too little.
 *
 * Jiang, Zhang, Hou, Cheng, Wei 2021, "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization", doi
 * 10.1109/TIP.2021.3089943. pytorch-grad-cam: LayerCAM.
 */
import type { Method } from '@regional-saliency/core';
import { type CamOptions, cam, camEntry } from './cam';

/** Relevance [N, 1, H, W]. */
export function layerCam(options: CamOptions = {}): Method {
  return cam('layer-cam', options, (g, activation, gradient) =>
    g.reduceSum(g.mul(g.op('Relu', [gradient()]), activation), [1]),
  );
}

export const entry = camEntry(
  {
    id: 'layer-cam',
    title: 'LayerCAM',
    about: "a layer times its gradient where that is positive: pytorch-grad-cam's LayerCAM",
    reference: 'Jiang et al. 2021, doi 10.1109/TIP.2021.3089943',
  },
  layerCam,
);
