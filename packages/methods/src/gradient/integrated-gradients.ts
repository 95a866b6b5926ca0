/**
 * Integrated gradients: the gradient averaged along the straight line from a baseline to the image, times their
 * difference. It sums to the score at the image minus the score at the baseline, as far as the steps catch the integral.
 *
 * Sundararajan, Taly, Yan 2017, "Axiomatic Attribution for Deep Networks", arXiv 1703.01365. Captum: IntegratedGradients
 * with the method of the same name; Zennit: IntegratedGradients.
 */
import { type Method, SaliencyError } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { describeBaseline, type PathBaseline, pathBaseline } from './baseline';
import { checkWhole } from './noise';
import { pathIntegral } from './path-integral';
import { type PathMethod, pathMethods, stepsOf } from './steps';

export interface IntegratedGradientsOptions {
  /** How many places of the line are looked at. Default 20. */
  readonly n?: number | undefined;
  /** Which places, and how much each counts. Default gausslegendre. */
  readonly method?: PathMethod | undefined;
  /** Where the line begins. Default zero. */
  readonly baseline?: PathBaseline | undefined;
}

/** Relevance [N, C, H, W], signed. */
export function integratedGradients(options: IntegratedGradientsOptions = {}): Method {
  const { n = 20, method = 'gausslegendre', baseline = 'zero' } = options;
  checkWhole('integrated-gradients', 'n', n, method === 'riemann-trapezoid' ? 2 : 1);
  if (!pathMethods.includes(method)) {
    throw new SaliencyError(
      'bad-input',
      `method of integrated-gradients is one of ${pathMethods.join(', ')}, not "${method}"`,
    );
  }
  return {
    id: 'integrated-gradients',
    options: { n, method, baseline: describeBaseline(baseline) },
    build: (context) =>
      pathIntegral(context, (input) => pathBaseline(context.g, input, baseline), stepsOf(method, n)),
  };
}

export const entry: MethodEntry = {
  id: 'integrated-gradients',
  title: 'Integrated gradients',
  about: 'the gradient along the way from a baseline: IntegratedGradients of Captum and of Zennit',
  reference: 'Sundararajan et al. 2017, arXiv 1703.01365',
  kind: 'program',
  layer: false,
  options: {
    n: { default: 20, above: 0, about: 'how many places of the line are looked at' },
    method: {
      default: 'gausslegendre',
      choices: pathMethods,
      about: 'which places, and how much each counts',
    },
    baseline: {
      default: undefined,
      about: 'where the line begins: zero (default), mean, blur or a number',
    },
  },
  make: (options) => integratedGradients(options as IntegratedGradientsOptions),
};
