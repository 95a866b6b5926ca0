/** Maps at another resolution, by bilinear interpolation. */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import type { Size } from './region';
import { type Floats, floatsOf } from './values';
import { asTensor, type View } from './view';

/**
 * Resizes maps [N, H, W] to [N, height, width]. Samples lie at pixel centres, and beyond the outermost centres
 * the border's value holds (PyTorch's `interpolate` with `align_corners=False`). Values are interpolated, so a
 * mean hardly changes but a sum grows with the number of pixels. Nothing is smoothed on the way down.
 *
 * @returns maps of the same element type, or the given ones where they have that size already
 * @throws SaliencyError `bad-input` for another shape, or a size that is not of whole pixels
 */
export function resize(maps: Tensor | View, { height, width }: Size): Floats {
  const tensor = floatsOf(asTensor(maps), 'a map');
  const { data, shape, dtype } = tensor;
  const [images, rows, columns] = shape as [number, number, number];
  if (shape.length !== 3 || rows === 0 || columns === 0) {
    throw new SaliencyError('bad-input', `maps have shape [N, H, W], not [${shape.join(', ')}]`);
  }
  if (![height, width].every((pixels) => Number.isInteger(pixels) && pixels > 0)) {
    throw new SaliencyError('bad-input', `a map can't be resized to ${height} × ${width} pixels`);
  }
  if (height === rows && width === columns) return tensor;
  const size = images * height * width;
  const resized = dtype === 'float64' ? new Float64Array(size) : new Float32Array(size);
  const vertical = samples(height, rows);
  const horizontal = samples(width, columns);
  let place = 0;
  for (let image = 0; image < images; image++) {
    const start = image * rows * columns;
    for (const y of vertical) {
      const above = start + y.before * columns;
      const below = start + y.after * columns;
      for (const x of horizontal) {
        const upper = mix(data[above + x.before]!, data[above + x.after]!, x.weight);
        const lower = mix(data[below + x.before]!, data[below + x.after]!, x.weight);
        resized[place++] = mix(upper, lower, y.weight);
      }
    }
  }
  return { data: resized, shape: [images, height, width], dtype };
}

/** The two source pixels that each of `count` pixels lies between, and the weight of the second. */
function samples(count: number, source: number) {
  return Array.from({ length: count }, (_, pixel) => {
    const position = Math.min(Math.max(((pixel + 0.5) * source) / count - 0.5, 0), source - 1);
    const before = Math.floor(position);
    return { before, after: Math.min(before + 1, source - 1), weight: position - before };
  });
}

const mix = (a: number, b: number, weight: number) => a * (1 - weight) + b * weight;
