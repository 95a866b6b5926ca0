/**
 * DeepLIFT averaged over a set of baselines, which approximates Shapley values against that set.
 *
 * Lundberg, Lee 2017, "A Unified Approach to Interpreting Model Predictions", arXiv 1705.07874. Captum: DeepLiftShap. A map
 * sums to the score at the image minus the mean score of the baselines.
 */
import { type Method, SaliencyError } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { type Baseline, describeBaseline } from './baseline';
import { contribution } from './contribution';

export interface DeepLiftShapOptions {
  /** At least one; the program holds them. Images from the study's own data, as a rule. */
  readonly baselines: readonly Baseline[];
}

/** Relevance [N, C, H, W], signed. */
export function deepLiftShap({ baselines }: DeepLiftShapOptions): Method {
  if (baselines.length === 0) {
    throw new SaliencyError('bad-input', 'deep-lift-shap needs at least one baseline to compare with');
  }
  return {
    id: 'deep-lift-shap',
    options: { baselines: baselines.map(describeBaseline) },
    build: (context) => {
      const { g, input } = context;
      const maps = baselines.map((baseline) => contribution(context, input, baseline));
      return g.div(
        maps.reduce((sum, map) => g.add(sum, map)),
        g.scalar(maps.length, input.dtype),
      );
    },
  };
}

/** Numbers as the prompt gives them: `0,0.5,1`. */
function numbersOf(text: string): number[] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (numbers.every(Number.isFinite)) return numbers;
  throw new SaliencyError(
    'bad-input',
    `baselines of deep-lift-shap are numbers with commas between, as in "0,0.5,1", not "${text}"`,
  );
}

export const entry: MethodEntry = {
  id: 'deep-lift-shap',
  title: 'DeepLIFT over several baselines',
  reference: 'Lundberg and Lee 2017, arXiv 1705.07874',
  kind: 'program',
  layer: false,
  options: {
    baselines: {
      default: '0,0.5,1',
      about: 'grey levels that the image is compared with, commas between; images can be given in code',
    },
  },
  make: ({ baselines }) => deepLiftShap({ baselines: numbersOf(String(baselines)) }),
};
