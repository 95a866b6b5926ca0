/**
 * DICOM images as pictures: from stored samples through rescaling and window to grey (PS3.3 C.11.1 and C.11.2), or colours.
 */
import { SaliencyError } from '@regional-saliency/core';
import { type DicomFile, dicomItems, openDicom, samplesOf } from '@regional-saliency/regions';
import { decodeFrame } from './codecs';
import type { Picture } from './decode';
import { between, type ScanOptions, type Shade, shaded } from './window';

type DataSet = DicomFile['dataSet'];

/**
 * Grey is 16 bits: samples are rescaled by the file's slope and intercept or table, then shaded by the window given, else by
 * the file's table of interest (VOI LUT), else by its first window, else from the smallest to the largest value, padding left
 * out. MONOCHROME1, where small values are white, is inverted, so that bright is bright in all pictures. Colours are 8 bits.
 *
 * @param name what an error calls the file
 * @throws SaliencyError `bad-file` for a damaged file; `unsupported` that names the transfer syntax or the kind of pixels;
 *   `bad-input` where the file holds several frames and none was chosen
 */
export async function decodeDicom(
  bytes: Uint8Array,
  name: string,
  { window, frame }: ScanOptions = {},
): Promise<Picture> {
  const file = await openDicom(bytes, name);
  const { format, frames } = file;
  if (frame === undefined && frames > 1) {
    throw new SaliencyError('bad-input', `${name} holds ${frames} frames: say which, from 0`);
  }
  const samples = await samplesOf(file, frame ?? 0, decodeFrame);
  const size = { width: format.columns, height: format.rows };
  if (format.samples === 3) return { ...size, channels: 3, data: colours(file, samples) };
  if (!format.photometric.startsWith('MONOCHROME')) {
    throw new SaliencyError(
      'unsupported',
      `${name} holds ${format.photometric} pixels: save it as MONOCHROME or RGB`,
    );
  }
  const values = rescaled(file, samples, frame ?? 0);
  const shade = shadeOf(file, values, samples, frame ?? 0, window);
  const data = shaded(values, format.photometric === 'MONOCHROME1' ? (value) => 1 - shade(value) : shade);
  return { ...size, channels: 1, data };
}

/** Where a frame's elements stand: in its own functional group, in one that all frames share, or in the file at large. */
function groupOf({ dataSet }: DicomFile, frame: number, tag: string): DataSet {
  const own = dicomItems(dicomItems(dataSet, 'x52009230')[frame], tag)[0];
  return own ?? dicomItems(dicomItems(dataSet, 'x52009229')[0], tag)[0] ?? dataSet;
}

function rescaled(file: DicomFile, samples: Float64Array, frame: number): Float64Array {
  const group = groupOf(file, frame, 'x00289145');
  const [table] = dicomItems(group, 'x00283000');
  if (table) {
    const { at } = tableOf(file, table, file.format.signed);
    return samples.map(at);
  }
  const slope = group.floatString('x00281053') ?? 1;
  const intercept = group.floatString('x00281052') ?? 0;
  return samples.map((sample) => sample * slope + intercept);
}

