/**
 * Convolution with a 3×3 kernel and stride 1 by our own kernel (`assembly/winograd.ts`), in 16 multiplications where
 * there are 36: F(2×2, 3×3). Here are the kernels' transform, once at load, and the call.
 *
 * S. Winograd 1980, "Arithmetic Complexity of Computations", doi 10.1137/1.9781611970364; for networks A. Lavin and
 * S. Gray 2016, "Fast Algorithms for Convolutional Neural Networks", doi 10.1109/CVPR.2016.435.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Arrays } from '../arrays';
import type { Kit, Slot } from '../plan';
import type { Simd } from '../simd';
import { type Around, leastOf, panelsOf, zerosOf } from './direct';
import { type Pair, product } from './window';

/** Places of a transformed tile. */
const PLACES = 16;

/** Tiles at a time, so that they stay in the cache from one transform to the other. */
const BLOCK = 64;

/** Fewer channels than this, in or out, and the transforms cost what the products save. */
const LEAST_CHANNELS = 20;

/** Whether a convolution with weights of this shape, [kh, kw, C, M], gains from it. */
export function winogradPays(
  [height, width, channels, outer]: readonly number[],
  { strides, dilations }: Around,
): boolean {
  const fits = [channels, outer].every((count) => count! >= LEAST_CHANNELS && count! % 4 === 0);
  return fits && height === 3 && width === 3 && product([...strides, ...dilations]) === 1;
}

/** The convolution of an [N, H, W, C] image with a constant [3, 3, C, M] kernel, at stride 1. */
export function winograd(
  kit: Kit,
  simd: Simd,
  x: Slot,
  filter: Slot,
  shape: readonly number[],
  { begins, ends, bias, relu }: Around,
): Slot {
  const [, , channels, outer] = shape as [number, number, number, number];
  const transformed = kit.step([filter], (w) => transformedKernels(w, kit.target.arrays!));
  const weights = kit.step([transformed], (w) => panelsOf(kit, w, PLACES, channels, outer));
  const zeros = zerosOf(kit, Math.max(channels, outer));
  return kit.step([x, weights, zeros, bias ?? zeros], (image, panels, none, shift) => {
    const [images, height, width] = image!.shape as [number, number, number];
    const sizes: Pair = [height + begins[0] + ends[0] - 2, width + begins[1] + ends[1] - 2];
    const scratch = [BLOCK + 3, PLACES * BLOCK * channels, PLACES * BLOCK * outer];
    const inputs = [image!, panels!, none!, shift!];
    return simd.make(inputs, [images, ...sizes, outer], scratch, (out, [from, w, zero, b], pieces) =>
      simd.kernels.winograd(
        ...[from!, images, height, width, channels, zero!, ...pieces, w!, outer, b!, out, ...sizes],
        ...[...begins, BLOCK, leastOf(relu)],
      ),
    );
  });
}

/** G·g·Gᵀ for each kernel g, with G = [1 0 0; ½ ½ ½; ½ -½ ½; 0 0 1]: [3, 3, C, M] to [16, C, M]. */
function transformedKernels(filter: tf.Tensor, arrays: Arrays): tf.Tensor {
  const [, , channels, outer] = filter.shape as [number, number, number, number];
  const size = channels * outer;
  return arrays.make([filter], [PLACES, channels, outer], 'float32', (out, w) => {
    const rows = new Float64Array(12);
    for (let i = 0; i < size; i++) {
      for (let column = 0; column < 3; column++) {
        const [a, b, c] = [
          w![column * size + i]!,
          w![(3 + column) * size + i]!,
          w![(6 + column) * size + i]!,
        ];
        rows[column] = a;
        rows[3 + column] = (a + b + c) / 2;
        rows[6 + column] = (a - b + c) / 2;
        rows[9 + column] = c;
      }
      for (let row = 0; row < 4; row++) {
        const [a, b, c] = [rows[row * 3]!, rows[row * 3 + 1]!, rows[row * 3 + 2]!];
        const at = row * 4 * size + i;
        out[at] = a;
        out[at + size] = (a + b + c) / 2;
        out[at + 2 * size] = (a - b + c) / 2;
        out[at + 3 * size] = c;
      }
    }
  });
}
