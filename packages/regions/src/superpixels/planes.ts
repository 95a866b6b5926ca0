/** Images as superpixels read them: planes of numbers between 0 and 1, smoothed. */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import { asTensor, type View } from '../view';

export interface Planes {
  readonly height: number;
  readonly width: number;
  /** One plane of height · width values for each channel. */
  readonly channels: readonly Float64Array[];
}

/**
 * The channels of an image, scaled so that `range` becomes 0..1.
 *
 * @param image [H, W], [C, H, W] or [1, C, H, W], in any range
 * @param range what counts as 0 and as 1; by default the image's least and greatest value, over all channels
 * @throws SaliencyError `bad-input` for another shape, half floats (which are bit patterns), or a value that is not finite
 */
export function planesOf(image: Tensor | View, range?: readonly [low: number, high: number]): Planes {
  const { data, shape, dtype } = asTensor(image);
  const [height, width] = shape.slice(-2) as [number, number];
  const known = shape.length === 2 || shape.length === 3 || (shape.length === 4 && shape[0] === 1);
  if (!known || data.length === 0) {
    throw new SaliencyError(
      'bad-input',
      `superpixels are made of one image [H, W] or [C, H, W], not of [${shape.join(', ')}]`,
    );
  }
  if (dtype === 'float16' || dtype === 'bfloat16') {
    throw new SaliencyError(
      'bad-input',
      `superpixels need numbers, and ${dtype} is bit patterns: convert it`,
    );
  }
  const values = Float64Array.from(data as ArrayLike<number | bigint>, Number);
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    throw new SaliencyError(
      'bad-input',
      `the image has ${values[broken]} at index ${broken}: superpixels need finite values`,
    );
  }
  const [low, high] = range ?? extremes(values);
  if (!(high >= low)) {
    throw new SaliencyError('bad-input', `a range is [low, high] with low below high, not [${low}, ${high}]`);
  }
  // An image of one value is 0 throughout.
  const span = high - low || 1;
  const size = height * width;
  const channels = Array.from({ length: values.length / size }, (_, channel) =>
    values.subarray(channel * size, (channel + 1) * size).map((value) => (value - low) / span),
  );
  return { height, width, channels };
}

function extremes(values: Float64Array): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/**
 * Every channel through a Gaussian of `sigma` pixels, cut off at four sigma; beyond the border the image is mirrored, its
 * outermost pixels repeated (as SciPy's `gaussian_filter`).
 *
 * @throws SaliencyError `bad-input` unless sigma is a number from 0
 */
export function smooth({ height, width, channels }: Planes, sigma: number): Planes {
  if (!(sigma >= 0 && Number.isFinite(sigma))) {
    throw new SaliencyError('bad-input', `sigma of superpixels is a number of pixels from 0, not ${sigma}`);
  }
  const reach = Math.floor(4 * sigma + 0.5);
  if (reach === 0) return { height, width, channels };
  const bell = Float64Array.from({ length: reach + 1 }, (_, away) =>
    Math.exp((-0.5 * away ** 2) / sigma ** 2),
  );
  const total = bell.reduce((sum, weight, away) => sum + (away === 0 ? weight : 2 * weight), 0);
  const weights = bell.map((weight) => weight / total);
  const rows = mirrored(height, reach);
  const columns = mirrored(width, reach);
  return {
    height,
    width,
    channels: channels.map((plane) => {
      const down = new Float64Array(plane.length);
      const smoothed = new Float64Array(plane.length);
      for (let y = 0, at = 0; y < height; y++) {
        for (let x = 0; x < width; x++, at++) {
          let sum = plane[at]! * weights[0]!;
          for (let away = reach; away > 0; away--) {
            const above = plane[rows[y + reach - away]! * width + x]!;
            const below = plane[rows[y + reach + away]! * width + x]!;
            sum += (above + below) * weights[away]!;
          }
          down[at] = sum;
        }
      }
      for (let y = 0, at = 0; y < height; y++) {
        const row = y * width;
        for (let x = 0; x < width; x++, at++) {
          let sum = down[at]! * weights[0]!;
          for (let away = reach; away > 0; away--) {
            const before = down[row + columns[x + reach - away]!]!;
            const after = down[row + columns[x + reach + away]!]!;
            sum += (before + after) * weights[away]!;
          }
          smoothed[at] = sum;
        }
      }
      return smoothed;
    }),
  };
}

/** The place that each of the places -reach … size + reach - 1 shows, mirrored as often as it takes. */
function mirrored(size: number, reach: number): Int32Array {
  return Int32Array.from({ length: size + 2 * reach }, (_, index) => {
    const place = (((index - reach) % (2 * size)) + 2 * size) % (2 * size);
    return place < size ? place : 2 * size - 1 - place;
  });
}
