/**
 * A saliency map as 256 levels: what an overlay colours, what the report embeds, and what a percentile threshold cuts.
 */

/** One number a pixel, row by row. */
export interface Field {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/** Levels 0..255. Unsigned: 0 is no relevance. Signed: 128 is none, below it negative, above it positive. */
export interface Levels {
  readonly width: number;
  readonly height: number;
  readonly signed: boolean;
  readonly data: Uint8Array;
}

/**
 * The value below which `percent` per cent of the values lie, interpolated linearly (Hyndman and Fan 1996, type 7, as
 * numpy does by default).
 *
 * @param percent 0..100
 */
export function percentile(values: ArrayLike<number>, percent: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}

/**
 * Scales a map to levels. Full colour is its 99.5th percentile (of the magnitude), so that a few extreme pixels, which
 * gradients always have, do not leave the rest black.
 *
 * @param signed whether the map has a meaningful sign; without it negative values count as none
 */
export function levelsOf(map: Field, signed: boolean): Levels {
  const magnitudes = Float64Array.from(map.data, (value) => (signed ? Math.abs(value) : Math.max(0, value)));
  const peak =
    percentile(magnitudes, 99.5) || magnitudes.reduce((most, value) => Math.max(most, value), 0) || 1;
  const data = Uint8Array.from(map.data, (value) =>
    signed
      ? Math.round(128 + 127 * Math.max(-1, Math.min(1, value / peak)))
      : Math.round(255 * Math.max(0, Math.min(1, value / peak))),
  );
  return { width: map.width, height: map.height, signed, data };
}

/**
 * Bilinear upsampling on pixel centres (PyTorch's `align_corners=False`), for showing a coarse map over its image.
 * A map of the asked size is returned as it is.
 */
export function upsample(map: Field, width: number, height: number): Field {
  if (map.width === width && map.height === height) return map;
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const [top, bottom, down] = between(y, height, map.height);
    for (let x = 0; x < width; x++) {
      const [left, right, across] = between(x, width, map.width);
      const at = (row: number, column: number) => map.data[row * map.width + column]!;
      const above = at(top, left) * (1 - across) + at(top, right) * across;
      const below = at(bottom, left) * (1 - across) + at(bottom, right) * across;
      data[y * width + x] = above * (1 - down) + below * down;
    }
  }
  return { width, height, data };
}

/** The two source positions around the centre of an output pixel, and how far it is towards the second. */
function between(at: number, to: number, from: number): [number, number, number] {
  const position = Math.max(0, ((at + 0.5) * from) / to - 0.5);
  const first = Math.min(Math.floor(position), from - 1);
  return [first, Math.min(first + 1, from - 1), position - first];
}
