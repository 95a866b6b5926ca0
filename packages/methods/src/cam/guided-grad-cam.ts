/**
 * Guided Grad-CAM: guided backpropagation times Grad-CAM at the input's size: fine detail, only where the class is.
 *
 * Selvaraju et al. 2017, doi 10.1109/ICCV.2017.74. Captum: GuidedGradCam, whose default of nearest upsampling this has.
 */
import type { Method } from '@regional-saliency/core';
import { guidedBackprop } from '../gradient/guided-backprop';
import { type CamOptions, cam, camEntry } from './cam';
import { gradCamMap } from './grad-cam';

export type GuidedGradCamOptions = Pick<CamOptions, 'layer' | 'layers'> & {
  /** How Grad-CAM comes to the input's size. Default nearest. */
  readonly upsample?: Exclude<CamOptions['upsample'], 'none'>;
};

/** Relevance [N, C, H, W], signed. */
export function guidedGradCam({ upsample = 'nearest', ...layers }: GuidedGradCamOptions = {}): Method {
  const where = cam('guided-grad-cam', { ...layers, upsample, relu: true }, gradCamMap);
  const { relu: _, ...options } = where.options;
  return {
    ...where,
    options,
    build: (context) => context.g.mul(guidedBackprop().build(context), where.build(context)),
  };
}

const cams = camEntry(
  {
    id: 'guided-grad-cam',
    title: 'Guided Grad-CAM',
    about: "guided backprop times Grad-CAM: Captum's GuidedGradCam",
    reference: 'Selvaraju et al. 2017, doi 10.1109/ICCV.2017.74',
  },
  (options) => guidedGradCam(options as GuidedGradCamOptions),
);

export const entry = {
  ...cams,
  options: {
    upsample: {
      default: 'nearest',
      choices: ['nearest', 'bilinear', 'bicubic'],
      about: "how Grad-CAM comes to the input's size",
    },
  },
};
