/** An X-ray as the network takes it: grey, squashed to a square, its 1st to 99th percentile at 0 to 1. */
import { SaliencyError, sizeOf, type Tensor } from '@regional-saliency/core';
import { asTensor, type View } from '@regional-saliency/regions';

/** A grey image in rows. */
export interface Grey {
  readonly data: Float64Array;
  readonly height: number;
  readonly width: number;
}

/** Rec. 601, as Pillow's and OpenCV's grey. */
const luma = [0.299, 0.587, 0.114] as const;

/** @param image [H, W], [1, H, W] or [3, H, W] in any range */
export function grey(image: Tensor | View): Grey {
  const { data, shape } = asTensor(image);
  const [height, width] = shape.slice(-2) as [number, number];
  const channels = shape.length === 3 ? shape[0]! : 1;
  if (shape.length < 2 || shape.length > 3 || ![1, 3].includes(channels) || sizeOf(shape) === 0) {
    throw new SaliencyError(
      'bad-input',
      `a chest X-ray has shape [H, W], [1, H, W] or [3, H, W], not [${shape.join(', ')}]`,
    );
  }
  const pixels = height * width;
  const values = new Float64Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const value =
      channels === 1
        ? Number(data[pixel])
        : luma.reduce((sum, weight, channel) => sum + weight * Number(data[channel * pixels + pixel]), 0);
    if (!Number.isFinite(value)) {
      const at = `row ${Math.floor(pixel / width)}, column ${pixel % width}`;
      throw new SaliencyError(
        'bad-input',
        `the X-ray holds ${value} at ${at}: give finite numbers, in any range`,
      );
    }
    values[pixel] = value;
  }
  return { data: values, height, width };
}

/** @returns [side · side] in 0..1; undefined where the image is of one grey, which has nothing to find */
export function prepared(image: Grey, side: number): Float32Array | undefined {
  const small = squashed(image, side);
  const ordered = small.slice().sort();
  const low = percentile(ordered, 1);
  const high = percentile(ordered, 99);
  if (!(high > low)) return undefined;
  return Float32Array.from(small, (value) => Math.min(Math.max((value - low) / (high - low), 0), 1));
}

/** NumPy's default, linear between neighbours. */
function percentile(ordered: Float64Array, percent: number): number {
  const place = ((ordered.length - 1) * percent) / 100;
  const below = Math.floor(place);
  const above = Math.min(below + 1, ordered.length - 1);
  return ordered[below]! + (place - below) * (ordered[above]! - ordered[below]!);
}

/** Each pixel the average of what it covers, first along rows, then along columns; between pixels on the way up. */
function squashed({ data, height, width }: Grey, side: number): Float64Array {
  const across = windows(width, side);
  const down = windows(height, side);
  const rows = new Float64Array(height * side);
  for (let y = 0; y < height; y++) {
    across.forEach(({ start, weights }, x) => {
      let sum = 0;
      for (let at = 0; at < weights.length; at++) sum += weights[at]! * data[y * width + start + at]!;
      rows[y * side + x] = sum;
    });
  }
  const small = new Float64Array(side * side);
  down.forEach(({ start, weights }, y) => {
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let at = 0; at < weights.length; at++) sum += weights[at]! * rows[(start + at) * side + x]!;
      small[y * side + x] = sum;
    }
  });
  return small;
}

/** Which source pixels each of `count` pixels covers, and in what proportion. */
function windows(source: number, count: number) {
  return Array.from({ length: count }, (_, pixel) => {
    if (source < count) {
      const place = Math.min(Math.max(((pixel + 0.5) * source) / count - 0.5, 0), source - 1);
      const start = Math.min(Math.floor(place), Math.max(source - 2, 0));
      return { start, weights: source === 1 ? [1] : [1 - (place - start), place - start] };
    }
    const from = (pixel * source) / count;
    const to = ((pixel + 1) * source) / count;
    const start = Math.floor(from);
    const end = Math.min(Math.ceil(to - 1e-9), source);
    const weights = Array.from(
      { length: end - start },
      (_, at) => (Math.min(to, start + at + 1) - Math.max(from, start + at)) / (to - from),
    );
    return { start, weights };
  });
}
