import type { Reduction } from './reduction';
import { sum } from './sum';

/** What speaks for the target: the positive part of the pixel's signed sum, max(0, Σ r). */
export const positive: Reduction = (channels) => Math.max(0, sum(channels));
