/**
 * Superpixels as clusters of places that are near in the image and in colour.
 *
 * SLIC: Achanta et al. 2012, "SLIC Superpixels Compared to State-of-the-Art Superpixel Methods", doi 10.1109/TPAMI.2012.120, as
 * scikit-image's `slic` does it: the image between its extremes, colours in L*a*b*, connectivity enforced.
 */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import type { View } from '../view';
import { toLab } from './lab';
import type { LabelTensor } from './labels';
import { type Planes, planesOf, smooth } from './planes';

export interface SlicOptions {
  /** About how many superpixels. Default 100. */
  readonly segments?: number | undefined;
  /**
   * How much a step of the grid weighs against colour; more makes squarer superpixels. Default 10 for three channels (L* is
   * 0..100) and 0.1 for others (0..1). scikit-image's default is 10 for all.
   */
  readonly compactness?: number | undefined;
  /** Pixels of a Gaussian that smooths the image first. Default 0, none. */
  readonly sigma?: number | undefined;
  /** At most how often centres are moved. Default 10. */
  readonly iterations?: number | undefined;
}

/**
 * Labels [H, W] from 0; every superpixel is connected by its places' edges. Pieces smaller than half the mean size have gone to
 * a neighbour, so there may be fewer than asked for.
 *
 * @param image [H, W] or [C, H, W], in any range; three channels are taken for red, green and blue
 * @throws SaliencyError `bad-input` for another shape, values that are not finite or options out of range
 */
export function slic(
  image: Tensor | View,
  { segments = 100, compactness, sigma = 0, iterations = 10 }: SlicOptions = {},
): LabelTensor {
  const scaled = planesOf(image);
  const colour = scaled.channels.length === 3;
  const own = compactness ?? (colour ? 10 : 0.1);
  for (const [name, count] of Object.entries({ segments, iterations })) {
    if (Number.isSafeInteger(count) && count >= 1) continue;
    throw new SaliencyError('bad-input', `${name} of slic is a whole number from 1, not ${count}`);
  }
  if (!(own > 0 && Number.isFinite(own))) {
    throw new SaliencyError('bad-input', `compactness of slic is a number above 0, not ${own}`);
  }
  const smoothed = smooth(colour ? toLab(scaled) : scaled, sigma);
  const planes = {
    ...smoothed,
    channels: smoothed.channels.map((plane) => plane.map((value) => value / own)),
  };
  const { nearest, centres } = clusters(planes, segments, iterations);
  return connected(nearest, planes, (planes.height * planes.width) / centres);
}

/** k-means on place and colour, each centre looking no further than two steps of the grid that it began on. */
function clusters({ height, width, channels }: Planes, segments: number, iterations: number) {
  const [rows, columns] = gridOf(height, width, segments);
  const features = 2 + channels.length;
  const begin: number[] = [];
  for (let y = rows.start; y < height; y += rows.step) {
    // Colours begin at 0, and the first round sets them; so it is in scikit-image.
    for (let x = columns.start; x < width; x += columns.step) begin.push(y, x, ...channels.map(() => 0));
  }
  const centres = Float64Array.from(begin);
  const count = centres.length / features;
  const weight = 1 / Math.max(rows.step, columns.step) ** 2;
  const nearest = new Int32Array(height * width);
  const distances = new Float64Array(height * width);
  const sizes = new Int32Array(count);

  for (let round = 0; round < iterations; round++) {
    distances.fill(Number.POSITIVE_INFINITY);
    for (let centre = 0, own = 0; centre < count; centre++, own += features) {
      // A centre that lost all its places does not come back.
      if (round > 0 && sizes[centre] === 0) continue;
      const [cy, cx] = [centres[own]!, centres[own + 1]!];
      const bottom = Math.trunc(Math.min(cy + 2 * rows.step + 1, height));
      const right = Math.trunc(Math.min(cx + 2 * columns.step + 1, width));
      for (let y = Math.trunc(Math.max(cy - 2 * rows.step, 0)); y < bottom; y++) {
        for (let x = Math.trunc(Math.max(cx - 2 * columns.step, 0)); x < right; x++) {
          const at = y * width + x;
          let distance = 0;
          for (let channel = 0; channel < channels.length; channel++) {
            distance += (channels[channel]![at]! - centres[own + 2 + channel]!) ** 2;
          }
          distance += ((cy - y) ** 2 + (cx - x) ** 2) * weight;
          if (distance < distances[at]!) {
            distances[at] = distance;
            nearest[at] = centre;
          }
        }
      }
    }
    sizes.fill(0);
    centres.fill(0);
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at++) {
        const own = nearest[at]! * features;
        sizes[nearest[at]!]! += 1;
        centres[own]! += y;
        centres[own + 1]! += x;
        for (let channel = 0; channel < channels.length; channel++) {
          centres[own + 2 + channel]! += channels[channel]![at]!;
        }
      }
    }
    for (let at = 0; at < centres.length; at++) centres[at]! /= sizes[Math.floor(at / features)]! || 1;
  }
  return { nearest, centres: count };
}

/** Where centres begin along each axis: as square a grid as gives about as many as asked for. */
function gridOf(height: number, width: number, segments: number) {
  if (height * width <= segments) return [every(1, 0), every(1, 0)] as const;
  const step = Math.sqrt((height * width) / segments);
  // Of an image narrower than a step the narrow side is one, and the long side has them all.
  const short = Math.min(height, width);
  if (step <= short) return [every(step), every(step)] as const;
  const long = every(Math.max(height, width) / segments);
  return height <= width ? ([every(short), long] as const) : ([long, every(short)] as const);
}

const every = (step: number, start = Math.floor(step / 2)) => ({ start, step: roundedToEven(step) });

function roundedToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

/**
 * Connected pieces in the order of their first pixel: one of less than half the mean size goes to the last neighbour met that
 * already has a number, one of more than three times is cut.
 */
function connected(nearest: Int32Array, { height, width }: Planes, mean: number): LabelTensor {
  const [least, most] = [Math.trunc(0.5 * mean), Math.trunc(3 * mean)];
  const labels = new Int32Array(nearest.length).fill(-1);
  const piece = new Int32Array(Math.max(most, 1));
  let next = 0;
  for (let start = 0; start < nearest.length; start++) {
    if (labels[start] !== -1) continue;
    let neighbour = next;
    let size = 1;
    labels[start] = next;
    piece[0] = start;
    const meet = (at: number) => {
      if (size >= most) return;
      if (labels[at] === -1 && nearest[at] === nearest[start]) {
        labels[at] = next;
        piece[size++] = at;
      } else if (labels[at] !== -1 && labels[at] !== next) neighbour = labels[at]!;
    };
    for (let visited = 0; visited < size && size < most; visited++) {
      const at = piece[visited]!;
      const x = at % width;
      if (x + 1 < width) meet(at + 1);
      if (x > 0) meet(at - 1);
      if (at + width < nearest.length) meet(at + width);
      if (at >= width) meet(at - width);
    }
    if (size < least) for (const at of piece.subarray(0, size)) labels[at] = neighbour;
    else next++;
  }
  return { data: labels, shape: [height, width], dtype: 'int32' };
}
