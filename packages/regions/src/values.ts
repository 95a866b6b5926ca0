/** The one check that maps pass before anything is computed with them: real numbers, not bit patterns. */
import { SaliencyError, type Tensor } from '@regional-saliency/core';

export interface Floats extends Tensor {
  readonly data: Float32Array | Float64Array;
  readonly dtype: 'float32' | 'float64';
}

/** @throws SaliencyError `bad-input` where the elements are neither float32 nor float64 */
export function floatsOf(tensor: Tensor, what: string): Floats {
  if (tensor.data instanceof Float32Array || tensor.data instanceof Float64Array) return tensor as Floats;
  throw new SaliencyError(
    'bad-input',
    `${what} must be float32 or float64, not ${tensor.dtype}: convert it first`,
  );
}
