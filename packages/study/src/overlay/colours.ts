/**
 * Colour maps for saliency: perceptually uniform and readable with any kind of colour vision, from d3-scale-chromatic.
 *
 * Sources: inferno, magma, viridis (Smith and van der Walt 2015), cividis (Nuñez, Anderton and Renslow 2018,
 * doi:10.1371/journal.pone.0199239); for signed maps the diverging purple-orange of ColorBrewer (Harrower and Brewer
 * 2003, doi:10.1179/000870403235002042), whose ends no colour blindness confuses.
 */
import { rgb } from 'd3-color';
import {
  interpolateCividis,
  interpolateInferno,
  interpolateMagma,
  interpolatePuOr,
  interpolateViridis,
} from 'd3-scale-chromatic';

const interpolators: Readonly<Record<ColourMap, (t: number) => string>> = {
  inferno: interpolateInferno,
  magma: interpolateMagma,
  viridis: interpolateViridis,
  cividis: interpolateCividis,
  /** Diverging: purple is negative, orange positive, the middle neutral. */
  'purple-orange': interpolatePuOr,
};

// Said here, and not by the table above: then who installs the package needs no types of d3.
export type ColourMap = 'inferno' | 'magma' | 'viridis' | 'cividis' | 'purple-orange';

/** The colour maps by name: perceptually uniform and safe for the colour-blind. */
export const colourMaps = Object.keys(interpolators) as ColourMap[];

/** A colour map as 256 RGB triples, from lowest to highest. */
export function colourTable(name: ColourMap): Uint8Array {
  const table = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) {
    const { r, g, b } = rgb(interpolators[name](i / 255));
    table.set([r, g, b].map(Math.round), 3 * i);
  }
  return table;
}
