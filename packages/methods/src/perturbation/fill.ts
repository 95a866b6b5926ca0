/** What a place shows whose feature is taken away. */
import { SaliencyError, sizeOf, type Tensor } from '@regional-saliency/core';
import { gaussianMatrix } from '../gradient/baseline';

/**
 * `zero`: 0 in the values that the model takes (the mean colour, where images are normalised). `mean`: each channel's mean of
 * the image. `blur`: the image through a Gaussian of 10 pixels at 224, as much of the size at others. An image of
 * [C, H, W] or [1, C, H, W] shows its own place: one of another group, say.
 */
export type Fill = 'zero' | 'mean' | 'blur' | Tensor;

export const fills = ['zero', 'mean', 'blur'] as const;

/** @returns [C, H, W], what an image without any of its features shows */
export function filling(fill: Fill, image: Tensor): Float32Array {
  const [, channels, height, width] = image.shape as [number, number, number, number];
  const own = image.data as Float32Array;
  if (typeof fill !== 'string') {
    if (fill.data.length !== own.length || sizeOf(fill.shape.slice(-3)) !== own.length) {
      throw new SaliencyError(
        'bad-input',
        `the image to fill with is [${fill.shape.join(', ')}], but these are [${image.shape.join(', ')}]`,
      );
    }
    return Float32Array.from(fill.data as Float32Array, Number);
  }
  const filled = new Float32Array(own.length);
  if (fill === 'zero') return filled;
  const size = height * width;
  for (let channel = 0; channel < channels; channel++) {
    const plane = own.subarray(channel * size, (channel + 1) * size);
    if (fill === 'mean') {
      const mean = plane.reduce((sum, value) => sum + value, 0) / size;
      filled.fill(mean, channel * size, (channel + 1) * size);
    } else filled.set(blurred(plane, height, width), channel * size);
  }
  return filled;
}

/** Along rows, then columns; at the edges the weights are those of the pixels that exist. */
function blurred(plane: Float32Array, height: number, width: number): Float64Array {
  const product = (
    matrix: Float32Array,
    from: ArrayLike<number>,
    sizes: readonly [number, number, number],
  ) => {
    const [rows, inner, columns] = sizes;
    const to = new Float64Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let at = 0; at < inner; at++) {
        const weight = matrix[row * inner + at]!;
        for (let column = 0; column < columns; column++) {
          to[row * columns + column]! += weight * from[at * columns + column]!;
        }
      }
    }
    return to;
  };
  const transposed = (from: ArrayLike<number>, rows: number, columns: number) =>
    Float64Array.from(
      { length: rows * columns },
      (_, at) => from[(at % rows) * columns + Math.floor(at / rows)]!,
    );
  const down = product(gaussianMatrix(height), plane, [height, height, width]);
  const right = product(gaussianMatrix(width), transposed(down, height, width), [width, width, height]);
  return transposed(right, width, height);
}
