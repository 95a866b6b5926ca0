/**
 * How far along an axis a change reaches: of each of many changes (one a window's place) where it begins, all equally long.
 * Where a change is shorter, at an edge, places beside it are taken along; they come out as they were.
 */

export interface Extent {
  /** Where each change begins, from 0 to `full - size`. */
  readonly starts: readonly number[];
  readonly size: number;
  /** The size of the axis. */
  readonly full: number;
}

/** Extents of changes from first to last place, both inside the axis. */
export function extentOf(first: readonly number[], last: readonly number[], full: number): Extent {
  const size = first.reduce((most, start, at) => Math.max(most, last[at]! - start + 1), 1);
  return { starts: first.map((start) => Math.min(start, full - size)), size, full };
}

/** Windows of a size at each of the places, cut at the end of the axis. */
export function windowsAt(places: readonly number[], size: number, full: number): Extent {
  const last = places.map((place) => Math.min(place + size, full) - 1);
  return extentOf(places, last, full);
}

/** What an axis's window (of a convolution or a pool) does, and how long its result is. */
export interface Slide {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: number;
  readonly out: number;
}

/** The results that see a change. */
export function slid({ starts, size }: Extent, { kernel, stride, dilation, pad, out }: Slide): Extent {
  const within = (place: number) => Math.min(Math.max(place, 0), out - 1);
  const reach = (kernel - 1) * dilation;
  const first = starts.map((start) => within(Math.ceil((start + pad - reach) / stride)));
  const last = starts.map((start) => within(Math.floor((start + size - 1 + pad) / stride)));
  return extentOf(
    first,
    last.map((place, at) => Math.max(place, first[at]!)),
    out,
  );
}

/** Changes of two tensors, seen together. */
export function united(a: Extent, b: Extent): Extent {
  const first = a.starts.map((start, at) => Math.min(start, b.starts[at]!));
  const last = a.starts.map((start, at) => Math.max(start + a.size, b.starts[at]! + b.size) - 1);
  return extentOf(first, last, a.full);
}

export function sameExtent(a: Extent, b: Extent): boolean {
  return a.size === b.size && a.starts.every((start, at) => start === b.starts[at]);
}

/** Which places of an axis something reads: from `first` on, for each change, beyond the axis too. */
export interface Reading {
  readonly first: readonly number[];
  readonly count: number;
}

/** What a window must read for the results of an extent. */
export function readFor({ starts, size }: Extent, { kernel, stride, dilation, pad }: Slide): Reading {
  return {
    first: starts.map((start) => start * stride - pad),
    count: (size - 1) * stride + (kernel - 1) * dilation + 1,
  };
}
