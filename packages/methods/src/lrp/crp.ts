/** The method `crp`: EpsilonPlusFlat under the condition that relevance passes some channels of a layer. */
import { type Method, SaliencyError } from '@regional-saliency/core';
import type { MethodEntry, OptionValue } from '../entry';
import { epsilonPlusFlat } from './composites/epsilon-plus';
import { conditioned } from './conditioned';
import { lrp } from './lrp';
import { type LrpOptions, lrpEntries, withBias } from './options';

export interface CrpOptions extends LrpOptions {
  readonly layer: string;
  readonly channels: readonly number[];
}

/** Relevance [N, C, H, W], the same in every channel of a place. */
export function crp({ layer, channels, epsilon = 1e-6, bias = true }: CrpOptions) {
  const composite = conditioned(epsilonPlusFlat(epsilon), { [layer]: channels });
  return lrp('crp', withBias(composite, bias), { layer, channels, epsilon, bias });
}

export const entry: MethodEntry = {
  id: 'crp',
  title: 'Concept relevance (CRP)',
  about: 'EpsilonPlusFlat through chosen channels of a layer',
  reference: 'Achtibat et al. 2023, doi 10.1038/s42256-023-00711-8',
  kind: 'program',
  layer: true,
  options: {
    channels: {
      default: undefined,
      about: 'the channels of the layer that relevance may pass, such as "4,17"',
    },
    ...lrpEntries,
  },
  make: ({ layer, channels, ...rest }) => {
    if (layer === undefined || channels === undefined) return incomplete;
    return crp({ ...rest, layer, channels: parsed(channels) });
  },
};

/** What there is to ask about has no default. */
const incomplete: Method = {
  id: 'crp',
  options: {},
  build: () => {
    throw new SaliencyError(
      'bad-input',
      'crp needs a layer and the channels of it to look at, such as "4,17"',
    );
  },
};

function parsed(channels: OptionValue): number[] {
  const numbers = String(channels)
    .split(',')
    .map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (numbers.every(Number.isInteger)) return numbers;
  throw new SaliencyError('bad-input', `channels of crp are indices with commas between, not "${channels}"`);
}
