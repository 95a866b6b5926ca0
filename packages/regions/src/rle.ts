/**
 * Regions as run lengths, in the forms in use: counts that alternate between outside and inside, COCO's text of
 * such counts, and pairs of start and length.
 */
import { SaliencyError } from '@regional-saliency/core';
import { labelMap } from './label-map';
import type { Region, Size } from './region';

export interface RleOptions extends Size {
  /** Whether the runs go along rows or down columns. There is no default: files of both kinds are common. */
  readonly order: 'row' | 'column';
  /**
   * `counts` (the default): lengths of runs, the first outside, the second inside, and so on; their sum is the
   * number of pixels. `pairs`: start and length of each run inside, starts in ascending order.
   */
  readonly form?: 'counts' | 'pairs';
  /** The number of the first pixel in `pairs`: 1 (the default) or 0. */
  readonly first?: 0 | 1;
}

/**
 * A region from run lengths over an image of `height` × `width` pixels; at another resolution a pixel takes what
 * lies under its centre.
 *
 * @param runs whole numbers, or a text of them with spaces between; none in `pairs` is a region without pixels
 * @throws SaliencyError `bad-input` where they are no such numbers, overlap, or don't fit the image
 */
export function rle(name: string, runs: string | readonly number[], options: RleOptions): Region {
  const { height, width, order, form = 'counts', first = 1 } = options;
  const what = `the runs of "${name}"`;
  if (order !== 'row' && order !== 'column') {
    throw new SaliencyError('bad-input', `${what} need an order: say "row" or "column"`);
  }
  const numbers = typeof runs === 'string' ? runs.split(/\s+/).filter(Boolean).map(Number) : runs;
  const stranger = Array.isArray(numbers)
    ? numbers.find((number) => !Number.isInteger(number) || number < 0)
    : numbers;
  if (stranger !== undefined) {
    throw new SaliencyError('bad-input', `${what} hold ${stranger}: give whole numbers from 0`);
  }
  const size = { height, width };
  const inside = form === 'counts' ? fromCounts(numbers, size, what) : fromPairs(numbers, first, size, what);
  return regionOf(name, order === 'row' ? inside : transposed(inside, size), size);
}

/** A region from a mask of the whole image, row by row; 1 is inside. */
export function regionOf(name: string, data: Uint8Array, { height, width }: Size): Region {
  return labelMap({ data, shape: [height, width], dtype: 'uint8' }, { 1: name }, { missing: 'empty' })[0]!;
}

function fromCounts(counts: readonly number[], { height, width }: Size, what: string): Uint8Array {
  const inside = new Uint8Array(height * width);
  let at = 0;
  counts.forEach((count, run) => {
    inside.fill(run % 2, at, at + count);
    at += count;
  });
  if (at !== inside.length) {
    throw new SaliencyError(
      'bad-input',
      `${what} add up to ${at} pixels, and an image of ${height} × ${width} has ${inside.length}: ` +
        'check its size, and whether these are counts or pairs',
    );
  }
  return inside;
}

function fromPairs(pairs: readonly number[], first: 0 | 1, { height, width }: Size, what: string) {
  const inside = new Uint8Array(height * width);
  if (pairs.length % 2 !== 0) {
    throw new SaliencyError('bad-input', `${what} are ${pairs.length} numbers: give a length for each start`);
  }
  let end = 0;
  for (let run = 0; run < pairs.length; run += 2) {
    const start = pairs[run]! - first;
    if (start < end) {
      throw new SaliencyError(
        'bad-input',
        `${what} have a run that starts at ${pairs[run]}, before ${end + first}, where it may begin: ` +
          `check that they ascend and that the first pixel is ${first}`,
      );
    }
    end = start + pairs[run + 1]!;
    if (end > inside.length) {
      throw new SaliencyError(
        'bad-input',
        `${what} reach pixel ${end} of an image of ${height} × ${width}, which has ${inside.length}: check its size`,
      );
    }
    inside.fill(1, start, end);
  }
  return inside;
}

/** From columns one after the other to rows one after the other. */
function transposed(columns: Uint8Array, { height, width }: Size): Uint8Array {
  return columns.map((_, pixel) => columns[(pixel % width) * height + Math.floor(pixel / width)]!);
}

/**
 * The counts of COCO's compressed text, which the COCO API (2014) defines by its code: each count is cut into groups
 * of 5 bits, lowest first, a sixth bit says that more follow, and 48 is added to make a character; from the fourth
 * count on it is the difference to the count two before that stands there, with its sign in the last group's top bit.
 *
 * @throws SaliencyError `bad-input` for a character or an end where there can be none
 */
export function countsFromCoco(text: string, what: string): number[] {
  const counts: number[] = [];
  let at = 0;
  while (at < text.length) {
    let value = 0;
    let shift = 0;
    let group: number;
    do {
      group = text.charCodeAt(at++) - 48;
      // Six groups hold 30 bits, more than any image has pixels.
      if (!(group >= 0 && group < 64) || shift > 25) {
        throw new SaliencyError(
          'bad-input',
          `${what} has counts that are no COCO run lengths: "${shown(text)}"`,
        );
      }
      value |= (group & 31) << shift;
      shift += 5;
    } while (group & 32);
    if (group & 16) value |= -1 << shift;
    if (counts.length > 2) value += counts[counts.length - 2]!;
    counts.push(value);
  }
  return counts;
}

const shown = (text: string) => (text.length > 20 ? `${text.slice(0, 20)}…` : text);
