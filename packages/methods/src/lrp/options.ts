/** The options that methods of LRP share. */
import type { OptionEntry } from '../entry';
import { withoutBias } from './basic';
import type { Composite } from './context';

export interface BiasOption {
  /** Whether biases take a part of the relevance; default true. Without, Zennit's `zero_params='bias'`. */
  readonly bias?: boolean | undefined;
}

export interface LrpOptions extends BiasOption {
  /** The ε of dense layers. Default 1e-6, as in Zennit. */
  readonly epsilon?: number | undefined;
}

export const biasEntry: OptionEntry = {
  default: true,
  choices: [true, false],
  about: 'whether biases take a part of the relevance',
};

export const lrpEntries: Readonly<Record<string, OptionEntry>> = {
  epsilon: { default: 1e-6, above: 0, about: 'the epsilon of dense layers' },
  bias: biasEntry,
};

/** The composite as it is, or with biases left out of every sum. */
export function withBias(composite: Composite, bias: boolean): Composite {
  if (bias) return composite;
  return (node, position) => {
    const rule = composite(node, position);
    return rule && withoutBias(rule);
  };
}
