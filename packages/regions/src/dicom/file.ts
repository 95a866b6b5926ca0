/**
 * DICOM files (PS3.10): their elements by dicom-parser, and the stored bytes of each frame of pixels.
 *
 * dicom-parser and fflate are loaded when a file is opened, so that pages that open none don't carry them.
 */
import { SaliencyError } from '@regional-saliency/core';
import type { DataSet } from 'dicom-parser';
import { syntaxName } from './syntaxes';

/** How the pixels of a frame are stored (PS3.3 C.7.6.3). */
export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  /** 1 is grey, 3 is colour. */
  readonly samples: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly signed: boolean;
  /** Colours plane by plane and not pixel by pixel. */
  readonly planar: boolean;
  /** Such as MONOCHROME2. */
  readonly photometric: string;
}

export interface DicomFile {
  /** What to call it in errors. */
  readonly source: string;
  /** The elements, by tags such as `x00280010`. */
  readonly dataSet: DataSet;
  /** The transfer syntax, a UID. */
  readonly syntax: string;
  readonly format: PixelFormat;
  readonly frames: number;
  /**
   * The bytes of a frame as stored: in the transfer syntax's compression, or as samples. Of frames of single bits: all
   * frames together, since they need not begin at a byte.
   */
  stored(frame: number): Uint8Array;
}

/** Whether bytes begin as a DICOM file does, by the mark after 128 bytes. */
export function isDicom(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM';
}

/**
 * Opens a DICOM file that holds pixels.
 *
 * @param source what to call the file in errors
 * @throws SaliencyError `bad-file` for what is no DICOM file, damaged or cut short; `unsupported` where there are no pixels
 */
export async function openDicom(bytes: Uint8Array, source = 'the DICOM file'): Promise<DicomFile> {
  const damaged = (problem: string, cause?: unknown) => unreadable(source, problem, cause);
  if (!isDicom(bytes)) throw damaged('it lacks the mark "DICM" after 128 bytes');
  const [{ default: parser }, { inflateSync }] = await Promise.all([
    import('dicom-parser'),
    import('fflate'),
  ]);
  const dataSet = guarded(source, () => {
    // The data set is what stands after the header, and offsets count in what is returned here.
    const inflater = (content: Uint8Array, position: number) => inflateSync(content.subarray(position));
    return parser.parseDicom(bytes, { inflater });
  });
  return guarded(source, () => fileOf(dataSet, parser, source));
}

