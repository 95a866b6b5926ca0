/** The samples of a DICOM frame: from bytes that are not compressed, from RLE (PS3.5 annex G), or through a decoder. */
import { SaliencyError } from '@regional-saliency/core';
import type { DicomFile, PixelFormat } from './file';
import { BIG_ENDIAN, RLE, syntaxName } from './syntaxes';

/**
 * Decodes a compressed frame to samples pixel by pixel, little endian, in `bitsAllocated` bits; undefined where it
 * doesn't know the transfer syntax.
 */
export type FrameDecoder = (
  bytes: Uint8Array,
  syntax: string,
  format: PixelFormat,
) => Promise<Uint8Array | undefined>;

/**
 * The samples of a frame, pixel by pixel: the stored bits as whole numbers with their sign.
 *
 * @param decode for what is compressed otherwise than by RLE
 * @throws SaliencyError `unsupported` that names a transfer syntax which nothing here decodes; `bad-file` for a damaged
 *   frame; `bad-input` for a frame that there isn't
 */
export async function samplesOf(file: DicomFile, frame = 0, decode?: FrameDecoder): Promise<Float64Array> {
  const { source, syntax, format, dataSet } = file;
  const stored = file.stored(frame);
  const count = format.rows * format.columns * format.samples;
  if (!dataSet.elements.x7fe00010!.encapsulatedPixelData) {
    if (format.bitsAllocated === 1) return bitsOf(stored, frame * count, count);
    const samples = numbersOf(stored, count, format, syntax !== BIG_ENDIAN);
    return format.planar && format.samples > 1 ? interleaved(samples, format) : samples;
  }
  let bytes: Uint8Array | undefined;
  try {
    bytes = syntax === RLE ? unpacked(stored, format) : await decode?.(stored, syntax, format);
  } catch (cause) {
    if (cause instanceof SaliencyError) throw cause;
    throw damaged(file, frame, cause);
  }
  if (!bytes) {
    throw new SaliencyError(
      'unsupported',
      `${source} is compressed by ${syntaxName(syntax)}, which is not decoded here: save it uncompressed, ` +
        'as Explicit VR Little Endian',
    );
  }
  if (bytes.length < (count * format.bitsAllocated) / 8) throw damaged(file, frame);
  return numbersOf(bytes, count, format, true);
}

function damaged({ source, syntax }: DicomFile, frame: number, cause?: unknown): SaliencyError {
  return new SaliencyError(
    'bad-file',
    `${source} is no DICOM file that can be read: its frame ${frame}, in ${syntaxName(syntax)}, is damaged or cut short`,
    { cause },
  );
}

/** Single bits, the lowest of a byte first; frames follow each other without a gap. */
function bitsOf(bytes: Uint8Array, start: number, count: number): Float64Array {
  return Float64Array.from(
    { length: count },
    (_, at) => (bytes[(start + at) >> 3]! >> ((start + at) & 7)) & 1,
  );
}

/** What lies beyond the stored bits may be anything, such as an overlay, and is left out. */
function numbersOf(
  bytes: Uint8Array,
  count: number,
  { bitsAllocated, bitsStored, signed }: PixelFormat,
  little: boolean,
): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = {
    8: (at: number) => view.getUint8(at),
    16: (at: number) => view.getUint16(2 * at, little),
    32: (at: number) => view.getUint32(4 * at, little),
  }[bitsAllocated as 8 | 16 | 32];
  const unused = 32 - bitsStored;
  return Float64Array.from({ length: count }, (_, at) =>
    signed ? (read(at) << unused) >> unused : (read(at) << unused) >>> unused,
  );
}

function interleaved(planes: Float64Array, { samples }: PixelFormat): Float64Array {
  const pixels = planes.length / samples;
  return planes.map((_, at) => planes[(at % samples) * pixels + Math.floor(at / samples)]!);
}

/** One run-length coded segment for each byte of each sample, the highest byte first. */
function unpacked(bytes: Uint8Array, { rows, columns, samples, bitsAllocated }: PixelFormat): Uint8Array {
  const width = bitsAllocated / 8;
  const pixels = rows * columns;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  if (count !== samples * width)
    throw new RangeError(`${count} segments for ${samples} samples of ${width} bytes`);
  // Two bytes make 128 at most; what says that it is more is damaged, and would take any amount of memory.
  if (pixels * samples * width > 64 * bytes.length)
    throw new RangeError('more pixels than its bytes can hold');
  const target = new Uint8Array(pixels * samples * width);
  for (let segment = 0; segment < count; segment++) {
    let at = view.getUint32(4 + 4 * segment, true);
    const sample = Math.floor(segment / width);
    const byte = width - 1 - (segment % width);
    for (let pixel = 0; pixel < pixels; ) {
      const control = view.getInt8(at++);
      if (control === -128) continue;
      // From 0 on: so many bytes and one more as they are. Below: the next byte, repeated.
      const length = control >= 0 ? control + 1 : 1 - control;
      for (let step = 0; step < length && pixel < pixels; step++, pixel++) {
        target[(pixel * samples + sample) * width + byte] = view.getUint8(control >= 0 ? at + step : at);
      }
      at += control >= 0 ? length : 1;
    }
  }
  return target;
}
