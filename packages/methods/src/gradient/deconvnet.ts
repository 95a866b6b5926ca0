/**
 * DeconvNet: on the way back a rectifier stops what is negative, whatever its own input was.
 *
 * Zeiler, Fergus 2014, "Visualizing and Understanding Convolutional Networks", doi 10.1007/978-3-319-10590-1_53. Captum:
 * Deconvolution; Zennit: DeconvNet. It acts on Relu and on Clip from 0 (ReLU6); a model that has neither is refused.
 */
import type { Rule } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { atRectifiers } from './rectifier';

/** The rule of rectifiers. Zennit: ReLUDeconvNet. */
export const deconvolved: Rule = ({ g }, [r]) => [g.op('Relu', [r!])];

/** Relevance [N, C, H, W], signed. */
export function deconvNet() {
  return atRectifiers('deconvnet', deconvolved);
}

export const entry: MethodEntry = {
  id: 'deconvnet',
  title: 'DeconvNet',
  about: "the gradient with rectifiers that act on what comes back: Zennit's DeconvNet, and ReLU6 too",
  reference: 'Zeiler and Fergus 2014, doi 10.1007/978-3-319-10590-1_53',
  kind: 'program',
  layer: false,
  options: {},
  make: () => deconvNet(),
};
