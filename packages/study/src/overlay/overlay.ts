/**
 * A saliency map over its image: coloured where it is strong, the plain image where it is not.
 */
import { resize } from '@regional-saliency/regions';
import sharp from 'sharp';
import type { BytePicture } from '../images/decode';
import { type ColourMap, colourTable } from './colours';
import { type Field, levelsOf, percentile } from './levels';

export interface OverlayOptions {
  /** Whether the map's sign means something: the colours then diverge around 0. Default false. */
  readonly signed?: boolean;
  /** Default `inferno`, or `purple-orange` for signed maps. */
  readonly colours?: ColourMap;
  /** Pixels weaker than this percentile of the map (0..100) show the image alone. Default 75. */
  readonly threshold?: number;
  /** How much of a coloured pixel is colour, 0..1. Default 0.6. */
  readonly opacity?: number;
}

/** The image as RGB with the map's colours over it; the map is upsampled to the image's size. */
export function drawOverlay(image: BytePicture, map: Field, options: OverlayOptions = {}): BytePicture {
  const { signed = false, threshold = 75, opacity = 0.6 } = options;
  const table = colourTable(options.colours ?? (signed ? 'purple-orange' : 'inferno'));
  const field = atSizeOf(image, map);
  const levels = levelsOf(field, signed).data;
  const strengths = Float64Array.from(field.data, (value) => (signed ? Math.abs(value) : value));
  const cut = percentile(strengths, threshold);
  const data = new Uint8Array(image.width * image.height * 3);
  for (let i = 0; i < strengths.length; i++) {
    const mix = strengths[i]! >= cut && strengths[i]! > 0 ? opacity : 0;
    for (let c = 0; c < 3; c++) {
      const under = image.data[image.channels === 3 ? 3 * i + c : i]!;
      data[3 * i + c] = Math.round(under * (1 - mix) + table[3 * levels[i]! + c]! * mix);
    }
  }
  return { width: image.width, height: image.height, channels: 3, data };
}

/** A map at its image's resolution, interpolated bilinearly where it is coarser. */
export function atSizeOf(image: { readonly width: number; readonly height: number }, map: Field): Field {
  const maps = { data: map.data, shape: [1, map.height, map.width], dtype: 'float32' } as const;
  return { width: image.width, height: image.height, data: resize(maps, image).data };
}

/** A picture as the bytes of a PNG file. */
export async function encodePng(picture: BytePicture): Promise<Uint8Array> {
  const { width, height, channels, data } = picture;
  return await sharp(data, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png({ compressionLevel: 9 })
    .toBuffer();
}
