/**
 * The lead letter in a film's corner. Films of one hospital carry an L, portable films, which are made of the
 * sickest patients, a P: a network that reads the letter needs no lungs. This happened with real radiographs
 * (Zech et al. 2018, doi:10.1371/journal.pmed.1002683).
 */
import type { Draws } from './draws';

export type Letter = 'L' | 'P';

/** Where the letter's box is, in pixels; `right` and `bottom` are excluded. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const glyphs: Record<Letter, readonly string[]> = {
  L: ['#....', '#....', '#....', '#....', '#....', '#....', '#####'],
  P: ['####.', '#...#', '#...#', '####.', '#....', '#....', '#....'],
};

const dot = 2; // a glyph's dot is 2×2 pixels
const margin = 3;
const brightness = 225;

/** The box of the letter, in the film's upper right corner, a few pixels from where it was last time. */
export function placeMarker(random: Draws, size: number): Box {
  const width = 5 * dot + 2 * margin;
  const height = 7 * dot + 2 * margin;
  const left = size - width - random.integer(2, 6);
  const top = random.integer(2, 6);
  return { left, top, right: left + width, bottom: top + height };
}

/** Draws the letter into its box; nothing outside the box changes. */
export function drawMarker(pixels: Uint8Array, size: number, box: Box, letter: Letter): void {
  for (const [row, dots] of glyphs[letter].entries())
    for (const [column, ink] of [...dots].entries()) {
      if (ink !== '#') continue;
      for (let y = 0; y < dot; y++)
        for (let x = 0; x < dot; x++) {
          const top = box.top + margin + row * dot + y;
          const left = box.left + margin + column * dot + x;
          pixels[top * size + left] = brightness;
        }
    }
}
