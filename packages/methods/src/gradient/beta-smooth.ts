/**
 * Beta-smooth: the gradient with every rectifier's step smoothed into the logistic function σ(β x), as if it had been a
 * softplus; the scores stay those of the model.
 *
 * Dombrowski et al. 2019, "Explanations can be manipulated and geometry is to blame", arXiv 1906.07983. Zennit: BetaSmooth.
 * It acts on Relu and on Clip from 0 up to a bound, which is the difference of two Relu; a model that has neither is refused.
 */
import type { Rule } from '@regional-saliency/core';
import type { MethodEntry, MethodOptions } from '../entry';
import { atRectifiers } from './rectifier';

/** The rule of rectifiers. Zennit: ReLUBetaSmooth. */
export function smoothed(beta = 10): Rule {
  return ({ g, node }, [r]) => {
    const [x] = node.inputs;
    const step = (at: number) => g.op('Sigmoid', [g.mul(g.sub(x!, g.scalar(at)), g.scalar(beta))]);
    const { max } = node.attributes;
    const bounded = typeof max === 'number' && Number.isFinite(max);
    return [g.mul(r!, bounded ? g.sub(step(0), step(max)) : step(0))];
  };
}

/**
 * Relevance [N, C, H, W], signed.
 *
 * @param beta how steep the logistic function is, above 0; default 10
 */
export function betaSmooth({ beta = 10 }: { readonly beta?: number | undefined } = {}) {
  return atRectifiers('beta-smooth', smoothed(beta), { beta });
}

export const entry: MethodEntry = {
  id: 'beta-smooth',
  title: 'Beta-smooth gradient',
  about: "the gradient with softplus for rectifiers: Zennit's BetaSmooth, and ReLU6 too",
  reference: 'Dombrowski et al. 2019, arXiv 1906.07983',
  kind: 'program',
  layer: false,
  options: {
    beta: { default: 10, above: 0, about: 'steepness of the logistic function in place of the step' },
  },
  make: (options: MethodOptions) => betaSmooth(options as { beta?: number }),
};
