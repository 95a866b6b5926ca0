/**
 * Guided backpropagation: the gradient, but a rectifier also stops what is negative on the way back.
 *
 * Springenberg, Dosovitskiy, Brox, Riedmiller 2015, "Striving for Simplicity", arXiv 1412.6806. Captum: GuidedBackprop.
 * It acts on Relu and on Clip from 0 (ReLU6); a model that has neither is refused, since it would get its gradient
 * under another name.
 */
import {
  type Method,
  type Node,
  nodesOf,
  operators,
  type Rule,
  SaliencyError,
} from '@regional-saliency/core';
import type { MethodEntry } from '../entry';

/** A node that is zero for negative inputs and the identity above (up to a bound). */
export function isRectifier(node: Node): boolean {
  return node.op === 'Relu' || (node.op === 'Clip' && node.attributes.min === 0);
}

const guided: Rule = (context, [r]) => {
  const { g } = context;
  const positive = g.op('Relu', [r!]);
  return operators[context.node.op]!.gradient!(context, [positive]);
};

/** Relevance [N, C, H, W], signed. */
export function guidedBackprop(): Method {
  return {
    id: 'guided-backprop',
    options: {},
    build: ({ input, model, backward }) => {
      if (!nodesOf(model).some(isRectifier)) {
        throw new SaliencyError(
          'unsupported',
          'guided-backprop changes how Relu is passed, and the model has no Relu (or Clip from 0); use gradient',
        );
      }
      return backward([input], (node) => (isRectifier(node) ? guided : undefined)).get(input)!;
    },
  };
}

export const entry: MethodEntry = {
  id: 'guided-backprop',
  title: 'Guided backpropagation',
  reference: 'Springenberg et al. 2015, arXiv 1412.6806',
  kind: 'program',
  layer: false,
  options: {},
  make: () => guidedBackprop(),
};
