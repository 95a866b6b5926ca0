/**
 * Image files to pixels: PNG, JPEG and TIFF (and what else sharp reads), 8 or 16 bits, grey or colour, alpha dropped; DICOM
 * and slices of NIfTI.
 *
 * Pixels are what the file stores. As in Pillow and torchvision, colour profiles and EXIF orientation are not applied:
 * a study must see what the model was trained on.
 */
import { readFile } from 'node:fs/promises';
import { SaliencyError } from '@regional-saliency/core';
import { isDicom, isNifti } from '@regional-saliency/regions';
import sharp from 'sharp';
import { decodeDicom } from './dicom';
import { decodeNifti } from './nifti';
import type { ScanOptions } from './window';

/** Pixels in rows, channels interleaved: `data[(y · width + x) · channels + c]`, 0..255 or 0..65535 by the array's type. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** 1 is grey, 3 is RGB. */
  readonly channels: 1 | 3;
  readonly data: Uint8Array | Uint16Array;
}

/** A picture of 8 bits a channel. */
export interface BytePicture extends Picture {
  readonly data: Uint8Array;
}

/** Reads an image file. @throws SaliencyError `bad-file` that names the file */
export async function readImage(path: string, options: ScanOptions = {}): Promise<Picture> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new SaliencyError('bad-file', `${path} can't be read: ${reasonOf(cause)}`, { cause });
  }
  return decodeImage(bytes, path, options);
}

/**
 * Decodes the bytes of an image file.
 *
 * @param name what an error calls the file
 * @param options window, frame and slice, for DICOM and NIfTI
 * @throws SaliencyError `bad-file` for bytes that are no image or a damaged one, `unsupported` for floating-point pixels and
 *   for compressions of DICOM that are not decoded, `bad-input` where a frame or slice must be chosen
 */
export async function decodeImage(
  bytes: Uint8Array,
  name: string,
  options: ScanOptions = {},
): Promise<Picture> {
  if (bytes.length === 0) throw new SaliencyError('bad-file', `${name} is an empty file, not an image`);
  try {
    if (isDicom(bytes)) return await decodeDicom(bytes, name, options);
    if (isNifti(bytes)) return await decodeNifti(bytes, name, options);
    const { channels = 3, depth, width, height } = await sharp(bytes, { ignoreIcc: true }).metadata();
    if (depth !== 'uchar' && depth !== 'ushort') {
      throw new SaliencyError(
        'unsupported',
        `${name} holds ${depth} pixels: save it with 8 or 16 bits a channel`,
      );
    }
    const deep = depth === 'ushort';
    const grey = channels < 3;
    const { data } = await sharp(bytes, { ignoreIcc: true })
      .removeAlpha()
      .toColourspace(grey ? (deep ? 'grey16' : 'b-w') : deep ? 'rgb16' : 'srgb')
      .raw({ depth })
      .toBuffer({ resolveWithObject: true });
    const values = deep
      ? new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return { width, height, channels: grey ? 1 : 3, data: values };
  } catch (cause) {
    if (cause instanceof SaliencyError) throw cause;
    throw new SaliencyError('bad-file', `${name} is not an image that can be read: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

/** An underlying library's message as the end of a sentence of ours. */
function reasonOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return 'there is no such file';
  if (cause instanceof Error && 'code' in cause && cause.code === 'EISDIR') return 'it is a folder';
  const message = cause instanceof Error ? cause.message : String(cause);
  return message
    .split('\n')[0]!
    .replace(/^Input buffer /, 'it ')
    .replace(/\.$/, '');
}
