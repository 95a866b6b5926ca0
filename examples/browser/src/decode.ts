/** Pictures as the study's functions take them, decoded by the browser. */
import { SaliencyError } from '@regional-saliency/core';
import type { BytePicture } from '@regional-saliency/study/browser';
import type { StudyImage } from './study';

/** Colours as the file stores them, alpha dropped. @throws SaliencyError `bad-file` that names the file */
export async function decode({ name, file }: StudyImage): Promise<BytePicture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, {
      colorSpaceConversion: 'none',
      imageOrientation: 'none' as 'from-image',
      premultiplyAlpha: 'none',
    });
  } catch (cause) {
    throw new SaliencyError('bad-file', `${name} can't be decoded: save it as PNG or JPEG`, { cause });
  }
  const { width, height } = bitmap;
  const pen = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data: rgba } = pen.getImageData(0, 0, width, height);
  const data = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    data[3 * pixel] = rgba[4 * pixel]!;
    data[3 * pixel + 1] = rgba[4 * pixel + 1]!;
    data[3 * pixel + 2] = rgba[4 * pixel + 2]!;
  }
  return { width, height, channels: 3, data };
}

/** A picture for a canvas. */
export function imageDataOf({ width, height, channels, data }: BytePicture): ImageData {
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      image.data[4 * pixel + channel] = data[channels * pixel + (channels === 3 ? channel : 0)]!;
    }
    image.data[4 * pixel + 3] = 255;
  }
  return image;
}
