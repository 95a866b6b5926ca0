/**
 * Colour maps: perceptually uniform and readable with any kind of colour vision, sampled from d3-scale-chromatic.
 *
 * Sources: inferno, magma, viridis (Smith and van der Walt 2015); cividis (Nuñez, Anderton and Renslow 2018,
 * doi:10.1371/journal.pone.0199239); diverging ones of ColorBrewer that no colour blindness confuses (Harrower and
 * Brewer 2003, doi:10.1179/000870403235002042).
 */
import { SaliencyError } from '@regional-saliency/core';
import { rgb } from 'd3-color';
import {
  interpolateBrBG,
  interpolateCividis,
  interpolateInferno,
  interpolateMagma,
  interpolatePuOr,
  interpolateRdBu,
  interpolateViridis,
} from 'd3-scale-chromatic';

/** For maps without sign: from no relevance to strong. */
const sequential: Readonly<Record<SequentialColours, Interpolate>> = {
  inferno: interpolateInferno,
  magma: interpolateMagma,
  viridis: interpolateViridis,
  cividis: interpolateCividis,
};

/** For signed maps: against, nothing in the middle, for. */
const diverging: Readonly<Record<DivergingColours, Interpolate>> = {
  'purple-orange': interpolatePuOr,
  'blue-red': (t: number) => interpolateRdBu(1 - t),
  'brown-green': interpolateBrBG,
};

// Said here, and not by the tables above: then who installs the package needs no types of d3.
export type SequentialColours = 'inferno' | 'magma' | 'viridis' | 'cividis';
export type DivergingColours = 'purple-orange' | 'blue-red' | 'brown-green';
type Interpolate = (t: number) => string;

export const sequentialColours = Object.keys(sequential) as SequentialColours[];
export const divergingColours = Object.keys(diverging) as DivergingColours[];

const made = new Map<string, Uint8Array>();

/**
 * A colour map as 256 RGB triples, one a level. It is made once; don't write to it.
 *
 * @throws SaliencyError `unknown-name` with the names there are
 */
export function colourTable(name: string): Uint8Array {
  const known = made.get(name);
  if (known) return known;
  const all: Readonly<Record<string, (t: number) => string>> = { ...sequential, ...diverging };
  const interpolate = Object.hasOwn(all, name) ? all[name]! : undefined;
  if (!interpolate) {
    throw new SaliencyError('unknown-name', `no colours ${name}; there are ${Object.keys(all).join(', ')}`);
  }
  // A signed map's middle is level 128, with 127 levels on either side; level 0 is as level 1.
  const place = Object.hasOwn(diverging, name)
    ? (level: number) => Math.max(0, 0.5 + (level - 128) / 254)
    : (level: number) => level / 255;
  const table = new Uint8Array(256 * 3);
  for (let level = 0; level < 256; level++) {
    const { r, g, b } = rgb(interpolate(place(level)));
    table.set([Math.round(r), Math.round(g), Math.round(b)], 3 * level);
  }
  made.set(name, table);
  return table;
}
