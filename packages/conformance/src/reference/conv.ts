/** Convolutions in one to three dimensions (or more), each by its defining sum. */
import { sizeOf, type Window, windowOf } from '@regional-saliency/core';
import { type Kernel, numberOf, numbersOf, single } from './kernel';
import type { Values } from './values';
import { placesOf, windowCounts } from './windows';

/**
 * Visits every product of a convolution: `visit(far, near, weight)` with flat positions in the tensor that the windows
 * slide over (`far`, [N, groups·C, …spatial]), in the tensor with one place a window (`near`, [N, M, …out]), and in the
 * weights [M, C, …kernel].
 */
function eachProduct(
  batch: number,
  group: number,
  weights: readonly number[],
  spatial: readonly number[],
  window: Window,
  out: readonly number[],
  visit: (far: number, near: number, weight: number) => void,
): void {
  const { at, kernelSize } = placesOf(spatial, window, out);
  const [m, c] = weights as [number, number];
  const area = sizeOf(spatial);
  const windows = sizeOf(out);
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < m; row++) {
      const firstChannel = Math.floor(row / (m / group)) * c;
      for (let column = 0; column < c; column++) {
        const plane = (n * c * group + firstChannel + column) * area;
        for (let w = 0; w < windows; w++) {
          for (let k = 0; k < kernelSize; k++) {
            const place = at[w * kernelSize + k]!;
            if (place >= 0)
              visit(plane + place, (n * m + row) * windows + w, (row * c + column) * kernelSize + k);
          }
        }
      }
    }
  }
}

/** The bias of each channel everywhere, or zeros. */
function startFrom(shape: readonly number[], bias: Values | undefined): Float64Array {
  const data = new Float64Array(sizeOf(shape));
  if (!bias) return data;
  const area = sizeOf(shape.slice(2));
  for (let at = 0; at < data.length; at++) data[at] = bias.data[Math.floor(at / area) % shape[1]!]!;
  return data;
}

/** out[w] = bias + Σ x[place(w, k)] · weight[k] */
const Conv: Kernel = single(([x, weights, bias], node) => {
  const [n, , ...spatial] = x!.shape as [number, number, ...number[]];
  const window = windowOf(node.attributes);
  const out = windowCounts(spatial, window, false);
  const shape = [n, weights!.shape[0]!, ...out];
  const data = startFrom(shape, bias);
  const group = numberOf(node, 'group');
  eachProduct(n, group, weights!.shape, spatial, window, out, (far, near, weight) => {
    data[near]! += x!.data[far]! * weights!.data[weight]!;
  });
  return { shape, data };
});

/** out[place(w, k)] += r[w] · weight[k]: what a convolution gathered, scattered back. */
function scattered(
  r: Values,
  weights: Values,
  group: number,
  spatial: readonly number[],
  window: Window,
  bias: Values | undefined,
): Values {
  const [n, , ...out] = r.shape as [number, number, ...number[]];
  const shape = [n, weights.shape[1]! * group, ...spatial];
  const data = startFrom(shape, bias);
  eachProduct(n, group, weights.shape, spatial, window, out, (far, near, weight) => {
    data[far]! += r.data[near]! * weights.data[weight]!;
  });
  return { shape, data };
}

const ConvGrad: Kernel = single(([r, weights], node) =>
  scattered(
    r!,
    weights!,
    numberOf(node, 'group'),
    numbersOf(node, 'spatial'),
    windowOf(node.attributes),
    undefined,
  ),
);

/** The same scattering as an operator of its own; its output sizes follow from the input's. */
const ConvTranspose: Kernel = single(([x, weights, bias], node) => {
  const window = windowOf(node.attributes);
  const extra = numbersOf(node, 'output_padding');
  const rank = window.kernel.length;
  const spatial = x!.shape.slice(2).map((size, axis) => {
    const reach = (window.kernel[axis]! - 1) * window.dilations[axis]! + 1;
    const pad = window.pads[axis]! + window.pads[axis + rank]!;
    return (size - 1) * window.strides[axis]! + reach + extra[axis]! - pad;
  });
  return scattered(x!, weights!, numberOf(node, 'group'), spatial, window, bias);
});

export const conv: Record<string, Kernel> = { Conv, ConvGrad, ConvTranspose };
