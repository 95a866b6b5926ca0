import type { Reduction } from './reduction';

/** The signed sum Σ r, which keeps the total of methods that conserve relevance. Channels may cancel. */
export const sum: Reduction = (channels) => channels.reduce((total, value) => total + value, 0);
