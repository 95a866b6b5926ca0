/**
 * Resampling (upsampling of feature maps, mostly), as ONNX's Resize defines it: each element of the result is a weighted
 * sum along each resized axis, so that one matrix an axis says all of it, whatever the mode.
 */
import { axisOf, intOf, intsOf, stringOf } from '../attributes';
import { type Dim, fixedSize, isBatch } from '../dimension';
import { SaliencyError } from '../errors';
import type { Attributes, Value } from '../graph';
import { type AxisMap, unmapAxes } from './along-axis';
import { type Operator, required } from './operator';

const modes = ['nearest', 'linear', 'cubic'];
const coordinates = [
  'half_pixel',
  'half_pixel_symmetric',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
];
const roundings = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'];

/** One of the words that an attribute may be. */
function wordOf(attributes: Attributes, key: string, words: readonly string[]): string {
  const word = stringOf(attributes, key, words[0]!);
  if (!words.includes(word))
    throw new SaliencyError('unsupported', `Resize with ${key} "${word}" is not supported`);
  return word;
}

/** The axes that change, their sizes afterwards, and by how much coordinates are stretched along them. */
function resized(attributes: Attributes, shape: readonly Dim[]) {
  const named = attributes.axes
    ? intsOf(attributes, 'axes').map((axis) => axisOf(axis, shape.length))
    : [...shape.keys()];
  const sizes = attributes.sizes as readonly Dim[] | undefined;
  const scales = attributes.scales as readonly number[] | undefined;
  const policy = stringOf(attributes, 'keep_aspect_ratio_policy', 'stretch');
  if ((sizes ?? scales)?.length !== named.length)
    throw new SaliencyError('bad-input', 'Resize takes a size or a scale for each of its axes');
  const entries = named.map((axis, i) => {
    const dim = shape[axis]!;
    const wanted = sizes?.[i] ?? (isBatch(dim) ? dim : Math.floor(dim * scales![i]!));
    if (isBatch(dim)) {
      const isKept = isBatch(wanted) ? wanted.batch === dim.batch : false;
      if (!isKept || (scales?.[i] ?? 1) !== 1)
        throw new SaliencyError('unsupported', 'the batch can’t be resized');
      return { axis, size: 0, scale: 1, from: 0 };
    }
    const size = fixedSize(wanted, 'a size of Resize');
    return { axis, size, scale: scales?.[i] ?? size / dim, from: dim };
  });
  const kept = entries.filter(({ from }) => from > 0);
  if (policy !== 'stretch' && !scales) {
    const all = kept.map(({ scale }) => scale);
    const scale = policy === 'not_larger' ? Math.min(...all) : Math.max(...all);
    for (const entry of kept) Object.assign(entry, { scale, size: Math.floor(scale * entry.from + 0.5) });
  }
  return kept.filter(({ from, size, scale }) => from !== size || scale !== 1);
}

/**
 * Attributes `sizes` or `scales`, for each axis or for those of `axes`; `mode`, `coordinate_transformation_mode`,
 * `nearest_mode`, `cubic_coeff_a`, `antialias`, `exclude_outside`, `keep_aspect_ratio_policy`. Made canonical, the node
 * has the axes that change, with a size and a scale for each.
 */
export const Resize: Operator = {
  normalize: (attributes, inputs) => {
    const entries = resized(attributes, required(inputs, 0).shape);
    return {
      axes: entries.map(({ axis }) => axis),
      sizes: entries.map(({ size }) => size),
      scales: entries.map(({ scale }) => scale),
      mode: wordOf(attributes, 'mode', modes),
      coordinate_transformation_mode: wordOf(attributes, 'coordinate_transformation_mode', coordinates),
      nearest_mode: wordOf(attributes, 'nearest_mode', roundings),
      cubic_coeff_a: intOf(attributes, 'cubic_coeff_a', -0.75),
      antialias: intOf(attributes, 'antialias', 0),
      exclude_outside: intOf(attributes, 'exclude_outside', 0),
    };
  },
  infer: (inputs, attributes) => {
    const { dtype, shape } = required(inputs, 0);
    const [axes, sizes] = [intsOf(attributes, 'axes'), intsOf(attributes, 'sizes')];
    return [{ dtype, shape: shape.map((dim, axis) => sizes[axes.indexOf(axis)] ?? dim) }];
  },
  gradient: ({ g, node }, [r]) => {
    const x = node.inputs[0]!;
    const times = repeats(node.attributes, x);
    if (!times) return [unmapAxes(g, r!, resizeMaps(node.attributes, x.shape))];
    // Each element was repeated a whole number of times: what its copies got is summed.
    const apart = x.shape.flatMap((dim, axis) => (times[axis] === 1 ? [dim] : [dim, times[axis]!]));
    const copies: number[] = [];
    for (const [axis, count] of times.entries()) if (count !== 1) copies.push(axis + copies.length + 1);
    return [g.reduceSum(g.reshape(r!, apart), copies, false)];
  },
};

