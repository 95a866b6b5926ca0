/**
 * Convolution by our own kernel (`assembly/convolution.ts`): any kernel, stride, dilation and padding. It computes what
 * XNNPACK does, to the last bit on engines without fused products, in two thirds of the time.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Kit, Slot } from '../plan';
import type { Simd } from '../simd';
import { type Pair, padPlane } from './window';

/** Pixels at a time, so that what they read stays in the nearest cache. */
const BLOCK = 64;

/** With fewer channels a place of the kernel is too short to be worth an address: a row of it is one place then. */
const LEAST_CHANNELS = 8;

const NONE: Pair = [0, 0];

/** Columns of weights that are multiplied at once. */
const PANEL = 8;

/** Whether the kernel can do a convolution with weights of this shape, [kh, kw, C, M]. */
export function isDirect([, , , outer]: readonly number[]): boolean {
  return outer! % 4 === 0;
}

/** What surrounds a convolution, and what follows it. */
export interface Around {
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Zeros before and after each axis; none is negative. */
  readonly begins: Pair;
  readonly ends: Pair;
  readonly bias?: Slot | undefined;
  readonly relu?: boolean | undefined;
}

/** The convolution of an [N, H, W, C] image with a constant [kh, kw, C, M] kernel. */
export function direct(
  kit: Kit,
  simd: Simd,
  x: Slot,
  filter: Slot,
  shape: readonly number[],
  around: Around,
): Slot {
  const [kernelHeight, kernelWidth, channels, outer] = shape as [number, number, number, number];
  const { strides, dilations, bias, relu } = around;
  // A row of the kernel is one place where the pixels it reads are neighbours; so the image is padded first.
  const byRows = channels < LEAST_CHANNELS && dilations[1] === 1;
  const input = byRows ? kit.step([x], (image) => padPlane(image, around.begins, around.ends)) : x;
  const [begins, ends] = byRows ? [NONE, NONE] : [around.begins, around.ends];
  const columns = byRows ? 1 : kernelWidth;
  const depth = byRows ? kernelWidth * channels : channels;
  const weights = kit.step([filter], (w) =>
    panelsOf(kit, w, 1, kernelHeight * kernelWidth * channels, outer),
  );
  const zeros = zerosOf(kit, Math.max(depth, outer));
  return kit.step([input, weights, zeros, bias ?? zeros], (image, panels, none, shift) => {
    const [images, height, width] = image!.shape as [number, number, number];
    const sizes = [height, width].map((size, axis) => {
      const reach = ([kernelHeight, kernelWidth][axis]! - 1) * dilations[axis]! + 1;
      return Math.floor((size + begins[axis]! + ends[axis]! - reach) / strides[axis]!) + 1;
    }) as Pair;
    const table = (BLOCK + 3) * kernelHeight * columns;
    const inputs = [image!, panels!, none!, shift!];
    return simd.make(inputs, [images, ...sizes, outer], [table], (out, [from, w, zero, b], [addresses]) =>
      simd.kernels.convolve(
        ...[from!, images, height, width, channels, depth, zero!, addresses!, w!, outer, b!, out, ...sizes],
        ...[kernelHeight, columns, ...strides, ...dilations, ...begins, BLOCK, leastOf(relu)],
      ),
    );
  });
}

/** As many zeros, kept: what stands for places outside the image, and for a bias that isn't there. */
export function zerosOf(kit: Kit, count: number): Slot {
  return kit.step([], () => kit.target.arrays!.make([], [count], 'float32', () => {}));
}

/** The least value that a result may have. */
export function leastOf(relu: boolean | undefined): number {
  return relu ? 0 : Number.NEGATIVE_INFINITY;
}

/** Matrices [count, depth, outer] as panels of eight columns, [count, outer / 8, depth, 8], the last filled up with zeros. */
export function panelsOf(
  kit: Kit,
  matrices: tf.Tensor,
  count: number,
  depth: number,
  outer: number,
): tf.Tensor {
  const panels = Math.ceil(outer / PANEL);
  return kit.target.arrays!.make([matrices], [count, panels, depth, PANEL], 'float32', (out, w) => {
    for (let row = 0, from = 0; row < count * depth; row++) {
      const matrix = Math.floor(row / depth);
      for (let column = 0; column < outer; column++, from++) {
        const panel = matrix * panels + Math.floor(column / PANEL);
        out[(panel * depth + (row % depth)) * PANEL + (column % PANEL)] = w![from]!;
      }
    }
  });
}
