/**
 * Pooling on channels-last tensors.
 *
 * tfjs's gradient of max pooling is wrong on wasm wherever a window's maximum is not positive, and its pools on node
 * take no explicit pads; so the gradient is a loop over arrays, and pads are written out where they have to be.
 */
import { reachOf } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Elements } from '../arrays';
import { sliceAxis } from '../moves';
import type { Kernel, Kit, Slot } from '../plan';
import type { Simd } from '../simd';
import { depthwise } from './conv';
import {
  channelsOf,
  givePlane,
  type Pair,
  type PlaneWindow,
  padPlane,
  planeInput,
  planeSizes,
  planeWindow,
  product,
} from './window';

export const MaxPool: Kernel = (kit) => {
  const window = fitted(kit);
  const x = planeInput(kit, 0);
  if (kit.isRead(1)) giveIndices(kit, x);
  const slot = kit.step([x], (image) => {
    // tfjs's pools on wasm take floats only.
    const most = maxPool(tf.cast(image, 'float32'), window, kit.target.name === 'tensorflow');
    return tf.cast(most, image.dtype);
  });
  givePlane(kit, slot);
};

/** The node's window with end pads that reach just as far as the last window does (`ceil_mode` lets it hang over). */
function fitted(kit: Kit): PlaneWindow {
  const window = planeWindow(kit.node);
  const sizes = planeSizes(kit.value(0));
  const out = planeSizes(kit.node.outputs[0]!);
  const ends = [0, 1].map((axis) => {
    const reach = reachOf(window.kernel[axis]!, window.dilations[axis]!);
    return Math.max(
      0,
      (out[axis]! - 1) * window.strides[axis]! + reach - sizes[axis]! - window.begins[axis]!,
    );
  }) as Pair;
  return { ...window, ends };
}

/** tfjs's pools know no dilation, and XNNPACK (wasm) refuses a window of one element. */
function isPlain({ kernel, dilations }: PlaneWindow): boolean {
  return product(dilations) === 1 && product(kernel) > 1;
}

function maxPool(x: tf.Tensor, window: PlaneWindow, padFirst: boolean): tf.Tensor {
  const { kernel, strides, dilations, begins, ends } = window;
  const padded = [...begins, ...ends].some((pad) => pad > 0);
  if (isPlain(window) && !(padded && padFirst)) {
    const pads: [Pair, Pair, Pair, Pair] = [
      [0, 0],
      [begins[0], ends[0]],
      [begins[1], ends[1]],
      [0, 0],
    ];
    return tf.maxPool(x as tf.Tensor4D, kernel, strides, padded ? pads : 'valid');
  }
  const wide = padPlane(x, begins, ends, Number.NEGATIVE_INFINITY);
  if (isPlain(window)) return tf.maxPool(wide as tf.Tensor4D, kernel, strides, 'valid');
  const counts = [0, 1].map((axis) => {
    const reach = reachOf(kernel[axis]!, dilations[axis]!);
    return Math.floor((wide.shape[axis + 1]! - reach) / strides[axis]!) + 1;
  }) as Pair;
  let most: tf.Tensor | undefined;
  for (let row = 0; row < kernel[0]; row++) {
    const rows = sliceAxis(wide, 1, row * dilations[0], counts[0], strides[0]);
    for (let column = 0; column < kernel[1]; column++) {
      const here = sliceAxis(rows, 2, column * dilations[1], counts[1], strides[1]);
      most = most ? tf.maximum(most, here) : here;
    }
  }
  return most!;
}

/** Inputs x and r: r goes to the first maximum of each window (or its first NaN), and is summed where windows overlap. */
export const MaxPoolGrad: Kernel = (kit) => {
  const { arrays, simd } = kit.target;
  if (!arrays) throw new Error('it has to be lowered first on a backend whose tensors are not arrays');
  const shape = poolShape(kit, planeSizes(kit.value(1)));
  const slot = kit.step([planeInput(kit, 0), planeInput(kit, 1)], (x, r) => {
    if (simd && shape.channels % 4 === 0) return gradientOf(x, r, shape, simd);
    return arrays.make([x, r], x.shape, 'float32', (gradient, image, relevance) => {
      const places = firstMaxima(image!, shape);
      for (let i = 0; i < places.length; i++) gradient[places[i]!]! += relevance![i]!;
    });
  });
  givePlane(kit, slot);
};

/** The same by our own kernel (`assembly/maxpool.ts`). */
function gradientOf(
  x: tf.Tensor,
  r: tf.Tensor,
  { window, sizes, out, channels }: PoolShape,
  simd: Simd,
): tf.Tensor {
  const { kernel, strides, dilations, begins } = window;
  const images = x.shape[0]!;
  return simd.make([x, r], x.shape, [], (gradient, [image, relevance]) =>
    simd.kernels.maxPoolGradient(
      ...[gradient, image!, relevance!, images, ...sizes, channels, ...out],
      ...[...kernel, ...strides, ...dilations, ...begins],
    ),
  );
}

/** The second output of MaxPool: where each maximum lies, counted over the whole tensor in standard order. */
function giveIndices(kit: Kit, x: Slot): void {
  const { arrays } = kit.target;
  if (!arrays) throw new Error('its second output, Indices, can not be computed there');
  const shape = poolShape(kit, planeSizes(kit.node.outputs[0]!));
  const { channels, sizes, out } = shape;
  const area = product(sizes);
  const slot = kit.step([x], (image) =>
    arrays.make([image], [image.shape[0]!, ...out, channels], 'int32', (indices, elements) => {
      const places = firstMaxima(elements!, shape);
      for (let i = 0; i < places.length; i++) {
        const pixel = Math.floor(places[i]! / channels);
        const n = Math.floor(pixel / area);
        indices[i] = (n * channels + (i % channels)) * area + (pixel % area);
      }
    }),
  );
  givePlane(kit, slot, kit.node, 1);
}

