import type { Reduction } from './reduction';

/** How much relevance there is, of either sign: Σ |r|. Where channels disagree, nothing cancels. */
export const sumAbs: Reduction = (channels) => channels.reduce((sum, value) => sum + Math.abs(value), 0);
