/**
 * What convolutions and pools share: windows that slide over the spatial axes of an [N, C, ...spatial] tensor.
 *
 * `pads` lists all begins, then all ends, as in ONNX.
 */
import { intsOf, stringOf } from '../attributes';
import { type Dim, fixedSize } from '../dimension';
import { SaliencyError } from '../errors';
import type { Attributes, Value } from '../graph';

export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

/** The window of a convolution or pooling, from its attributes. */
export function windowOf(attributes: Attributes): Window {
  return {
    kernel: intsOf(attributes, 'kernel_shape'),
    strides: intsOf(attributes, 'strides'),
    dilations: intsOf(attributes, 'dilations'),
    pads: intsOf(attributes, 'pads'),
  };
}

/** Height, width (and depth) of a shape [N, C, …], which must be fixed. */
export function spatialOf(x: Value): number[] {
  if (x.shape.length < 3) throw new SaliencyError('bad-input', 'a window needs an input of [N, C, …spatial]');
  return x.shape.slice(2).map((dim) => fixedSize(dim, 'a spatial size'));
}

/** The part of the input that a kernel with its dilation covers. */
export const reachOf = (kernel: number, dilation: number) => (kernel - 1) * dilation + 1;

/** Fills in defaults and turns `auto_pad` into numbers. */
export function normalizeWindow(attributes: Attributes, x: Value, kernel: readonly number[]): Attributes {
  const spatial = spatialOf(x);
  const ones = kernel.map(() => 1);
  const strides = intsOf(attributes, 'strides', ones);
  const dilations = intsOf(attributes, 'dilations', ones);
  const auto = stringOf(attributes, 'auto_pad', 'NOTSET');
  let pads = intsOf(
    attributes,
    'pads',
    [...kernel, ...kernel].map(() => 0),
  );
  if (auto === 'VALID') pads = pads.map(() => 0);
  if (auto.startsWith('SAME')) {
    const begins: number[] = [];
    const ends: number[] = [];
    for (const [axis, size] of spatial.entries()) {
      const out = Math.ceil(size / strides[axis]!);
      const total = Math.max(0, (out - 1) * strides[axis]! + reachOf(kernel[axis]!, dilations[axis]!) - size);
      const less = Math.floor(total / 2);
      begins.push(auto === 'SAME_LOWER' ? total - less : less);
      ends.push(auto === 'SAME_LOWER' ? less : total - less);
    }
    pads = [...begins, ...ends];
  }
  checkWindow({ kernel, strides, dilations, pads }, spatial);
  return { kernel_shape: [...kernel], strides, dilations, pads };
}

/** The longest axis that windows slide over; rules make lists as long. */
const LONGEST_AXIS = 2 ** 20;

function checkWindow({ kernel, strides, dilations, pads }: Window, spatial: readonly number[]): void {
  const fits = [kernel, strides, dilations].every(
    (list) => list.length === spatial.length && list.every((size) => Number.isSafeInteger(size) && size > 0),
  );
  const reach = spatial.map(
    (size, axis) => size + Math.abs(pads[axis] ?? 0) + Math.abs(pads[axis + spatial.length] ?? 0),
  );
  if (fits && pads.length === 2 * spatial.length && reach.every((size) => size <= LONGEST_AXIS)) return;
  throw new SaliencyError(
    'bad-input',
    `a window of ${kernel.join('×')} (strides ${strides}, dilations ${dilations}, pads ${pads}) can't slide over ${spatial.join('×')}`,
  );
}

/** Output sizes of a sliding window; with `ceil`, a last window may hang over the end but must begin inside. */
export function slidSizes(spatial: readonly number[], window: Window, ceil = false): number[] {
  return spatial.map((size, axis) => {
    const begin = window.pads[axis]!;
    const end = window.pads[axis + spatial.length]!;
    const stride = window.strides[axis]!;
    const steps = (size + begin + end - reachOf(window.kernel[axis]!, window.dilations[axis]!)) / stride;
    let out = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    if (ceil && (out - 1) * stride >= size + begin) out--;
    if (out <= 0)
      throw new SaliencyError(
        'bad-input',
        `a window of ${window.kernel.join('×')} does not fit an input of ${spatial.join('×')}`,
      );
    return out;
  });
}

export function withSpatial(n: Dim, channels: Dim, spatial: readonly number[]): Dim[] {
  return [n, channels, ...spatial];
}
