/**
 * DeepLIFT with the rescale rule: by how much each input value, changed from a baseline, changed the score.
 *
 * Shrikumar, Greenside, Kundaje 2017, "Learning Important Features Through Propagating Activation Differences", arXiv
 * 1704.02685. Captum: DeepLift. A map sums to the score at the image minus the score at the baseline.
 *
 * A graph has no modules, so models that call one activation twice are explained like any other.
 */
import type { Method } from '@regional-saliency/core';
import type { MethodEntry, OptionEntry } from '../entry';
import { describeBaseline, type PathBaseline, pathBaseline } from '../gradient/baseline';
import { contribution } from './contribution';

export interface DeepLiftOptions {
  /** What the image is compared with. Default zero. */
  readonly baseline?: PathBaseline | undefined;
}

/** Relevance [N, C, H, W], signed. */
export function deepLift({ baseline = 'zero' }: DeepLiftOptions = {}): Method {
  return {
    id: 'deep-lift',
    options: { baseline: describeBaseline(baseline) },
    build: (context) => {
      const { g, input } = context;
      return contribution(context, input, (each) => pathBaseline(g, each, baseline));
    },
  };
}

export const baselineOption: OptionEntry = {
  default: undefined,
  about: 'what the image is compared with: zero (default), mean, blur or a number',
};

export const entry: MethodEntry = {
  id: 'deep-lift',
  title: 'DeepLIFT (rescale)',
  about:
    "the score's change from a baseline, rescale rule: Captum's DeepLift, and models that call a ReLU twice",
  reference: 'Shrikumar et al. 2017, arXiv 1704.02685',
  kind: 'program',
  layer: false,
  options: { baseline: baselineOption },
  make: (options) => deepLift(options as DeepLiftOptions),
};
