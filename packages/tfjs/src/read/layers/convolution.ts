/** Convolutions and dense layers. Kernels lie channels last, and are taken as they lie. */
import { reachOf, SaliencyError, type Value } from '@regional-saliency/core';
import type { Layout } from '../../layout';
import { activated } from './activation';
import {
  type Call,
  fixedSizes,
  flagOf,
  imageOf,
  isChannelsFirst,
  type Layer,
  numberOf,
  sizesOf,
  wordOf,
} from './layer';

/** Where the channels of [...kernel, in, out] are in ONNX's [out, in, ...kernel], outermost first. */
const kernelLayout = (spatial: number): Layout => [
  ...Array.from({ length: spatial }, (_, axis) => axis + 2),
  1,
  0,
];

/** A kernel [...sizes, in, out], with the sizes that the configuration says. */
function kernelOf(
  { weight, config }: Call,
  name: string,
  spatial: number,
  channels: number | undefined,
  out?: number,
) {
  const sizes =
    config.kernel_size == null
      ? new Array<undefined>(spatial).fill(undefined)
      : sizesOf(config, 'kernel_size', spatial);
  return weight(name, [...sizes, channels, out], ([...shape]) => {
    const [inner, outer] = shape.splice(spatial) as [number, number];
    return { shape: [outer, inner, ...shape], layout: kernelLayout(spatial) };
  });
}

/** One filter or more a channel: [...sizes, C, multiplier] as [C · multiplier, 1, ...sizes]. */
function depthwiseOf({ weight, config }: Call, name: string, spatial: number, channels: number) {
  const sizes =
    config.kernel_size == null
      ? new Array<undefined>(spatial).fill(undefined)
      : sizesOf(config, 'kernel_size', spatial);
  return weight(name, [...sizes, channels, undefined], ([...shape]) => {
    const [inner, multiplier] = shape.splice(spatial) as [number, number];
    const layout = [...shape.map((_, axis) => axis + 2), 0, 1];
    return { shape: [inner * multiplier, 1, ...shape], layout };
  });
}

const biasOf = ({ weight, config }: Call, count: Value['shape'][number]) =>
  flagOf(config, 'use_bias', true) ? weight('bias', [count as number]) : undefined;

/** How the window slides. TensorFlow's `same` leaves the odd place of padding to the end; `causal` pads in front only. */
function windowOf({ config }: Call, kernel: Value, spatial: number) {
  const strides = sizesOf(config, 'strides', spatial, 1);
  const dilations = sizesOf(config, 'dilation_rate', spatial, 1);
  if ([...strides, ...dilations].includes(0))
    throw new SaliencyError('bad-file', 'a stride or dilation is 0');
  const padding = wordOf(config, 'padding', 'valid');
  const window = { strides, dilations };
  if (padding === 'valid') return window;
  if (padding === 'same') return { ...window, auto_pad: 'SAME_UPPER' };
  if (padding === 'causal' && spatial === 1) {
    const reach = reachOf(kernel.shape[2] as number, dilations[0]!);
    return { ...window, pads: [reach - 1, 0] };
  }
  throw new SaliencyError('bad-file', `"padding" is "${padding}"`);
}

function convolution(spatial: number): Layer {
  return (call) => {
    const { image, channels, back } = imageOf(call, spatial);
    const group = numberOf(call.config, 'groups', 1);
    if (!Number.isInteger(channels / group))
      throw new SaliencyError('bad-file', `${channels} channels don't divide into ${group} groups`);
    const filters = call.config.filters == null ? undefined : numberOf(call.config, 'filters');
    const kernel = kernelOf(call, 'kernel', spatial, channels / group, filters);
    const inputs = [image, kernel, biasOf(call, kernel.shape[0]!)];
    const attributes = { ...windowOf(call, kernel, spatial), group };
    return activated(call, back(call.c.g.op('Conv', inputs, attributes, call.names())), 'activation');
  };
}

export const Conv1D = convolution(1);
export const Conv2D = convolution(2);
export const Conv3D = convolution(3);

function depthwise(spatial: number): Layer {
  return (call) => {
    const { image, channels, back } = imageOf(call, spatial);
    const kernel = depthwiseOf(call, 'depthwise_kernel', spatial, channels);
    const attributes = { ...windowOf(call, kernel, spatial), group: channels };
    const inputs = [image, kernel, biasOf(call, kernel.shape[0]!)];
    return activated(call, back(call.c.g.op('Conv', inputs, attributes, call.names())), 'activation');
  };
}

