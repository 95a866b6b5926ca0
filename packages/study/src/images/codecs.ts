/**
 * The compressed transfer syntaxes of DICOM, each by a kept library that is loaded when a file needs it: JPEG by sharp, JPEG
 * Lossless, JPEG-LS and JPEG 2000 by Cornerstone's decoders. RLE and what is not compressed `samplesOf` reads by itself.
 */
import type { FrameDecoder, PixelFormat } from '@regional-saliency/regions';
import sharp from 'sharp';

/** What the decoders say goes nowhere: errors are told as ours. */
const silent = { print() {}, printErr() {} };

type Decode = (bytes: Uint8Array, format: PixelFormat) => Promise<Uint8Array | undefined>;

/** Of 8 bits; 12 bits, which JPEG Extended may have, are not decoded. */
const jpeg: Decode = async (bytes, { bitsAllocated, samples }) => {
  if (bitsAllocated !== 8) return undefined;
  const space = samples === 1 ? 'b-w' : 'srgb';
  return sharp(bytes, { ignoreIcc: true }).toColourspace(space).raw().toBuffer();
};

const jpegLossless: Decode = async (bytes, format) => {
  const { Decoder } = await import('@cornerstonejs/jpeg-lossless-decoder-js');
  // A copy: the decoder reads from the start of the buffer.
  const decoder = new Decoder();
  const samples = decoder.decode(bytes.slice().buffer, 0, bytes.length, format.bitsAllocated / 8);
  const { dimX: width, dimY: height, numComp: componentCount, precision } = decoder.frame;
  check({ width, height, componentCount }, format);
  return widened(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), precision, format);
};

/** Each is started once, and refuses to be started again. */
let charls: ReturnType<typeof import('@cornerstonejs/codec-charls/decode').default> | undefined;
let openjpeg: ReturnType<typeof import('@cornerstonejs/codec-openjpeg/decode').default> | undefined;

const jpegLs: Decode = async (bytes, format) => {
  charls ??= import('@cornerstonejs/codec-charls/decode').then(({ default: load }) => load(silent));
  const decoder = new (await charls).JpegLSDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const info = decoder.getFrameInfo();
    check(info, format);
    const samples = widened(decoder.getDecodedBuffer().slice(), info.bitsPerSample, format);
    return info.componentCount > 1 && decoder.getInterleaveMode() === 0
      ? interleaved(samples, format)
      : samples;
  } finally {
    decoder.delete();
  }
};

const jpeg2000: Decode = async (bytes, format) => {
  openjpeg ??= import('@cornerstonejs/codec-openjpeg/decode').then(({ default: load }) => load(silent));
  const decoder = new (await openjpeg).J2KDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const info = decoder.getFrameInfo();
    check(info, format);
    return widened(decoder.getDecodedBuffer().slice(), info.bitsPerSample, format);
  } finally {
    decoder.delete();
  }
};

const codecs: ReadonlyMap<string, Decode> = new Map([
  ['1.2.840.10008.1.2.4.50', jpeg],
  ['1.2.840.10008.1.2.4.51', jpeg],
  ['1.2.840.10008.1.2.4.57', jpegLossless],
  ['1.2.840.10008.1.2.4.70', jpegLossless],
  ['1.2.840.10008.1.2.4.80', jpegLs],
  ['1.2.840.10008.1.2.4.81', jpegLs],
  ['1.2.840.10008.1.2.4.90', jpeg2000],
  ['1.2.840.10008.1.2.4.91', jpeg2000],
]);

/** For `samplesOf`; undefined for a transfer syntax that none of the libraries decodes. */
export const decodeFrame: FrameDecoder = async (bytes, syntax, format) => codecs.get(syntax)?.(bytes, format);

function check(
  decoded: { readonly width: number; readonly height: number; readonly componentCount: number },
  { rows, columns, samples }: PixelFormat,
): void {
  const { width, height, componentCount } = decoded;
  if (width !== columns || height !== rows || componentCount !== samples) {
    throw new RangeError(
      `a frame of ${height}×${width}×${componentCount} in a file of ${rows}×${columns}×${samples}`,
    );
  }
}

/** Decoders give a byte for samples of up to 8 bits, where the file may say two. */
function widened(
  bytes: Uint8Array,
  precision: number,
  { rows, columns, samples, bitsAllocated }: PixelFormat,
) {
  const count = rows * columns * samples;
  if (bitsAllocated <= 8 || bytes.length !== count || precision > 8) return bytes;
  return new Uint8Array(Uint16Array.from(bytes).buffer);
}

function interleaved(planes: Uint8Array, { samples, bitsAllocated }: PixelFormat): Uint8Array {
  const width = bitsAllocated / 8;
  const pixels = planes.length / samples / width;
  return planes.map((_, at) => {
    const [sample, byte] = [Math.floor(at / width), at % width];
    return planes[((sample % samples) * pixels + Math.floor(sample / samples)) * width + byte]!;
  });
}
