import type { Reduction } from './reduction';

/**
 * The strongest channel: max |r|, the saliency map of K. Simonyan, A. Vedaldi and A. Zisserman, 2014, Deep inside
 * convolutional networks, arXiv:1312.6034.
 */
export const maxAbs: Reduction = (channels) =>
  channels.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
