/**
 * What a region is: a name, and the pixels it covers at whatever resolution it is asked for.
 *
 * A region is defined on an image and rasterised on a map that covers the same field of view, so the same
 * region serves a 7×7 class activation map and the full image. Any object with these two members is one.
 */
import type { Tensor } from '@regional-saliency/core';

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** 1 where a pixel belongs, 0 elsewhere; shape [height, width]. */
export interface Mask extends Tensor {
  readonly data: Uint8Array;
  readonly shape: readonly [height: number, width: number];
  readonly dtype: 'bool';
}

export interface Region {
  readonly name: string;
  /** In [0, 1]: how far to trust a region that an algorithm found; absent for one that was drawn. */
  readonly confidence?: number | undefined;
  /** The pixels covered when the image is seen as `height` × `width` pixels. */
  mask(height: number, width: number): Mask;
}

/** An image as far as regions care: `name` is the file's name without its extension; size in pixels. */
export interface ImageInfo extends Size {
  readonly name: string;
  /**
   * What it shows, [C, H, W], for regions that are found in an image rather than drawn. It may be of another size, of the
   * same field of view.
   */
  readonly pixels?: Tensor | undefined;
}

/**
 * The regions of one image. They may differ from image to image: a label map is drawn for each, and a length
 * in pixels means another fraction of each. Width and height are those of the image that the regions were
 * drawn on, whose field of view must be that of the saliency map (resized, then, but not cropped).
 */
export type RegionSet = (image: ImageInfo) => Promise<readonly Region[]>;

/** A mask of `height` × `width` pixels, none of which is set. */
export function emptyMask(height: number, width: number): Mask {
  return { data: new Uint8Array(height * width), shape: [height, width], dtype: 'bool' };
}