export const DepthwiseConv1D = depthwise(1);
export const DepthwiseConv2D = depthwise(2);

function separable(spatial: number): Layer {
  return (call) => {
    const { g } = call.c;
    const { image, channels, back } = imageOf(call, spatial);
    const apart = depthwiseOf(call, 'depthwise_kernel', spatial, channels);
    const attributes = { ...windowOf(call, apart, spatial), group: channels };
    const between = g.op('Conv', [image, apart], attributes, call.names('depthwise'));
    const ones = new Array<number>(spatial).fill(1);
    const joined = call.weight(
      'pointwise_kernel',
      [...ones, apart.shape[0] as number, undefined],
      (shape) => ({
        shape: [shape.at(-1)!, shape.at(-2)!, ...ones],
        layout: kernelLayout(spatial),
      }),
    );
    const y = g.op('Conv', [between, joined, biasOf(call, joined.shape[0]!)], {}, call.names());
    return activated(call, back(y), 'activation');
  };
}

export const SeparableConv1D = separable(1);
export const SeparableConv2D = separable(2);

/** The input gradient of a convolution from its output, of the size that Keras says, to its input. */
function transposedConvolution(spatial: number): Layer {
  return (call) => {
    const { image, channels, back } = imageOf(call, spatial);
    const { config } = call;
    const filters = config.filters == null ? undefined : numberOf(config, 'filters');
    // The kernel is that convolution's: [...sizes, out, in].
    const kernel = kernelOf(call, 'kernel', spatial, filters, channels);
    const strides = sizesOf(config, 'strides', spatial, 1);
    if (strides.includes(0)) throw new SaliencyError('bad-file', 'a stride is 0');
    if (sizesOf(config, 'dilation_rate', spatial, 1).some((rate) => rate !== 1))
      throw new SaliencyError(
        'unsupported',
        'a transposed convolution with dilation is not supported (tfjs leaves the dilation out)',
      );
    if (config.output_padding != null)
      throw new SaliencyError('unsupported', '"output_padding" is not supported (tfjs leaves it out)');
    const same = wordOf(config, 'padding', 'valid') === 'same';
    const sizes = kernel.shape.slice(2) as number[];
    const less = sizes.map((size, axis) => Math.max(0, strides[axis]! - size));
    const attributes = same ? { strides, auto_pad: 'SAME_UPPER' } : { strides, output_padding: less };
    const inputs = [image, kernel, biasOf(call, kernel.shape[1]!)];
    return activated(
      call,
      back(call.c.g.op('ConvTranspose', inputs, attributes, call.names())),
      'activation',
    );
  };
}

export const Conv1DTranspose = transposedConvolution(1);
export const Conv2DTranspose = transposedConvolution(2);
export const Conv3DTranspose = transposedConvolution(3);

/** On the last axis; of an image that is a convolution with one place. */
export const Dense: Layer = (call) => {
  const { c, config, x, names, weight } = call;
  const { g } = c;
  const [inner] = fixedSizes(x, [x.shape.length - 1]);
  const units = config.units == null ? undefined : numberOf(config, 'units');
  const finished = (y: Value) => activated(call, y, 'activation');
  const image = c.named(x);
  if (image !== x && !isChannelsFirst(config)) {
    const ones = image.shape.slice(2).map(() => 1);
    const layout = [...ones.map((_, axis) => axis + 2), 1, 0];
    const kernel = weight('kernel', [inner, units], ([from, to]) => ({
      shape: [to!, from!, ...ones],
      layout,
    }));
    return finished(c.last(g.op('Conv', [image, kernel, biasOf(call, kernel.shape[0]!)], {}, names())));
  }
  const kernel = weight('kernel', [inner, units]);
  const bias = biasOf(call, kernel.shape[1]!);
  if (x.shape.length === 2)
    return finished(g.op('Gemm', bias ? [x, kernel, bias] : [x, kernel], {}, names()));
  const product = g.op('MatMul', [x, kernel], {}, names(bias && 'product'));
  return finished(bias ? g.op('Add', [product, bias], {}, names()) : product);
};
