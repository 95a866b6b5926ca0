/** Layers that only move elements: padding, cropping, enlarging, reshaping; and those that are nothing at inference. */
import { productOf, SaliencyError, type Value } from '@regional-saliency/core';
import {
  type Call,
  type Config,
  fixedSizes,
  flagOf,
  imageOf,
  isChannelsFirst,
  type Layer,
  listOf,
  sizesOf,
  wordOf,
} from './layer';

/** How much before and behind, an axis: one number, one an axis, or two an axis. */
function margins(config: Config, key: string, axes: number): [number, number][] {
  const value = config[key] ?? 1;
  if (axes === 1) {
    const both = sizesOf(
      { [key]: Array.isArray(value) ? value.flat() : value },
      key,
      Array.isArray(value) ? 2 : 1,
    );
    return [[both[0]!, both.at(-1)!]];
  }
  const list = Array.isArray(value) ? value : new Array(axes).fill(value);
  if (list.length !== axes) throw new SaliencyError('bad-file', `"${key}" is not for ${axes} axes`);
  return list.map((item) => sizesOf({ [key]: item }, key, 2) as [number, number]);
}

function padding(spatial: number): Layer {
  return (call) => {
    const { c, config, x, names } = call;
    const { axes } = imageOf(call, spatial);
    const pads = new Array<number>(2 * x.shape.length).fill(0);
    for (const [at, [before, behind]] of margins(config, 'padding', spatial).entries()) {
      pads[axes[at]!] = before;
      pads[axes[at]! + x.shape.length] = behind;
    }
    return c.op('Pad', [x], { pads, mode: 'constant', value: 0 }, names());
  };
}

export const ZeroPadding1D = padding(1);
export const ZeroPadding2D = padding(2);
export const ZeroPadding3D = padding(3);

function cropping(spatial: number): Layer {
  return (call) => {
    const { c, config, x, names } = call;
    const { axes } = imageOf(call, spatial);
    const cut = margins(config, 'cropping', spatial);
    const sizes = fixedSizes(x, axes);
    const starts = cut.map(([before]) => before);
    const ends = cut.map(([, behind], at) => sizes[at]! - behind);
    if (starts.some((start, at) => start >= ends[at]!))
      throw new SaliencyError('bad-file', 'nothing is left by "cropping"');
    return c.op('Slice', [x], { starts, ends, axes }, names());
  };
}

export const Cropping1D = cropping(1);
export const Cropping2D = cropping(2);
export const Cropping3D = cropping(3);

/** An image of other sizes, with the given axes; the interpolation is the configuration's, the coordinates are said. */
function resized(
  { c, config, x, names }: Call,
  axes: readonly number[],
  sizes: readonly number[],
  usual: 'nearest' | 'bilinear',
  coordinates: { readonly coordinate_transformation_mode: string; readonly nearest_mode: string },
): Value {
  const interpolation = wordOf(config, 'interpolation', usual);
  if (interpolation !== 'nearest' && interpolation !== 'bilinear')
    throw new SaliencyError('unsupported', `the interpolation "${interpolation}" is not supported`);
  const mode = interpolation === 'nearest' ? 'nearest' : 'linear';
  return c.op('Resize', [x], { axes, sizes, mode, ...coordinates }, names());
}

/** Element i of the result comes from place i · size / new size. */
const UPPER_LEFT = { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };

/** Middles lie on middles. */
const CENTRES = { coordinate_transformation_mode: 'half_pixel', nearest_mode: 'round_prefer_ceil' };

/** Places as tfjs has them (Keras itself takes the middle of an element, where it is bilinear). */
function enlarging(spatial: number): Layer {
  return (call) => {
    const { config, x } = call;
    const { axes } = imageOf(call, spatial);
    const factors = sizesOf(config, 'size', spatial, 2);
    if (factors.includes(0)) throw new SaliencyError('bad-file', '"size" holds a 0');
    const sizes = fixedSizes(x, axes).map((size, at) => size * factors[at]!);
    return resized(call, axes, sizes, 'nearest', UPPER_LEFT);
  };
}

