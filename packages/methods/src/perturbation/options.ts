/** What the options of methods over regions have in common. */
import { SaliencyError, showShape, type Tensor } from '@regional-saliency/core';
import type { OptionEntry } from '../entry';

/** @param otherwise what is perturbed where nothing is asked for and there are no regions */
export const regionOptions = (otherwise: string): Readonly<Record<string, OptionEntry>> => ({
  grid: {
    default: undefined,
    about: `rows x columns of cells, such as 4x6; default the regions of the study, or ${otherwise}`,
  },
  superpixels: { default: undefined, above: 0, about: 'about how many superpixels (SLIC) instead' },
});

export const seedOption: OptionEntry = { default: 0, about: 'of the random draws, with the image’s content' };

/** Options as they go into results: without those not given, tensors by their shape. */
export function shown(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isTensor(value) ? `given, ${showShape(value.shape)}` : value]),
  );
}

const isTensor = (value: unknown): value is Tensor =>
  typeof value === 'object' && value !== null && 'data' in value && 'shape' in value;

/** @throws SaliencyError `bad-input` unless a count is whole and at least `least` */
export function checkCount(method: string, name: string, count: number, least = 1): void {
  if (Number.isSafeInteger(count) && count >= least) return;
  throw new SaliencyError('bad-input', `${name} of ${method} is a whole number from ${least}, not ${count}`);
}
