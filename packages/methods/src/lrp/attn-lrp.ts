/** The method `attn-lrp`. */
import type { MethodEntry } from '../entry';
import { attention } from './composites/attention';
import { lrp } from './lrp';
import { type BiasOption, biasEntry, withBias } from './options';
import { gamma } from './rules/gamma';

export interface AttnLrpOptions extends BiasOption {
  /** The γ of dense layers, 0 (the ε-rule) or more. Default 0.05. */
  readonly gamma?: number | undefined;
  /** The γ of convolutions (the patches). Default 0.25. */
  readonly convolutionGamma?: number | undefined;
}

/** Relevance [N, C, H, W], signed. */
export function attnLrp(options: AttnLrpOptions = {}) {
  const { gamma: dense = 0.05, convolutionGamma = 0.25, bias = true } = options;
  const composite = attention({ convolution: gamma(convolutionGamma), dense: gamma(dense) });
  return lrp('attn-lrp', withBias(composite, bias), { gamma: dense, convolutionGamma, bias });
}

export const entry: MethodEntry = {
  id: 'attn-lrp',
  title: 'AttnLRP',
  about: "rules for attention, γ and ε elsewhere: lxt with Zennit's Gamma",
  reference: 'Achtibat et al. 2024, arXiv 2402.05602',
  kind: 'program',
  layer: false,
  options: {
    gamma: { default: 0.05, about: 'the gamma of dense layers; 0 is the epsilon rule' },
    convolutionGamma: { default: 0.25, about: 'the gamma of convolutions' },
    bias: biasEntry,
  },
  make: (options) => attnLrp(options as AttnLrpOptions),
};