export const UpSampling1D = enlarging(1);
export const UpSampling2D = enlarging(2);
export const UpSampling3D = enlarging(3);

/** The height and width that a configuration asks for. */
function planeOf(config: Config): [number, number] {
  const [height, width] = ['height', 'width'].map((key) => sizesOf(config, key, 1)[0]!) as [number, number];
  if (height === 0 || width === 0) throw new SaliencyError('bad-file', 'its height or width is 0');
  return [height, width];
}

/** Keras's. (tfjs reads this layer, too, but fails where a model calls it.) */
export const Resizing: Layer = (call) => {
  const { axes } = imageOf(call, 2);
  for (const key of ['crop_to_aspect_ratio', 'pad_to_aspect_ratio'])
    if (flagOf(call.config, key, false))
      throw new SaliencyError('unsupported', `"${key}" is not supported: crop or pad before the model`);
  return resized(call, axes, planeOf(call.config), 'bilinear', CENTRES);
};

/** The middle of an image. One that is too small is enlarged, as tfjs does it. */
export const CenterCrop: Layer = (call) => {
  const { c, config, x, names } = call;
  const { axes } = imageOf(call, 2);
  const wanted = planeOf(config);
  const sizes = fixedSizes(x, axes);
  if (sizes.some((size, at) => size < wanted[at]!))
    return resized({ ...call, config: {} }, axes, wanted, 'bilinear', UPPER_LEFT);
  const starts = sizes.map((size, at) => Math.floor((size - wanted[at]!) / 2));
  // Of a width that is one too large, tfjs drops the first column.
  if (sizes[1]! - wanted[1] === 1) starts[1] = 1;
  const ends = starts.map((start, at) => start + wanted[at]!);
  return c.op('Slice', [x], { starts, ends, axes }, names());
};

/** One size may be left open: -1, which tfjs writes as null. */
export const Reshape: Layer = ({ c, config, x, names }) => {
  const target = listOf(config.target_shape, '"target_shape"').map((size) => size ?? -1);
  if (!target.every((size) => Number.isSafeInteger(size) && (size === -1 || (size as number) > 0)))
    throw new SaliencyError('bad-file', '"target_shape" is no list of sizes');
  return c.op('Reshape', [x], { shape: [x.shape[0]!, ...(target as number[])] }, names());
};

/** Channels last, as the model's weights behind it expect. */
export const Flatten: Layer = ({ c, config, x, names }) => {
  const rank = x.shape.length;
  const last =
    isChannelsFirst(config) && rank > 2
      ? c.op('Transpose', [x], { perm: [0, ...Array.from({ length: rank - 2 }, (_, at) => at + 2), 1] })
      : x;
  return c.op('Reshape', [last], { shape: [x.shape[0]!, productOf(x.shape.slice(1))] }, names());
};

export const Permute: Layer = ({ c, config, x, names }) => {
  const axes = x.shape.length - 1;
  const dims = sizesOf(config, 'dims', axes);
  if ([...dims].sort((a, b) => a - b).some((dim, at) => dim !== at + 1))
    throw new SaliencyError('bad-file', '"dims" does not name each axis once');
  return c.op('Transpose', [x], { perm: [0, ...dims] }, names());
};

export const RepeatVector: Layer = ({ c, config, x, names }) => {
  const [rows, length] = x.shape;
  if (x.shape.length !== 2) throw new SaliencyError('bad-file', 'its input is no row of numbers');
  const [count] = sizesOf(config, 'n', 1);
  return c.op(
    'Expand',
    [c.op('Reshape', [x], { shape: [rows!, 1, length!] })],
    { shape: [rows!, count!, length!] },
    names(),
  );
};

/** Nothing, where a model is not being trained. */
export const Identity: Layer = ({ x }) => x;
