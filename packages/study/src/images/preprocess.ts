/**
 * From a picture to what a model takes: channels, resize, centre crop, 0..1, mean and deviation, NCHW float32.
 *
 * The steps and their order are torchvision's (`convert`, `Resize`, `CenterCrop`, `ToTensor`, `Normalize`), and for 8-bit
 * images the numbers are too, bit by bit. Nothing here is random: the same file gives the same tensor everywhere.
 */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import type { BytePicture, Picture } from './decode';
import { type FloatPicture, type Interpolation, resizeBytes, resizeFloats } from './resize';

export interface Preprocessing {
  /** `[height, width]`, or the length of the shorter side (the other follows, as in torchvision's `Resize(256)`). */
  readonly size: number | readonly [number, number];
  /** `[height, width]` cut from the middle after resizing; absent: no crop. */
  readonly crop?: readonly [number, number] | undefined;
  readonly interpolation?: Interpolation | undefined;
  /** What the model takes: 1 (colour becomes luma, ITU-R BT.601 as in Pillow) or 3 (grey is repeated). */
  readonly channels: 1 | 3;
  /** Per channel, on the scale 0..1. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface Prepared {
  /** `[1, channels, height, width]`, normalised. */
  readonly tensor: Tensor;
  /** The picture as the model sees it before normalisation, 8 bits: what overlays are drawn on. */
  readonly shown: BytePicture;
}

/**
 * Prepares one picture.
 *
 * @throws SaliencyError `bad-input` where the crop is larger than the resized picture
 */
export function preprocess(picture: Picture, options: Preprocessing, name = 'the image'): Prepared {
  const { interpolation = 'bilinear', channels } = options;
  const [height, width] = sizeAfterResize(picture, options.size);
  let pixels: Picture | FloatPicture;
  let maximum: number;
  if (picture.data instanceof Uint8Array) {
    const bytes = { ...picture, channels, data: withChannels(picture.data, picture.channels, channels) };
    pixels = resizeBytes(bytes, width, height, interpolation);
    maximum = 255;
  } else {
    const unit = Float32Array.from(picture.data, (value) => value / 65535);
    const floats = { ...picture, channels, data: withChannels(unit, picture.channels, channels) };
    pixels = resizeFloats(floats, width, height, interpolation);
    maximum = 1;
  }
  if (options.crop) pixels = centreCrop(pixels, options.crop, name);
  return { tensor: normalise(pixels, maximum, options), shown: asBytes(pixels, maximum) };
}

/** `[height, width]` after resizing, before the crop. */
export function sizeAfterResize(
  picture: { readonly width: number; readonly height: number },
  size: Preprocessing['size'],
): [number, number] {
  if (typeof size !== 'number') return [size[0], size[1]];
  const { width, height } = picture;
  return width <= height
    ? [Math.trunc((size * height) / width), size]
    : [size, Math.trunc((size * width) / height)];
}

/** `[height, width]` of what the model gets, where that does not depend on the picture. */
export function preparedSize({ size, crop }: Preprocessing): readonly [number, number] | undefined {
  return crop ?? (typeof size === 'number' ? undefined : size);
}

/** Grey repeated to three channels, or colour reduced to luma. */
function withChannels<A extends Uint8Array | Float32Array>(source: A, from: 1 | 3, to: 1 | 3): A {
  if (from === to) return source;
  const count = source.length / from;
  const data = new (source.constructor as new (size: number) => A)(count * to);
  if (to === 3) {
    for (let i = 0; i < count; i++) data[3 * i] = data[3 * i + 1] = data[3 * i + 2] = source[i]!;
  } else if (source instanceof Uint8Array) {
    // Pillow's luma: weights in 16 fractional bits, rounded to nearest.
    for (let i = 0; i < count; i++) {
      const sum = 19595 * source[3 * i]! + 38470 * source[3 * i + 1]! + 7471 * source[3 * i + 2]!;
      data[i] = (sum + 0x8000) >> 16;
    }
  } else {
    for (let i = 0; i < count; i++) {
      data[i] = 0.299 * source[3 * i]! + 0.587 * source[3 * i + 1]! + 0.114 * source[3 * i + 2]!;
    }
  }
  return data;
}

function centreCrop<P extends Picture | FloatPicture>(
  picture: P,
  [height, width]: readonly [number, number],
  name: string,
): P {
  if (height > picture.height || width > picture.width) {
    throw new SaliencyError(
      'bad-input',
      `${name} is ${picture.height}×${picture.width} after resizing, smaller than the crop of ${height}×${width}: resize to more or crop less`,
    );
  }
  const top = roundHalfToEven((picture.height - height) / 2);
  const left = roundHalfToEven((picture.width - width) / 2);
  const c = picture.channels;
  const data = picture.data.slice(0, height * width * c);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * picture.width + left) * c;
    data.set(picture.data.subarray(start, start + width * c), y * width * c);
  }
  return { ...picture, width, height, data };
}

/** Python's `round`, which decides torchvision's crop for odd margins. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function normalise(pixels: Picture | FloatPicture, maximum: number, { mean, std }: Preprocessing): Tensor {
  const { width, height, channels, data } = pixels;
  const area = width * height;
  const out = new Float32Array(channels * area);
  for (let c = 0; c < channels; c++) {
    const m = Math.fround(mean[c]!);
    const s = Math.fround(std[c]!);
    // Each step is rounded to float32, as the three tensor operations of ToTensor and Normalize are.
    for (let i = 0; i < area; i++) {
      out[c * area + i] = Math.fround(Math.fround(data[i * channels + c]! / maximum) - m) / s;
    }
  }
  return { data: out, shape: [1, channels, height, width], dtype: 'float32' };
}

function asBytes(pixels: Picture | FloatPicture, maximum: number): BytePicture {
  const { width, height, data } = pixels;
  const bytes =
    data instanceof Uint8Array
      ? data
      : Uint8Array.from(data, (v) => Math.round((Math.min(maximum, Math.max(0, v)) / maximum) * 255));
  return { width, height, channels: pixels.channels as 1 | 3, data: bytes };
}
