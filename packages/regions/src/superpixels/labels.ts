import type { Tensor } from '@regional-saliency/core';

/** A label map: in each place the number of its superpixel, from 0 without gaps. */
export interface LabelTensor extends Tensor {
  readonly data: Int32Array;
  readonly shape: readonly [height: number, width: number];
  readonly dtype: 'int32';
}
