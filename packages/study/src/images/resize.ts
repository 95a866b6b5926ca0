/**
 * Resizing with antialiasing, exactly as Pillow does it (and so torchvision's Resize on PIL images).
 *
 * Two passes, along rows and along columns. Shrinking widens the filter by the scale, so every source pixel
 * counts. For 8-bit images the weights are rounded to 22 fractional bits and each pass ends in 8 bits, because Pillow's
 * results are defined by that rounding; 16-bit images go as Pillow's mode "F": double sums, float32 after each pass.
 * Source of the algorithm: Pillow's documentation and its Resample.c (J. A. Clark and contributors), re-expressed.
 */
import type { BytePicture } from './decode';

/** An interpolation kernel: how far it reaches, and its weight at a distance (both in pixels of the coarser grid). */
interface Kernel {
  readonly reach: number;
  weight(distance: number): number;
}

const kernels = {
  bilinear: { reach: 1, weight: (d: number) => Math.max(0, 1 - Math.abs(d)) },
  /** Keys 1981 (doi:10.1109/TASSP.1981.1163711) with a = -1/2. */
  bicubic: {
    reach: 2,
    weight(distance: number) {
      const a = -0.5;
      const d = Math.abs(distance);
      if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
      return 0;
    },
  },
} satisfies Record<string, Kernel>;

export type Interpolation = keyof typeof kernels;

/** For every output position: the first source position, and the weights from there on (they sum to 1). */
interface Taps {
  readonly first: Int32Array;
  readonly weights: readonly Float64Array[];
}

function tapsOf(from: number, to: number, kernel: Kernel): Taps {
  const scale = from / to;
  const widening = Math.max(scale, 1);
  const reach = kernel.reach * widening;
  const first = new Int32Array(to);
  const weights: Float64Array[] = [];
  for (let at = 0; at < to; at++) {
    const center = (at + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(from, Math.trunc(center + reach + 0.5));
    const row = new Float64Array(end - start);
    let sum = 0;
    for (let i = 0; i < row.length; i++) {
      row[i] = kernel.weight((i + start - center + 0.5) * (1 / widening));
      sum += row[i]!;
    }
    if (sum !== 0) for (let i = 0; i < row.length; i++) row[i] = row[i]! / sum;
    first[at] = start;
    weights.push(row);
  }
  return { first, weights };
}

/** One pass: `lines` independent lines of `from` pixels (distance `step` apart) become lines of `to` pixels. */
interface Pass {
  readonly lines: number;
  readonly from: number;
  readonly to: number;
  /** Where a line starts, and how far apart its pixels lie, in the source and in the target. */
  readonly source: { start(line: number): number; readonly step: number };
  readonly target: { start(line: number): number; readonly step: number };
}

const PRECISION = 22;

function passInBytes(pass: Pass, taps: Taps, source: Uint8Array, target: Uint8Array): void {
  const fixed = taps.weights.map((row) =>
    Int32Array.from(row, (weight) => Math.trunc(weight * 2 ** PRECISION + (weight < 0 ? -0.5 : 0.5))),
  );
  const half = 1 << (PRECISION - 1);
  for (let line = 0; line < pass.lines; line++) {
    const base = pass.source.start(line);
    const into = pass.target.start(line);
    for (let at = 0; at < pass.to; at++) {
      const row = fixed[at]!;
      let sum = half;
      let position = base + taps.first[at]! * pass.source.step;
      for (let i = 0; i < row.length; i++, position += pass.source.step) sum += row[i]! * source[position]!;
      target[into + at * pass.target.step] = Math.min(255, Math.max(0, sum >> PRECISION));
    }
  }
}

function passInFloats(pass: Pass, taps: Taps, source: ArrayLike<number>, target: Float32Array): void {
  for (let line = 0; line < pass.lines; line++) {
    const base = pass.source.start(line);
    const into = pass.target.start(line);
    for (let at = 0; at < pass.to; at++) {
      const row = taps.weights[at]!;
      let sum = 0;
      let position = base + taps.first[at]! * pass.source.step;
      for (let i = 0; i < row.length; i++, position += pass.source.step) sum += row[i]! * source[position]!;
      target[into + at * pass.target.step] = sum;
    }
  }
}

/** Interleaved rows of floats, not rounded to integers. */
export interface FloatPicture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** Resizes an 8-bit picture to `width` × `height` (both at least 1), equal to Pillow's `Image.resize` bit by bit. */
export function resizeBytes(
  picture: BytePicture,
  width: number,
  height: number,
  interpolation: Interpolation = 'bilinear',
): BytePicture {
  const data = resize(
    picture,
    width,
    height,
    interpolation,
    (size) => new Uint8Array(size),
    passInBytes,
  ) as Uint8Array;
  return { width, height, channels: picture.channels, data };
}

/** Resizes a picture of floats to `width` × `height`, as Pillow resizes mode "F". */
export function resizeFloats(
  picture: FloatPicture,
  width: number,
  height: number,
  interpolation: Interpolation = 'bilinear',
): FloatPicture {
  const data = resize(picture, width, height, interpolation, (size) => new Float32Array(size), passInFloats);
  return { width, height, channels: picture.channels, data };
}

function resize<A extends Uint8Array | Float32Array>(
  picture: { readonly width: number; readonly height: number; readonly channels: number; readonly data: A },
  width: number,
  height: number,
  interpolation: Interpolation,
  allocate: (size: number) => A,
  run: (pass: Pass, taps: Taps, source: A, target: A) => void,
): A {
  const kernel = kernels[interpolation];
  const c = picture.channels;
  const size = { width: picture.width, height: picture.height };
  let data = picture.data;
  const along = (): void => {
    const { height: rows, width: from } = size;
    const target = allocate(rows * width * c);
    const pass: Pass = {
      lines: rows * c,
      from,
      to: width,
      source: { start: (line) => Math.floor(line / c) * from * c + (line % c), step: c },
      target: { start: (line) => Math.floor(line / c) * width * c + (line % c), step: c },
    };
    run(pass, tapsOf(from, width, kernel), data, target);
    data = target;
    size.width = width;
  };
  const down = (): void => {
    const { height: from, width: columns } = size;
    const target = allocate(height * columns * c);
    const side = { start: (line: number) => line, step: columns * c };
    const pass: Pass = { lines: columns * c, from, to: height, source: side, target: side };
    run(pass, tapsOf(from, height, kernel), data, target);
    data = target;
    size.height = height;
  };
  // Pillow's order, which its rounding makes visible: columns first where the height shrinks by more than twice what
  // the width does (Pillow 13; before, always rows first). A direction that keeps its size is left alone.
  const less = { rows: picture.height - height, columns: picture.width - width };
  const passes = less.rows > 0 && less.rows > 2 * less.columns ? [down, along] : [along, down];
  for (const pass of passes) if (pass === along ? less.columns !== 0 : less.rows !== 0) pass();
  return data;
}
