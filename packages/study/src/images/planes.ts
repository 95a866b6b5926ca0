/** Channels first, as the project's tensors are. */
import type { Tensor } from '@regional-saliency/core';
import type { Picture } from './decode';

/** A picture as a tensor float32 [C, H, W] of the values it stores. */
export function planes({ width, height, channels, data }: Picture): Tensor {
  const size = width * height;
  const values = new Float32Array(data.length);
  data.forEach((value, at) => {
    values[(at % channels) * size + Math.floor(at / channels)] = value;
  });
  return { data: values, shape: [channels, height, width], dtype: 'float32' };
}
