/**
 * What the viewer shows: items, each an image with one saliency map a method and regions with their scores.
 */
import { SaliencyError } from '@regional-saliency/core';

/** An image: a URL (loaded once it comes near the window), a file's bytes, or pixels. */
export type Picture = string | Blob | ImageData | ImageBitmap;

/**
 * A saliency map as numbers, row by row, of the image's field of view at any resolution. Floats may be of any range;
 * bytes are levels (0 is none; where `signed`, 128 is none, less is against, more is for).
 */
export interface NumberMap {
  readonly data: Float32Array | Float64Array | Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** Whether the sign means something. Without it values below 0 count as none. Default false. */
  readonly signed?: boolean | undefined;
}

/** A saliency map as levels in an 8-bit grey picture, such as a PNG. */
export interface PictureMap {
  readonly picture: string | Blob;
  readonly signed?: boolean | undefined;
}

export type SaliencyMap = NumberMap | PictureMap;

/** [x, y] as fractions of the image's width and height, from its upper left corner. */
export type Point = readonly [x: number, y: number];

/** Which pixels belong: 1 inside, 0 outside, row by row, of the image's field of view at any resolution. */
export interface MaskPixels {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/** An SVG path of closed outlines, drawn on an image of this size. */
export interface PathOutline {
  readonly path: string;
  readonly width: number;
  readonly height: number;
}

/** A region by an outline or by a mask; `score` is one number, or one a method. */
export interface Region {
  readonly name: string;
  /** One polygon, several, or a path; what several enclose is by the even-odd rule. */
  readonly outline?: readonly Point[] | readonly (readonly Point[])[] | PathOutline | undefined;
  /** Pixels, or a function that gives them: regions of @regional-saliency/regions will do as they are. */
  readonly mask?:
    | MaskPixels
    | ((
        height: number,
        width: number,
      ) => { readonly data: ArrayLike<number>; readonly shape: readonly number[] })
    | undefined;
  readonly score?: number | Readonly<Record<string, number>> | undefined;
}

export interface Item {
  readonly name: string;
  /** A second line, such as what the model said of the image. */
  readonly detail?: string | undefined;
  readonly image: Picture;
  /** By the method's name. */
  readonly maps: Readonly<Record<string, SaliencyMap>>;
  readonly regions?: readonly Region[] | undefined;
}

export const isNumberMap = (map: SaliencyMap): map is NumberMap => 'data' in map;

/** The names of all methods, in the order in which the items name them. */
export function methodsOf(items: readonly Item[]): string[] {
  return [...new Set(items.flatMap(({ maps }) => Object.keys(maps)))];
}

/** A region's score by a method; undefined where there is none. */
export function scoreOf({ score }: Region, method: string): number | undefined {
  const value = typeof score === 'object' ? score[method] : score;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** @throws SaliencyError `bad-input` with a sentence that names the item and what it lacks */
export function checkItems(items: unknown): asserts items is readonly Item[] {
  if (!Array.isArray(items)) refuse('items must be an array of { name, image, maps }');
  items.forEach((item: Partial<Item> | null, index) => {
    const name = typeof item?.name === 'string' && item.name !== '' ? item.name : undefined;
    if (!item || name === undefined)
      refuse(`item ${index} has no name; give each item a name to show beneath it`);
    if (!item.image) refuse(`${name} has no image; give a URL, a Blob, ImageData or an ImageBitmap`);
    if (!item.maps || typeof item.maps !== 'object') {
      refuse(`${name} has no maps; give an object from each method's name to its map`);
    }
    for (const [method, map] of Object.entries(item.maps)) checkMap(`${name}'s map of ${method}`, map);
    for (const region of item.regions ?? []) {
      if (typeof region?.name !== 'string' || (!region.outline && !region.mask)) {
        refuse(`a region of ${name} needs a name, and an outline or a mask`);
      }
    }
  });
}

function checkMap(what: string, map: Partial<NumberMap & PictureMap> | null) {
  if (map?.picture) return;
  if (!map?.data || !(map.data.length > 0)) {
    refuse(`${what} has neither data nor a picture; give { data, width, height } or { picture }`);
  }
  if (map.data.length !== (map.width ?? 0) * (map.height ?? 0)) {
    refuse(`${what} has ${map.data.length} values, which are not width ${map.width} × height ${map.height}`);
  }
}

function refuse(sentence: string): never {
  throw new SaliencyError('bad-input', sentence);
}
