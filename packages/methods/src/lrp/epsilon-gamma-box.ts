/** The method `lrp-epsilon-gamma-box`. */
import { SaliencyError } from '@regional-saliency/core';
import type { MethodEntry, OptionValue } from '../entry';
import { epsilonGammaBox } from './composites/epsilon-gamma-box';
import { lrp } from './lrp';
import { type LrpOptions, lrpEntries, withBias } from './options';
import type { Bound, Box } from './rules/z-box';

export interface GammaBoxOptions extends LrpOptions, Box {
  /** The γ of convolutions behind the first. Default 0.25, as in Zennit. */
  readonly gamma?: number | undefined;
}

/**
 * Relevance [N, C, H, W].
 *
 * `low` and `high` are the lowest and highest values that the network's input can have (after normalisation), for all
 * channels or one a channel; left out, those of each channel of the image at hand.
 */
export function lrpEpsilonGammaBox(options: GammaBoxOptions = {}) {
  const { low, high, epsilon = 1e-6, gamma = 0.25, bias = true } = options;
  const composite = epsilonGammaBox({ low, high }, { epsilon, gamma });
  return lrp('lrp-epsilon-gamma-box', withBias(composite, bias), { low, high, epsilon, gamma, bias });
}

const bound = (which: string) => ({
  default: undefined,
  about: `the ${which} value of the network's input, or one a channel ("-2.1,-2,-1.8"); left out: of the image's channel`,
});

export const entry: MethodEntry = {
  id: 'lrp-epsilon-gamma-box',
  title: 'LRP EpsilonGammaBox',
  about: "zᴮ at the first convolution, γ in others, ε in dense layers: Zennit's EpsilonGammaBox",
  reference: 'Montavon et al. 2019, doi 10.1007/978-3-030-28954-6_10',
  kind: 'program',
  layer: false,
  conserves: true,
  options: {
    low: bound('lowest'),
    high: bound('highest'),
    gamma: { default: 0.25, above: 0, about: 'the gamma of convolutions behind the first' },
    ...lrpEntries,
  },
  make: ({ low, high, ...rest }) =>
    lrpEpsilonGammaBox({ ...rest, low: parsed('low', low), high: parsed('high', high) }),
};

/** A bound as the command line has it: a number, or numbers with commas between. */
function parsed(name: string, value: OptionValue | undefined): Bound | undefined {
  if (value === undefined || typeof value === 'number') return value;
  const numbers = String(value)
    .split(',')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (numbers.every(Number.isFinite)) return numbers.length === 1 ? numbers[0] : numbers;
  throw new SaliencyError(
    'bad-input',
    `${name} of lrp-epsilon-gamma-box is a number, or one a channel with commas between, not "${value}"`,
  );
}
