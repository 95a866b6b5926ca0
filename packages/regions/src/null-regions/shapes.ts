/** Shapes that can be placed anywhere on a grid of pixels, and sums over them by differences of row sums. */
import type { Size } from '../region';

/** Pixels as runs in rows, relative to the upper left corner of the smallest box around them. */
export interface Shape extends Size {
  readonly pixels: number;
  /** Row, first column and end column (exclusive) of each run, one after the other. */
  readonly runs: Int32Array;
}

export interface Place {
  readonly shape: Shape;
  readonly top: number;
  readonly left: number;
}

/** The set pixels of a mask as a shape and where it lies; none where no pixel is set. */
export function placeOf(mask: ArrayLike<number>, { height, width }: Size): Place | undefined {
  const runs: [row: number, start: number, end: number][] = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (!mask[row * width + column]) continue;
      const start = column;
      while (column < width && mask[row * width + column]) column++;
      runs.push([row, start, column]);
    }
  }
  if (runs.length === 0) return undefined;
  const top = runs[0]![0];
  const left = runs.reduce((least, [, start]) => Math.min(least, start), width);
  const right = runs.reduce((most, [, , end]) => Math.max(most, end), 0);
  const shape: Shape = {
    height: runs.at(-1)![0] + 1 - top,
    width: right - left,
    pixels: runs.reduce((sum, [, start, end]) => sum + end - start, 0),
    runs: Int32Array.from(runs.flatMap(([row, start, end]) => [row - top, start - left, end - left])),
  };
  return { shape, top, left };
}

/** Of each row the sums of its first 0, 1, … values: [height, width + 1]. */
export function rowSums(values: ArrayLike<number>, { height, width }: Size): Float64Array {
  const sums = new Float64Array(height * (width + 1));
  for (let row = 0; row < height; row++) {
    let sum = 0;
    for (let column = 0; column < width; column++) {
      sum += values[row * width + column]!;
      sums[row * (width + 1) + column + 1] = sum;
    }
  }
  return sums;
}

/** The sum of the values under a shape, from the row sums of a grid of `width` columns. */
export function sumUnder({ shape: { runs }, top, left }: Place, sums: Float64Array, width: number): number {
  let sum = 0;
  for (let at = 0; at < runs.length; at += 3) {
    const row = (top + runs[at]!) * (width + 1) + left;
    sum += sums[row + runs[at + 2]!]! - sums[row + runs[at + 1]!]!;
  }
  return sum;
}

/** Whether every pixel of a shape lies in a field, from the row sums of its mask. */
export function liesIn({ shape: { runs }, top, left }: Place, field: Float64Array, width: number): boolean {
  for (let at = 0; at < runs.length; at += 3) {
    const row = (top + runs[at]!) * (width + 1) + left;
    const [start, end] = [runs[at + 1]!, runs[at + 2]!];
    if (field[row + end]! - field[row + start]! !== end - start) return false;
  }
  return true;
}

/** How many directions a shape is turned to: every 5°. */
const TURNS = 72;

/** The different shapes that turning and mirroring make of one; the shape itself is the first. */
export function variantsOf(shape: Shape, { rotate, mirror }: { rotate: boolean; mirror: boolean }): Shape[] {
  const variants = new Map<string, Shape>();
  const mask = new Uint8Array(shape.height * shape.width);
  for (let at = 0; at < shape.runs.length; at += 3) {
    const row = shape.runs[at]! * shape.width;
    mask.fill(1, row + shape.runs[at + 1]!, row + shape.runs[at + 2]!);
  }
  for (const sign of mirror ? [1, -1] : [1]) {
    for (let turn = 0; turn < (rotate ? TURNS : 1); turn++) {
      const variant = turned(mask, shape, (2 * Math.PI * turn) / TURNS, sign);
      if (variant) variants.set(variant.runs.join(), variant);
    }
  }
  return [...variants.values()];
}

/** Each pixel of the result takes what lies under its centre, turned back, and mirrored where `sign` is -1. */
function turned(mask: Uint8Array, { height, width }: Size, angle: number, sign: number): Shape | undefined {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  // Less what rounding adds: a quarter turn of a whole number of pixels is that number.
  const extent = (a: number, b: number) => Math.ceil(Math.abs(a * cos) + Math.abs(b * sin) - 1e-9);
  const size = { height: extent(height, width), width: extent(width, height) };
  const target = new Uint8Array(size.height * size.width);
  for (let row = 0; row < size.height; row++) {
    const down = row + 0.5 - size.height / 2;
    for (let column = 0; column < size.width; column++) {
      const across = column + 0.5 - size.width / 2;
      const x = Math.floor(sign * (across * cos + down * sin) + width / 2);
      const y = Math.floor(down * cos - across * sin + height / 2);
      if (x >= 0 && x < width && y >= 0 && y < height)
        target[row * size.width + column] = mask[y * width + x]!;
    }
  }
  return placeOf(target, size)?.shape;
}
