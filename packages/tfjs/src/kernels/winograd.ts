/**
 * Convolution with a 3×3 kernel and stride 1 in 16 multiplications where there are 36: F(2×2, 3×3).
 *
 * Each 2×2 tile of the result depends on a 4×4 tile of the image. Both image tiles and kernels are transformed so that
 * convolving becomes multiplying place by place: summed over channels, 16 matrix products, which XNNPACK does. The
 * transforms only add, subtract and halve: with 128 channels they take as long as the products, with 512 a fifth of it.
 *
 * S. Winograd 1980, "Arithmetic Complexity of Computations", doi 10.1137/1.9781611970364; for networks A. Lavin and
 * S. Gray 2016, "Fast Algorithms for Convolutional Neural Networks", doi 10.1109/CVPR.2016.435.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Arrays, Elements } from '../arrays';
import type { Kit, Slot } from '../plan';
import type { Pair } from './window';

/** Places of a transformed tile. */
const PLACES = 16;

/** XNNPACK multiplies four rows at once, and takes as long for one left over as for twenty (256 channels). */
const ROWS = 4;

/** Fewer channels than this, in or out, and the transforms cost more than the products save. */
const LEAST_CHANNELS = 96;

/** Whether a kernel of this shape, [kh, kw, C, M], gains from it. */
export function winogradPays([height, width, channels, outer]: readonly number[]): boolean {
  return height === 3 && width === 3 && Math.min(channels!, outer!) >= LEAST_CHANNELS;
}

/**
 * The convolution of an [N, H, W, C] image with a constant [3, 3, C, M] kernel, at stride 1.
 *
 * @param pads how many zeros go before and after each axis of the image; none is negative
 */
export function winograd(
  kit: Kit,
  arrays: Arrays,
  x: Slot,
  filter: Slot,
  pads: readonly Pair[],
  { bias, relu }: { bias?: Slot | undefined; relu?: boolean },
): Slot {
  const kernels = kit.step([filter], (w) => transformedKernels(w, arrays));
  const places = Array.from({ length: PLACES }, (_, place) =>
    kit.step([kernels], (all) => kernelOf(all, place, arrays)),
  );
  const slots = bias ? [x, ...places, bias] : [x, ...places];
  return kit.step(slots, (image, ...others) => {
    const shift = bias ? others[PLACES] : undefined;
    const grid = gridOf(image!, pads);
    const tiles = transformedTiles(image!, grid, arrays);
    const products = others.slice(0, PLACES).map((kernel, place) => {
      return tf.conv2d(tiles[place] as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'valid');
    });
    return resultOf(products, shift, relu === true, grid, arrays);
  });
}

/** How tiles cover an image. */
interface Grid {
  readonly images: number;
  readonly channels: number;
  /** Sizes of the image and of the result. */
  readonly sizes: Pair;
  readonly out: Pair;
  readonly begins: Pair;
  /** How many tiles there are a column and a row. */
  readonly counts: Pair;
  /** How many in all images, and zeros after them up to whole `ROWS`. */
  readonly tiles: number;
}

