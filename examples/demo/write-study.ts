/**
 * Writes a study's images and label maps as PNG files:
 *
 *     images/normal/0000.png     images/pneumonia/0001.png     8-bit grey
 *     regions/normal/0000.png    regions/pneumonia/0001.png    the same image's label map (see `regions`)
 *     truth.json                                               what is known of each image
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { draws } from './draws';
import type { Letter } from './marker';
import type { Lung } from './opacity';
import { type Group, phantom, regions, size } from './phantom';

/**
 * What the corner says: `honest`, the letter tells the class (L normal, P pneumonia); `swapped`, it tells the wrong
 * one; `random`, an L, a P or nothing, whatever the class; `absent`, nothing.
 */
export type Marker = 'honest' | 'swapped' | 'random' | 'absent';

export const groups = ['normal', 'pneumonia'] as const satisfies readonly Group[];

export interface StudyOptions {
  readonly seed: number;
  /** Images in each group, at least 1. Asking for more adds images and leaves the first ones as they are. */
  readonly perGroup: number;
  readonly marker: Marker;
  /** The lung that all opacities lie in; left out, chance picks one for each image. */
  readonly lung?: Lung | undefined;
}

export interface StudyImage {
  /** Under `images/` as under `regions/`, for instance `normal/0000.png`. */
  readonly file: string;
  readonly group: Group;
  /** The image's number for `phantom`. */
  readonly image: number;
  readonly letter?: Letter | undefined;
  readonly affected?: Lung | undefined;
}

export interface PhantomStudy {
  /** The folder of each group's images. */
  readonly images: Readonly<Record<Group, string>>;
  /** The folder of each group's label maps, named as the images are. */
  readonly labelMaps: Readonly<Record<Group, string>>;
  /** The name and label of each region. */
  readonly regions: typeof regions;
  readonly truth: readonly StudyImage[];
}

/**
 * Writes the study into `folder`, which is made if it is missing, and says where everything lies. Files of an earlier,
 * larger study are not removed.
 */
export async function writePhantomStudy(folder: string, options: StudyOptions): Promise<PhantomStudy> {
  const { seed, perGroup, marker, lung } = options;
  const folders = (kind: string) => ({
    normal: join(folder, kind, 'normal'),
    pneumonia: join(folder, kind, 'pneumonia'),
  });
  const images = folders('images');
  const labelMaps = folders('regions');
  for (const path of [...Object.values(images), ...Object.values(labelMaps)])
    await mkdir(path, { recursive: true });

  const truth: StudyImage[] = [];
  for (let image = 0; image < 2 * perGroup; image++) {
    const group = groupOf(image);
    const letter = letterOf(marker, seed, image);
    const { pixels, labels, affected } = phantom({ seed, image, group, lung, letter });
    const name = `${String(image).padStart(4, '0')}.png`;
    await writeFile(join(images[group], name), greyPng(pixels));
    await writeFile(join(labelMaps[group], name), greyPng(labels));
    truth.push({ file: `${group}/${name}`, group, image, letter, affected });
  }
  const study = { seed, marker, regions, images: truth };
  await writeFile(join(folder, 'truth.json'), `${JSON.stringify(study, null, 2)}\n`);
  return { images, labelMaps, regions, truth };
}

/** Even images are normal, odd ones show pneumonia. */
export function groupOf(image: number): Group {
  return groups[image % 2]!;
}

/** The letter that an image of a set with this marker carries. */
export function letterOf(marker: Marker, seed: number, image: number): Letter | undefined {
  const honest = groupOf(image) === 'pneumonia' ? 'P' : 'L';
  if (marker === 'absent') return undefined;
  if (marker === 'honest') return honest;
  if (marker === 'swapped') return honest === 'P' ? 'L' : 'P';
  return ([undefined, 'L', 'P'] as const)[draws(seed, image, 'letter').integer(0, 2)];
}

function greyPng(data: Uint8Array): Uint8Array {
  return encode({ width: size, height: size, data, depth: 8, channels: 1 });
}
