/**
 * A saliency map as 256 levels: what an overlay colours, what the report embeds, and what a percentile threshold cuts.
 */

/** One number a pixel, row by row. */
export interface Field {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array | Float64Array;
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
