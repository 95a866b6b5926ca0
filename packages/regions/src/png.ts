/** Label maps from PNG files: the numbers as they are stored, without colours or gamma. */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import { type DecodedPng, decode, hasPngSignature } from 'fast-png';

/**
 * The labels of a PNG, [height, width]: grey values of 1 to 16 bits, or the indices of a palette. A colour image
 * will do where its channels are all alike, since many editors save grey as colour.
 *
 * @param source what to call the file in errors
 * @throws SaliencyError `bad-file` where it is no PNG or damaged; `unsupported` where it has colours or
 *   transparency, or packs several pixels a byte in interlaced rows
 */
export function labelsFromPng(bytes: Uint8Array, source = 'the label map'): Tensor {
  // The depth and the interlacing stand at fixed places of the header; the decoder can't tell such a file.
  const packed = bytes[24]! < 8;
  const interlaced = bytes[28] !== 0;
  if (hasPngSignature(bytes) && packed && interlaced) {
    throw new SaliencyError(
      'unsupported',
      `${source} packs several pixels a byte in interlaced rows: save it without interlacing`,
    );
  }
  let png: DecodedPng;
  try {
    png = decode(bytes, { checkCrc: true });
  } catch (cause) {
    throw new SaliencyError('bad-file', `${source} is not a PNG file, or is damaged: save it again as PNG`, {
      cause,
    });
  }
  const { width, height, channels, depth } = png;
  if (depth < 8) return { data: unpack(png), shape: [height, width], dtype: 'uint8' };
  const data = png.data instanceof Uint16Array ? png.data : new Uint8Array(png.data);
  const dtype = data instanceof Uint16Array ? 'uint16' : 'uint8';
  if (channels === 1) return { data, shape: [height, width], dtype };

  const opaque = 2 ** depth - 1;
  const colours = channels < 3 ? 1 : 3;
  const labels = data.filter((_, index) => index % channels === 0);
  labels.forEach((label, pixel) => {
    const values = data.subarray(pixel * channels, (pixel + 1) * channels);
    if (values.subarray(0, colours).some((value) => value !== label)) {
      throw new SaliencyError(
        'unsupported',
        `${source} is a colour image, and a label map holds one number a pixel: save it as grey or indexed PNG`,
      );
    }
    if (values.length > colours && values[colours] !== opaque) {
      throw new SaliencyError(
        'unsupported',
        `${source} has transparent pixels: save it without transparency`,
      );
    }
  });
  return { data: labels, shape: [height, width], dtype };
}

/** Pixels of 1, 2 or 4 bits: rows start at a byte, and the first pixel takes a byte's highest bits. */
function unpack({ data, width, height, depth }: DecodedPng): Uint8Array {
  const bytesPerRow = Math.ceil((width * depth) / 8);
  const labels = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const bit = column * depth;
      const byte = data[row * bytesPerRow + (bit >> 3)]!;
      labels[row * width + column] = (byte >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
    }
  }
  return labels;
}
