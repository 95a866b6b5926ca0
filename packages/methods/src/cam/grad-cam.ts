/**
 * Grad-CAM: the channels of a layer, weighted by their mean gradient, summed and rectified.
 *
 * Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", doi
 * 10.1109/ICCV.2017.74. Captum: LayerGradCam with `relu_attributions=True`, then interpolate.
 */
import { fixedSize, type Method, SaliencyError, showShape } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { type Interpolation, upsample } from './upsample';

export interface GradCamOptions {
  /** The layer whose channels are weighted; default the last one that still has places. */
  readonly layer?: string | undefined;
  /** Keep only what speaks for the target. Default true, as in the paper. */
  readonly relu?: boolean | undefined;
  /** To the input's size, or `none`: the layer's. Default bilinear. */
  readonly upsample?: Interpolation | 'none' | undefined;
}

/** Relevance [N, 1, H, W]. */
export function gradCam({ layer, relu = true, upsample: kind = 'bilinear' }: GradCamOptions = {}): Method {
  return {
    id: 'grad-cam',
    options: { ...(layer !== undefined && { layer }), relu, upsample: kind },
    layers: layer === undefined ? [] : [layer],
    build: (context) => {
      const { g, input } = context;
      const activation = layer === undefined ? context.defaultLayer() : context.layer(layer);
      if (activation.shape.length !== 4) {
        throw new SaliencyError(
          'bad-input',
          `grad-cam needs a layer of shape [N, channels, height, width], but "${layer}" is ${showShape(activation.shape)}`,
        );
      }
      const gradient = context.backward([activation]).get(activation)!;
      const weights = g.op('ReduceMean', [gradient], { axes: [2, 3], keepdims: 1 });
      const weighted = g.reduceSum(g.mul(weights, activation), [1]);
      const map = relu ? g.op('Relu', [weighted]) : weighted;
      if (kind === 'none') return map;
      const [height, width] = [2, 3].map((axis) => fixedSize(input.shape[axis]!, 'the size of the input'));
      return upsample(g, map, height!, width!, kind);
    },
  };
}

export const entry: MethodEntry = {
  id: 'grad-cam',
  title: 'Grad-CAM',
  reference: 'Selvaraju et al. 2017, doi 10.1109/ICCV.2017.74',
  kind: 'program',
  layer: true,
  options: {
    relu: { default: true, choices: [true, false], about: 'keep only what speaks for the target' },
    upsample: {
      default: 'bilinear',
      choices: ['bilinear', 'bicubic', 'none'],
      about: "to the input's size, or none: the layer's own",
    },
  },
  make: (options) => gradCam(options as GradCamOptions),
};
