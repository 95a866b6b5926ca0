/**
 * Guided backpropagation: the gradient, but a rectifier also stops what is negative on the way back.
 *
 * Springenberg, Dosovitskiy, Brox, Riedmiller 2015, "Striving for Simplicity", arXiv 1412.6806. Captum and Zennit:
 * GuidedBackprop. It acts on Relu and on Clip from 0 (ReLU6); a model that has neither is refused.
 */
import { operators, type Rule } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { atRectifiers } from './rectifier';

/** The rule of rectifiers. Zennit: ReLUGuidedBackprop. */
export const guided: Rule = (context, [r]) => {
  const positive = context.g.op('Relu', [r!]);
  return operators[context.node.op]!.gradient!(context, [positive]);
};

/** Relevance [N, C, H, W], signed. */
export function guidedBackprop() {
  return atRectifiers('guided-backprop', guided);
}

export const entry: MethodEntry = {
  id: 'guided-backprop',
  title: 'Guided backpropagation',
  about: "the gradient, only what is positive behind each rectifier: Captum's GuidedBackprop, and ReLU6 too",
  reference: 'Springenberg et al. 2015, arXiv 1412.6806',
  kind: 'program',
  layer: false,
  options: {},
  make: () => guidedBackprop(),
};