function fileOf(dataSet: DataSet, parser: typeof import('dicom-parser'), source: string): DicomFile {
  const damaged = (problem: string, cause?: unknown) => unreadable(source, problem, cause);
  const syntax = dataSet.string('x00020010') ?? '';
  const pixels = dataSet.elements.x7fe00010;
  const format: PixelFormat = {
    rows: dataSet.uint16('x00280010') ?? 0,
    columns: dataSet.uint16('x00280011') ?? 0,
    samples: dataSet.uint16('x00280002') ?? 1,
    bitsAllocated: dataSet.uint16('x00280100') ?? 0,
    bitsStored: dataSet.uint16('x00280101') ?? dataSet.uint16('x00280100') ?? 0,
    signed: dataSet.uint16('x00280103') === 1,
    planar: dataSet.uint16('x00280006') === 1,
    photometric: dataSet.string('x00280004') ?? 'MONOCHROME2',
  };
  const { rows, columns, samples, bitsAllocated, bitsStored } = format;
  if (!pixels || rows === 0 || columns === 0) {
    throw new SaliencyError(
      'unsupported',
      `${source} is a DICOM file without pixels: give an image or a segmentation`,
    );
  }
  if (![1, 8, 16, 32].includes(bitsAllocated) || bitsStored < 1 || bitsStored > bitsAllocated) {
    throw new SaliencyError(
      'unsupported',
      `${source} stores ${bitsStored} of ${bitsAllocated} bits a sample: those of 1, 8, 16 and 32 bits are read`,
    );
  }
  if (samples !== 1 && samples !== 3) {
    throw new SaliencyError('unsupported', `${source} has ${samples} samples a pixel: 1 and 3 are read`);
  }
  const frames = dataSet.intString('x00280008') ?? 1;
  if (!(frames >= 1)) throw damaged(`it says that it has ${frames} frames`);
  const content = dataSet.byteArray;
  const perFrame = (rows * columns * samples * bitsAllocated) / 8;
  if (!pixels.encapsulatedPixelData) {
    const length = Math.min(pixels.length, content.length - pixels.dataOffset);
    const needed = Math.ceil(perFrame * frames);
    if (length < needed) throw damaged(`it is cut short, with ${length} of ${needed} bytes of pixels`);
  } else if ((pixels.fragments ?? []).length < frames) {
    throw damaged(
      `it is cut short, with ${pixels.fragments?.length ?? 0} parts of pixels for ${frames} frames`,
    );
  }

  const encapsulated = (frame: number): Uint8Array => {
    const { fragments = [], basicOffsetTable = [] } = pixels;
    const part = (first: number, count: number) =>
      parser.readEncapsulatedPixelDataFromFragments(dataSet, pixels, first, count, fragments);
    if (frames === 1) return part(0, fragments.length);
    if (basicOffsetTable.length === frames) {
      return parser.readEncapsulatedImageFrame(dataSet, pixels, frame, basicOffsetTable, fragments);
    }
    if (fragments.length === frames) return part(frame, 1);
    const offsets = parser.createJPEGBasicOffsetTable(dataSet, pixels, fragments);
    return parser.readEncapsulatedImageFrame(dataSet, pixels, frame, offsets, fragments);
  };
  return {
    source,
    dataSet,
    syntax,
    format,
    frames,
    stored(frame) {
      if (!(Number.isInteger(frame) && frame >= 0 && frame < frames)) {
        throw new SaliencyError('bad-input', `${source} has no frame at ${frame}: choose 0 to ${frames - 1}`);
      }
      if (!pixels.encapsulatedPixelData) {
        const [start, end] =
          bitsAllocated === 1 ? [0, perFrame * frames] : [frame, frame + 1].map((n) => n * perFrame);
        return content.subarray(pixels.dataOffset + start!, pixels.dataOffset + Math.ceil(end!));
      }
      try {
        const bytes = encapsulated(frame);
        if (bytes.length > 0) return bytes;
      } catch (cause) {
        throw damaged(`its frame ${frame}, in ${syntaxName(syntax)}, is damaged or cut short`, cause);
      }
      throw damaged(`its frame ${frame}, in ${syntaxName(syntax)}, is empty`);
    },
  };
}

/** Runs what reads elements, which throws in many ways where a file is damaged. */
export function guarded<Result>(source: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof SaliencyError) throw cause;
    throw unreadable(source, 'it is damaged or cut short', cause);
  }
}

function unreadable(source: string, problem: string, cause?: unknown): SaliencyError {
  return new SaliencyError('bad-file', `${source} is no DICOM file that can be read: ${problem}`, { cause });
}

/** The items of a sequence; none where it is absent. */
export function itemsOf(dataSet: DataSet | undefined, tag: string): DataSet[] {
  return dataSet?.elements[tag]?.items?.flatMap((item) => item.dataSet ?? []) ?? [];
}

/** Text by the file's character set where that is UTF-8, else as Latin-1. */
export function textOf(dataSet: DataSet, tag: string, root: DataSet): string | undefined {
  const element = dataSet.elements[tag];
  if (!element) return undefined;
  const utf8 = root.string('x00080005')?.includes('192');
  const bytes = dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
  return new TextDecoder(utf8 ? 'utf-8' : 'latin1').decode(bytes).replace(/[\0 ]+$/, '');
}