/** How often each element of an axis is repeated, where that is all that happens. */
function repeats(attributes: Attributes, x: Value): number[] | undefined {
  if (attributes.mode !== 'nearest') return undefined;
  const times = x.shape.map(() => 1);
  for (const { axis, from, to, matrix } of resizeMaps(attributes, x.shape)) {
    const count = to / from;
    if (!Number.isInteger(count)) return undefined;
    for (let at = 0; at < to; at++) if (matrix[at * from + Math.floor(at / count)] !== 1) return undefined;
    times[axis] = count;
  }
  return times;
}

/** What each axis of a resized tensor is computed from. */
export function resizeMaps(attributes: Attributes, shape: readonly Dim[]): AxisMap[] {
  const [axes, sizes] = [intsOf(attributes, 'axes'), intsOf(attributes, 'sizes')];
  const scales = attributes.scales as readonly number[];
  return axes.map((axis, i) => {
    const from = fixedSize(shape[axis]!, 'a resized axis');
    const matrix = new Float32Array(sizes[i]! * from);
    for (let at = 0; at < sizes[i]!; at++) {
      const place = placeOf(at, { from, to: sizes[i]!, scale: scales[i]! }, attributes);
      for (const [source, weight] of weightsAt(place, from, scales[i]!, attributes))
        matrix[at * from + source]! += weight;
    }
    return { axis, matrix, from, to: sizes[i]! };
  });
}

/** The coordinate in the input of an element of the result. */
function placeOf(
  at: number,
  { from, to, scale }: { from: number; to: number; scale: number },
  { coordinate_transformation_mode: mode }: Attributes,
): number {
  const centred = (at + 0.5) / scale - 0.5;
  switch (mode) {
    case 'align_corners':
      return to === 1 ? 0 : (at * (from - 1)) / (scale * from - 1);
    case 'asymmetric':
      return at / scale;
    case 'pytorch_half_pixel':
      return to === 1 ? 0 : centred;
    case 'half_pixel_symmetric':
      return (from / 2) * (1 - to / (scale * from)) + centred;
    default:
      return centred;
  }
}

/** The elements around a coordinate and how much each counts; the border is repeated. */
function weightsAt(place: number, size: number, scale: number, attributes: Attributes): [number, number][] {
  const inside = (index: number) => Math.min(Math.max(index, 0), size - 1);
  if (attributes.mode === 'nearest') return [[inside(rounded(place, attributes.nearest_mode)), 1]];
  // Where elements are left out, each counts for its neighbourhood.
  const stretch = attributes.antialias ? Math.min(scale, 1) : 1;
  const [kernel, reach] = attributes.mode === 'linear' ? ([linear, 1] as const) : ([cubic, 2] as const);
  const a = attributes.cubic_coeff_a as number;
  const found: [number, number][] = [];
  for (
    let index = Math.ceil(place - reach / stretch);
    index <= Math.floor(place + reach / stretch);
    index++
  ) {
    const isOutside = index !== inside(index);
    if (isOutside && attributes.exclude_outside) continue;
    found.push([inside(index), kernel(Math.abs(index - place) * stretch, a)]);
  }
  const total = found.reduce((sum, [, weight]) => sum + weight, 0);
  return found.map(([index, weight]) => [index, weight / total]);
}

function rounded(place: number, mode: Attributes[string]): number {
  if (mode === 'floor') return Math.floor(place);
  if (mode === 'ceil') return Math.ceil(place);
  return mode === 'round_prefer_ceil' ? Math.floor(place + 0.5) : Math.ceil(place - 0.5);
}

const linear = (distance: number) => Math.max(1 - distance, 0);

/** Keys 1981, DOI 10.1109/TASSP.1981.1163711; `a` is the slope at distance 1. */
function cubic(distance: number, a: number): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance ** 2 + 1;
  if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * a;
  return 0;
}