function shadeOf(
  file: DicomFile,
  values: Float64Array,
  samples: Float64Array,
  frame: number,
  given: ScanOptions['window'],
): Shade {
  const group = groupOf(file, frame, 'x00289132');
  const [table] = dicomItems(group, 'x00283010');
  if (table && !given) {
    const { at, largest } = tableOf(
      file,
      table,
      values.some((value) => value < 0),
    );
    return (value) => at(value) / largest;
  }
  const centre = given?.[0] ?? group.floatString('x00281050');
  const width = given?.[1] ?? group.floatString('x00281051');
  const kind = group.string('x00281056') ?? 'LINEAR';
  const { source } = file;
  if (centre !== undefined && width !== undefined) {
    const least = kind === 'LINEAR' ? 1 : Number.MIN_VALUE;
    if (!Number.isFinite(centre) || !(width >= least)) {
      throw new SaliencyError(
        given ? 'bad-input' : 'bad-file',
        `${source} has a window of centre ${centre} and width ${width}: give [centre, width], the width at least 1`,
      );
    }
    switch (kind) {
      // By the standard a window of width w has w whole numbers, and its ends lie between them.
      case 'LINEAR':
        return between(centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2);
      case 'LINEAR_EXACT':
        return between(centre - width / 2, centre + width / 2);
      case 'SIGMOID':
        return (value) => 1 / (1 + Math.exp((-4 * (value - centre)) / width));
      default:
        throw new SaliencyError(
          'unsupported',
          `${source} has a window of the form ${kind}: give another one`,
        );
    }
  }
  const padded = paddingOf(file);
  let [low, high] = [Infinity, -Infinity];
  values.forEach((value, pixel) => {
    if (padded(samples[pixel]!)) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  });
  return between(low, high);
}

/** Whether a stored sample lies beyond the image: the padding value, or between it and its other end. */
function paddingOf({ dataSet, format: { signed } }: DicomFile): (sample: number) => boolean {
  const value = (tag: string) => (signed ? dataSet.int16(tag) : dataSet.uint16(tag));
  const first = value('x00280120');
  if (first === undefined) return () => false;
  const last = value('x00280121') ?? first;
  return (sample) => sample >= Math.min(first, last) && sample <= Math.max(first, last);
}

/** A table: how many entries, what the first is for, how many bits each has; what lies beyond takes the first or last entry. */
function tableOf({ source }: DicomFile, item: DataSet, signed: boolean) {
  const count = item.uint16('x00283002', 0) || 65536;
  const first = (signed ? item.int16('x00283002', 1) : item.uint16('x00283002', 1)) ?? 0;
  const bits = item.uint16('x00283002', 2) ?? 0;
  const data = item.elements.x00283006;
  const bytes = data?.length === count || data?.length === count + 1;
  if (!data || bits < 1 || bits > 16 || (!bytes && data.length < 2 * count)) {
    throw new SaliencyError(
      'bad-file',
      `${source} has a damaged table of grey values: give a window instead`,
    );
  }
  const entries = Float64Array.from({ length: count }, (_, at) =>
    bytes && count > 1 ? item.byteArray[data.dataOffset + at]! : item.uint16('x00283006', at)!,
  );
  const at = (value: number) => entries[Math.min(count - 1, Math.max(0, Math.round(value) - first))]!;
  return { at, largest: 2 ** bits - 1 };
}

function colours({ format, syntax, source }: DicomFile, samples: Float64Array): Uint8Array {
  const { photometric, bitsAllocated } = format;
  // Decoders of JPEG and JPEG 2000 turn the colours that these have by themselves.
  const decoded = syntax.startsWith('1.2.840.10008.1.2.4.') && photometric !== 'YBR_FULL';
  const lossy = ['1.2.840.10008.1.2.4.50', '1.2.840.10008.1.2.4.51'].includes(syntax);
  if (bitsAllocated !== 8 || !(photometric === 'RGB' || photometric === 'YBR_FULL' || decoded)) {
    throw new SaliencyError(
      'unsupported',
      `${source} holds ${photometric} pixels of ${bitsAllocated} bits: save it as RGB of 8 bits, or as MONOCHROME`,
    );
  }
  if (photometric !== 'YBR_FULL' || lossy) return Uint8Array.from(samples);
  const data = new Uint8ClampedArray(samples.length);
  for (let at = 0; at < samples.length; at += 3) {
    const [y, b, r] = [samples[at]!, samples[at + 1]! - 128, samples[at + 2]! - 128];
    data[at] = y + 1.402 * r;
    data[at + 1] = y - (0.114 * 1.772 * b + 0.299 * 1.402 * r) / 0.587;
    data[at + 2] = y + 1.772 * b;
  }
  return new Uint8Array(data.buffer);
}