function gridOf({ shape }: tf.Tensor, pads: readonly Pair[]): Grid {
  const [images, height, width, channels] = shape as [number, number, number, number];
  const sizes: Pair = [height, width];
  const begins: Pair = [pads[1]![0], pads[2]![0]];
  const out: Pair = [height + begins[0] + pads[1]![1] - 2, width + begins[1] + pads[2]![1] - 2];
  const counts = out.map((size) => Math.ceil(size / 2)) as Pair;
  const tiles = Math.ceil((images * counts[0] * counts[1]) / ROWS) * ROWS;
  return { images, channels, sizes, out, begins, counts, tiles };
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

/** One place of all kernels, [1, 1, C, M]. Not by `tf.slice`, which copies the whole tensor on wasm for each part of it. */
function kernelOf(kernels: tf.Tensor, place: number, arrays: Arrays): tf.Tensor {
  const [, channels, outer] = kernels.shape as [number, number, number];
  const size = channels * outer;
  return arrays.make([kernels], [1, 1, channels, outer], 'float32', (out, all) =>
    out.set(all!.subarray(place * size, (place + 1) * size)),
  );
}

/**
 * Bᵀ·d·B for each 4×4 tile d, with Bᵀ = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1]: [N, H, W, C] to 16 times [1, 1, tiles, C].
 *
 * One row of tiles at a time: first Bᵀ·d down its four rows, then times B along them.
 */
function transformedTiles(image: tf.Tensor, grid: Grid, arrays: Arrays): tf.Tensor[] {
  const { images, channels, counts, tiles } = grid;
  const width = (2 * counts[1] + 2) * channels;
  const strip = new Float32Array(4 * width);
  return arrays.makeAll(PLACES, [image], [1, 1, tiles, channels], 'float32', (outputs, elements) => {
    for (let at = 0; at < images * counts[0]; at++) {
      fillStrip(strip, elements!, grid, at);
      transformDown(strip, width);
      for (let row = 0; row < 4; row++) {
        const four = outputs.slice(4 * row, 4 * row + 4);
        for (let column = 0; column < counts[1]; column++) {
          const from = row * width + 2 * column * channels;
          transformAlong(four, strip, from, channels, (at * counts[1] + column) * channels);
        }
      }
    }
  });
}

/** The four rows of the image that a row of tiles reads, with the zeros around the image. */
function fillStrip(
  strip: Float32Array,
  elements: Elements,
  { sizes, channels, begins, counts }: Grid,
  at: number,
): void {
  const width = strip.length / 4;
  const image = Math.floor(at / counts[0]);
  const top = 2 * (at % counts[0]) - begins[0];
  const count = Math.min(sizes[1] * channels, width - begins[1] * channels);
  strip.fill(0);
  for (let row = 0; row < 4; row++) {
    const h = top + row;
    if (h < 0 || h >= sizes[0]) continue;
    const from = (image * sizes[0] + h) * sizes[1] * channels;
    strip.set(elements.subarray(from, from + count), row * width + begins[1] * channels);
  }
}

/** Bᵀ times the four rows of a strip, in place. */
function transformDown(strip: Float32Array, width: number): void {
  for (let i = 0; i < width; i++) {
    const a = strip[i]!;
    const b = strip[i + width]!;
    const c = strip[i + 2 * width]!;
    const d = strip[i + 3 * width]!;
    strip[i] = a - c;
    strip[i + width] = b + c;
    strip[i + 2 * width] = c - b;
    strip[i + 3 * width] = b - d;
  }
}

/** Four neighbouring pixels of a row times B, all channels. */
function transformAlong(
  outputs: readonly Elements[],
  row: Float32Array,
  from: number,
  channels: number,
  to: number,
): void {
  const [out0, out1, out2, out3] = outputs as [Elements, Elements, Elements, Elements];
  for (let i = 0; i < channels; i++) {
    const a = row[from + i]!;
    const b = row[from + i + channels]!;
    const c = row[from + i + 2 * channels]!;
    const d = row[from + i + 3 * channels]!;
    out0[to + i] = a - c;
    out1[to + i] = b + c;
    out2[to + i] = c - b;
    out3[to + i] = b - d;
  }
}

/**
 * Aᵀ·m·A for each tile of products m, with Aᵀ = [1 1 1 0; 0 1 -1 -1], and what follows the convolution. One row of tiles
 * at a time: first Aᵀ·m, then times A.
 */
function resultOf(
  products: readonly tf.Tensor[],
  bias: tf.Tensor | undefined,
  relu: boolean,
  { images, out, counts }: Grid,
  arrays: Arrays,
): tf.Tensor {
  const outer = products[0]!.shape[3]!;
  const length = counts[1] * outer;
  const sums = new Float32Array(8 * length);
  const least = relu ? 0 : Number.NEGATIVE_INFINITY;
  const inputs = bias ? [...products, bias] : products;
  return arrays.make(inputs, [images, ...out, outer], 'float32', (result, ...views) => {
    const shift = bias ? views[PLACES]! : new Float32Array(outer);
    for (let at = 0; at < images * counts[0]; at++) {
      for (let column = 0; column < 4; column++) {
        const down = [0, 4, 8, 12].map((first) => views[first + column]!);
        sumDown(sums, down, at * length, length, column);
      }
      const image = Math.floor(at / counts[0]);
      for (const row of [0, 1]) {
        const h = 2 * (at % counts[0]) + row;
        if (h < out[0])
          sumAlong(result, sums, shift, row, length, (image * out[0] + h) * out[1] * outer, out[1], least);
      }
    }
  });
}

/** Aᵀ times one column of the products of a row of tiles. */
function sumDown(
  sums: Float32Array,
  products: readonly Elements[],
  from: number,
  length: number,
  column: number,
): void {
  const [m0, m1, m2, m3] = products as [Elements, Elements, Elements, Elements];
  const upper = column * length;
  const lower = (4 + column) * length;
  for (let i = 0; i < length; i++) {
    const b = m1[from + i]!;
    const c = m2[from + i]!;
    sums[upper + i] = m0[from + i]! + b + c;
    sums[lower + i] = b - c - m3[from + i]!;
  }
}

/** One row of the result: two pixels of each tile, but for what reaches over the edge. */
function sumAlong(
  out: Elements,
  sums: Float32Array,
  bias: Elements,
  row: number,
  length: number,
  to: number,
  width: number,
  least: number,
): void {
  const channels = bias.length;
  const first = 4 * row * length;
  for (let column = 0; column < width; column += 2) {
    const from = first + (column / 2) * channels;
    const left = to + column * channels;
    // Where there is no right pixel it is written over the left one, which is written after it.
    const right = column + 1 < width ? left + channels : left;
    for (let i = 0; i < channels; i++) {
      const a = sums[from + i]!;
      const b = sums[from + i + length]!;
      const c = sums[from + i + 2 * length]!;
      const y1 = b - c - sums[from + i + 3 * length]! + bias[i]!;
      const y0 = a + b + c + bias[i]!;
      out[right + i] = Math.max(y1, least);
      out[left + i] = Math.max(y0, least);
    }
  }
}