interface PoolShape {
  readonly window: PlaneWindow;
  readonly sizes: Pair;
  readonly out: Pair;
  readonly channels: number;
}

function poolShape(kit: Kit, out: Pair): PoolShape {
  const x = kit.value(0);
  return { window: planeWindow(kit.node), sizes: planeSizes(x), out, channels: channelsOf(x.shape) };
}

/**
 * Where in an [N, H, W, C] array the maximum of each window and channel lies, for each element of the pooled array.
 * Channels are the inner loop, so that memory is read in order.
 */
function firstMaxima(image: Elements, { window, sizes, out, channels }: PoolShape): Int32Array {
  const { kernel, strides, dilations, begins } = window;
  const images = image.length / (product(sizes) * channels);
  const best = new Float32Array(channels);
  const places = new Int32Array(images * product(out) * channels);
  let at = 0;
  for (let n = 0; n < images; n++) {
    for (let row = 0; row < out[0]; row++) {
      for (let column = 0; column < out[1]; column++, at += channels) {
        let first = true;
        for (let kh = 0; kh < kernel[0]; kh++) {
          const h = row * strides[0] - begins[0] + kh * dilations[0];
          if (h < 0 || h >= sizes[0]) continue;
          for (let kw = 0; kw < kernel[1]; kw++) {
            const w = column * strides[1] - begins[1] + kw * dilations[1];
            if (w < 0 || w >= sizes[1]) continue;
            const pixel = ((n * sizes[0] + h) * sizes[1] + w) * channels;
            (first ? startWith : keepLarger)(image, pixel, best, places, at);
            first = false;
          }
        }
      }
    }
  }
  return places;
}

/** The first pixel of a window: its channels are the maxima so far. */
function startWith(image: Elements, pixel: number, best: Float32Array, places: Int32Array, at: number): void {
  for (let c = 0; c < best.length; c++) {
    best[c] = image[pixel + c]!;
    places[at + c] = pixel + c;
  }
}

/** Lets a pixel's channels replace the maxima so far. A NaN wins over every number; of equals the first stays. */
function keepLarger(
  image: Elements,
  pixel: number,
  best: Float32Array,
  places: Int32Array,
  at: number,
): void {
  for (let c = 0; c < best.length; c++) {
    const here = image[pixel + c]!;
    // Not "here > best": that would be false for a NaN.
    if (!(here <= best[c]!) && !Number.isNaN(best[c]!)) {
      best[c] = here;
      places[at + c] = pixel + c;
    }
  }
}

export const AveragePool: Kernel = (kit) => {
  const window = fitted(kit);
  const given = planeWindow(kit.node);
  const sizes = planeSizes(kit.value(0));
  const out = planeSizes(kit.node.outputs[0]!);
  const withPad = kit.node.attributes.count_include_pad === 1;
  const channels = channelsOf(kit.value(0).shape);
  const x = kit.step([planeInput(kit, 0)], (image) => padPlane(image, window.begins, window.ends));
  // Averages over the whole window, zeros included; corrected where fewer places count.
  const average = isPlain(window)
    ? kit.step([x], (image) => tf.avgPool(image as tf.Tensor4D, window.kernel, window.strides, 'valid'))
    : depthwise(kit, x, boxFilter(kit, window.kernel, channels), window.strides, window.dilations, [
        [0, 0],
        [0, 0],
      ]);
  const [rows, columns] = [0, 1].map((axis) =>
    countsAlong(axis as 0 | 1, given, sizes, out, withPad).map((count) => window.kernel[axis]! / count),
  ) as [number[], number[]];
  if ([...rows, ...columns].every((factor) => factor === 1)) return givePlane(kit, average);
  const factor = kit.step([], () =>
    tf.mul(tf.tensor(rows, [1, out[0], 1, 1]), tf.tensor(columns, [1, 1, out[1], 1])),
  );
  givePlane(
    kit,
    kit.step([average, factor], (mean, correction) => tf.mul(mean, correction)),
  );
};

function boxFilter(kit: Kit, kernel: Pair, channels: number): Slot {
  return kit.step([], () => tf.fill([...kernel, channels, 1], 1 / product(kernel)));
}

/** How many places each window averages over, along one axis. */
function countsAlong(axis: 0 | 1, window: PlaneWindow, sizes: Pair, out: Pair, withPad: boolean): number[] {
  const [lowest, end] = withPad ? [-window.begins[axis], sizes[axis] + window.ends[axis]] : [0, sizes[axis]];
  return Array.from({ length: out[axis] }, (_, at) => {
    const start = at * window.strides[axis] - window.begins[axis];
    const places = Array.from({ length: window.kernel[axis] }, (_, k) => start + k * window.dilations[axis]);
    return places.filter((place) => place >= lowest && place < end).length;
  });
}

export const GlobalAveragePool: Kernel = (kit) => {
  const sizes = planeSizes(kit.value(0));
  const slot = kit.step([planeInput(kit, 0)], (x) =>
    product(sizes) === 1 ? tf.clone(x) : tf.avgPool(x as tf.Tensor4D, sizes, 1, 'valid'),
  );
  givePlane(kit, slot);
};

export const GlobalMaxPool: Kernel = (kit) => {
  givePlane(
    kit,
    kit.step([planeInput(kit, 0)], (x) => tf.max(x, [1, 2], true)),
  );
};
