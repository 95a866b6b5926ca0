/**
 * A procedural chest radiograph of which everything is known: each pixel's region, the lung that holds an opacity
 * and the letter in the corner. It is a drawing and no simulation, made to pose the question that a study asks.
 *
 * The same seed and image number give the same bytes on every machine (curves.ts).
 */
import { drawPatient, look, toPatient } from './anatomy';
import { clamp } from './curves';
import { draws } from './draws';
import { type Box, drawMarker, type Letter, placeMarker } from './marker';
import { density, drawOpacity, type Lung } from './opacity';

/** Height and width of an image in pixels. */
export const size = 128;

/** The label of each region in a label map. */
export const regions = { rest: 0, 'right-lung': 1, 'left-lung': 2, heart: 3, marker: 4 } as const;

export type Group = 'normal' | 'pneumonia';

export interface PhantomOptions {
  /** A whole number; seed and image number together decide the patient. */
  readonly seed: number;
  /** The image's number, from 0. */
  readonly image: number;
  readonly group: Group;
  /** The lung that an opacity lies in; left out, chance picks one. */
  readonly lung?: Lung | undefined;
  /** The letter in the corner; left out, the corner stays empty. */
  readonly letter?: Letter | undefined;
}

export interface Phantom {
  /** `size × size` grey values, 0 (black) to 255, row by row. */
  readonly pixels: Uint8Array;
  /** `size × size` labels of `regions`. The marker's box is labelled whether or not a letter stands in it. */
  readonly labels: Uint8Array;
  readonly markerBox: Box;
  /** The lung with the opacity; absent in the normal group. */
  readonly affected?: Lung;
}

/**
 * Draws one radiograph. With the same seed and image number, the two groups differ in the opacity only (pixels of
 * the affected lung) and two letters differ in the marker's box only.
 */
export function phantom({ seed, image, group, lung, letter }: PhantomOptions): Phantom {
  const patient = drawPatient(draws(seed, image, 'anatomy'));
  const opacity = group === 'pneumonia' ? drawOpacity(draws(seed, image, 'opacity'), lung) : undefined;
  const noise = draws(seed, image, 'noise');
  const pixels = new Uint8Array(size * size);
  const labels = new Uint8Array(size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const [x, y] = toPatient(patient, column, row, size);
      const at = row * size + column;
      const tissue = look(patient, x, y);
      labels[at] = regions[tissue.region];
      let thickness = tissue.thickness;
      if (opacity && tissue.region === opacity.lung) thickness += tissue.air * density(opacity, x, y);
      const grey =
        patient.black + (patient.white - patient.black) * (thickness / (thickness + patient.exposure));
      pixels[at] = Math.round(clamp(grey + patient.grain * noise.bell(), 0, 255));
    }
  const markerBox = placeMarker(draws(seed, image, 'marker'), size);
  for (let row = markerBox.top; row < markerBox.bottom; row++)
    labels.fill(regions.marker, row * size + markerBox.left, row * size + markerBox.right);
  if (letter) drawMarker(pixels, size, markerBox, letter);
  return opacity ? { pixels, labels, markerBox, affected: opacity.lung } : { pixels, labels, markerBox };
}
