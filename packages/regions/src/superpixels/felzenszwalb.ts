/**
 * Superpixels by merging neighbours that differ no more than their surroundings do.
 *
 * Felzenszwalb and Huttenlocher 2004, "Efficient Graph-Based Image Segmentation", doi 10.1023/B:VISI.0000022288.19776.77, with
 * the parameters of scikit-image's `felzenszwalb`.
 */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import type { View } from '../view';
import type { LabelTensor } from './labels';
import { planesOf, smooth } from './planes';

export interface FelzenszwalbOptions {
  /** How much contrast a segment tolerates; more makes larger ones. In the paper's units, where an image is 0..255. Default 1. */
  readonly scale?: number | undefined;
  /** Pixels of the Gaussian that smooths the image first. Default 0.8. */
  readonly sigma?: number | undefined;
  /** Smaller segments are joined to the neighbour they differ least from. Default 20. */
  readonly minSize?: number | undefined;
  /**
   * The values that count as black and white, since `scale` measures contrast: default the image's own extremes. scikit-image
   * takes floats as they are, which is `[0, 1]`. (On images stretched to -1..1, as the authors of XRAI have them, a scale acts
   * as half of it does here.)
   */
  readonly range?: readonly [low: number, high: number] | undefined;
}

/**
 * Labels [H, W] from 0, in the order of each segment's first pixel; every segment is connected (diagonals count).
 *
 * Two neighbours are joined, those that differ least first, where they differ less than the largest step within each of both
 * segments plus scale / 255 / size. Of equal differences the right neighbours come first, then those below, below to the right
 * and above to the right, row by row.
 *
 * @param image [H, W] or [C, H, W], in any range
 * @throws SaliencyError `bad-input` for another shape, values that are not finite or options out of range
 */
export function felzenszwalb(
  image: Tensor | View,
  { scale = 1, sigma = 0.8, minSize = 20, range }: FelzenszwalbOptions = {},
): LabelTensor {
  if (!(scale >= 0 && minSize >= 0)) {
    throw new SaliencyError(
      'bad-input',
      `scale and minSize of felzenszwalb are numbers from 0, not ${scale} and ${minSize}`,
    );
  }
  const { height, width, channels } = smooth(planesOf(image, range), sigma);
  const { first, second, cost, order } = edgesOf(height, width, channels);

  // A forest of pixels: a root is the first pixel of its segment, so joining keeps the lower one.
  const parent = Int32Array.from({ length: height * width }, (_, pixel) => pixel);
  const size = new Int32Array(height * width).fill(1);
  const largestStep = new Float64Array(height * width);
  const rootOf = (pixel: number) => {
    let root = pixel;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]!]!;
      root = parent[root]!;
    }
    return root;
  };
  const join = (a: number, b: number) => {
    const [root, other] = a < b ? [a, b] : [b, a];
    parent[other] = root;
    size[root]! += size[other]!;
    return root;
  };

  const tolerance = scale / 255;
  const tolerated = (root: number) => largestStep[root]! + tolerance / size[root]!;
  for (const edge of order) {
    const [a, b] = [rootOf(first[edge]!), rootOf(second[edge]!)];
    // Edges come in rising order, so this one is the largest within the joined segment.
    if (a !== b && cost[edge]! < Math.min(tolerated(a), tolerated(b))) largestStep[join(a, b)] = cost[edge]!;
  }
  for (const edge of order) {
    const [a, b] = [rootOf(first[edge]!), rootOf(second[edge]!)];
    if (a !== b && (size[a]! < minSize || size[b]! < minSize)) join(a, b);
  }

  const labels = new Int32Array(height * width);
  let count = 0;
  for (let pixel = 0; pixel < labels.length; pixel++) {
    const root = rootOf(pixel);
    labels[pixel] = root === pixel ? count++ : labels[root]!;
  }
  return { data: labels, shape: [height, width], dtype: 'int32' };
}

/** Pairs of neighbours, the Euclidean distance between their colours, and the pairs in rising order of it. */
function edgesOf(height: number, width: number, channels: readonly Float64Array[]) {
  const inner = (height - 1) * (width - 1);
  const count = height * (width - 1) + (height - 1) * width + 2 * inner;
  const [first, second] = [new Int32Array(count), new Int32Array(count)];
  const cost = new Float64Array(count);
  let edge = 0;
  for (const [down, right] of [
    [0, 1],
    [1, 0],
    [1, 1],
    [-1, 1],
  ] as const) {
    for (let y = down < 0 ? 1 : 0; y < (down > 0 ? height - 1 : height); y++) {
      for (let x = 0; x < width - right; x++) {
        const from = y * width + x;
        const to = from + down * width + right;
        let square = 0;
        for (const plane of channels) square += (plane[to]! - plane[from]!) ** 2;
        first[edge] = from;
        second[edge] = to;
        cost[edge++] = Math.sqrt(square);
      }
    }
  }
  const order = Int32Array.from({ length: count }, (_, at) => at).sort((a, b) => cost[a]! - cost[b]!);
  return { first, second, cost, order };
}
