export { type FelzenszwalbOptions, felzenszwalb } from './felzenszwalb';
export type { LabelTensor } from './labels';
export { type SlicOptions, slic } from './slic';
