/** Maps in another frame. */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import type { Size } from '../region';
import { type Floats, floatsOf } from '../values';
import { asTensor, type View } from '../view';
import { inverse, type Transform } from './transform';

/**
 * Brings maps [N, H, W] into a frame of height × width pixels. Each pixel of the frame takes the value of the map where the
 * transform comes from, between pixel centres linearly; places outside the map are NaN, so that a mean over images counts
 * those that saw the place.
 *
 * @param transform from the map's coordinates to the frame's, both as fractions of width and height (0 to 1)
 * @returns maps [N, height, width] of the same element type
 * @throws SaliencyError `bad-input` for another shape, a size not of whole pixels, or a transform that flattens the plane
 */
export function warp(maps: Tensor | View, transform: Transform, { height, width }: Size): Floats {
  const { data, shape, dtype } = floatsOf(asTensor(maps), 'a map');
  const [images, rows, columns] = shape as [number, number, number];
  if (shape.length !== 3 || rows === 0 || columns === 0) {
    throw new SaliencyError('bad-input', `maps have shape [N, H, W], not [${shape.join(', ')}]`);
  }
  if (![height, width].every((pixels) => Number.isInteger(pixels) && pixels > 0)) {
    throw new SaliencyError('bad-input', `a frame can't have ${height} × ${width} pixels`);
  }
  const [a, b, c, d, e, f] = inverse(transform);
  const size = images * height * width;
  const moved = dtype === 'float64' ? new Float64Array(size) : new Float32Array(size);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [u, v] = [(column + 0.5) / width, (row + 0.5) / height];
      const [x, y] = [a * u + b * v + c, d * u + e * v + f];
      const outside = !(x >= 0 && x <= 1 && y >= 0 && y <= 1);
      const across = between(x, columns);
      const down = between(y, rows);
      for (let image = 0; image < images; image++) {
        const place = (image * height + row) * width + column;
        if (outside) {
          moved[place] = Number.NaN;
          continue;
        }
        const at = (r: number, s: number) => data[(image * rows + r) * columns + s]!;
        const above = mix(at(down.before, across.before), at(down.before, across.after), across.weight);
        const below = mix(at(down.after, across.before), at(down.after, across.after), across.weight);
        moved[place] = mix(above, below, down.weight);
      }
    }
  }
  return { data: moved, shape: [images, height, width], dtype };
}

/** The two pixels whose centres a place lies between, and the weight of the second. */
function between(place: number, count: number) {
  const position = Math.min(Math.max(place * count - 0.5, 0), count - 1);
  const before = Math.floor(position);
  return { before, after: Math.min(before + 1, count - 1), weight: position - before };
}

const mix = (a: number, b: number, weight: number) => a * (1 - weight) + b * weight;

/**
 * The mean over images of maps [N, H, W] in one frame, NaN left out.
 *
 * @returns `mean` [H, W], NaN where no image has a value, and `count` [H, W], how many have
 */
export function meanMap(maps: Tensor | View): { mean: Floats; count: Tensor } {
  const { data, shape } = floatsOf(asTensor(maps), 'a map');
  const [images, height, width] = shape as [number, number, number];
  if (shape.length !== 3) {
    throw new SaliencyError('bad-input', `maps have shape [N, H, W], not [${shape.join(', ')}]`);
  }
  const pixels = height * width;
  const mean = new Float64Array(pixels);
  const count = new Int32Array(pixels);
  for (let image = 0; image < images; image++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const value = data[image * pixels + pixel]!;
      if (Number.isNaN(value)) continue;
      count[pixel]!++;
      mean[pixel]! += (value - mean[pixel]!) / count[pixel]!;
    }
  }
  for (let pixel = 0; pixel < pixels; pixel++) if (count[pixel] === 0) mean[pixel] = Number.NaN;
  return {
    mean: { data: mean, shape: [height, width], dtype: 'float64' },
    count: { data: count, shape: [height, width], dtype: 'int32' },
  };
}
