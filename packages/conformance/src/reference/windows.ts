/** Where sliding windows look: the one table that convolutions and pools are defined through. */
import { sizeOf, type Window } from '@regional-saliency/core';
import { indexAt } from './values';

/** A place in the padding, and a place past the padding (where the last window of `ceil_mode` may hang over). */
export const PADDING = -1;
export const BEYOND = -2;

export interface Places {
  /** Flat spatial position that window `out` reads at kernel offset `k`: `at[out * kernelSize + k]`. */
  readonly at: Int32Array;
  readonly kernelSize: number;
}

/**
 * @param spatial the sizes of what the windows slide over
 * @param out how many windows there are along each axis
 */
export function placesOf(spatial: readonly number[], window: Window, out: readonly number[]): Places {
  const { kernel, strides, dilations, pads } = window;
  const kernelSize = sizeOf(kernel);
  const at = new Int32Array(sizeOf(out) * kernelSize);
  for (let w = 0; w < sizeOf(out); w++) {
    const start = indexAt(w, out).map((index, axis) => index * strides[axis]! - pads[axis]!);
    for (let k = 0; k < kernelSize; k++) {
      let position = 0;
      for (const [axis, offset] of indexAt(k, kernel).entries()) {
        const size = spatial[axis]!;
        const place = start[axis]! + offset * dilations[axis]!;
        if (place >= size + pads[axis + spatial.length]!) position = BEYOND;
        else if ((place < 0 || place >= size) && position !== BEYOND) position = PADDING;
        if (position >= 0) position = position * size + place;
      }
      at[w * kernelSize + k] = position;
    }
  }
  return { at, kernelSize };
}

/** How many windows fit along each axis, from ONNX's formula. */
export function windowCounts(spatial: readonly number[], window: Window, ceil: boolean): number[] {
  return spatial.map((size, axis) => {
    const begin = window.pads[axis]!;
    const end = window.pads[axis + spatial.length]!;
    const reach = (window.kernel[axis]! - 1) * window.dilations[axis]! + 1;
    const steps = (size + begin + end - reach) / window.strides[axis]!;
    if (!ceil) return Math.floor(steps) + 1;
    // A window that would begin in the padding at the end is dropped.
    const count = Math.ceil(steps) + 1;
    return (count - 1) * window.strides[axis]! >= size + begin ? count - 1 : count;
  });
}
