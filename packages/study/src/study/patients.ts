/** Whose image each is: images of one patient are not independent of each other. */
import { resolve } from 'node:path';
import { SaliencyError } from '@regional-saliency/core';
import { readWhole, sha256 } from '../files';
import { readTable } from '../tables/read';
import type { StudyConfig } from './config';
import { nameOf } from './regions';

type PatientTable = Exclude<StudyConfig['patient'], string | undefined>;

/** An image by its group and its file's name. */
export interface ImagePlace {
  readonly group: string;
  readonly file: string;
}

/**
 * The patient of every image, by the study's pattern or table; none where it names neither.
 *
 * @throws SaliencyError `bad-input` naming the first image that has no patient; `bad-file` for a table that can't be read
 */
export async function patientsOf(
  config: StudyConfig,
  images: readonly ImagePlace[],
): Promise<((image: ImagePlace) => string) | undefined> {
  const { patient } = config;
  if (patient === undefined) return undefined;
  const find = typeof patient === 'string' ? byPattern(patient) : await byTable(patient, config.folder);
  const found = new Map(images.map((image) => [place(image), find(image)]));
  return (image) => found.get(place(image))!;
}

const place = ({ group, file }: ImagePlace) => `${group}/${file}`;

function byPattern(pattern: string) {
  const expression = new RegExp(pattern);
  return (image: ImagePlace): string => {
    const patient = expression.exec(image.file)?.[1];
    if (patient) return patient;
    throw new SaliencyError(
      'bad-input',
      `the pattern ${pattern} of "patient" finds no patient in ${place(image)}: widen it, or give a table of images and patients`,
    );
  };
}

/** By the image's name, with or without its group before and its extension behind. */
async function byTable({ file, image, patient }: PatientTable, folder: string) {
  const name = `the table of patients ${file}`;
  const table = await readTable(await readWhole(resolve(folder, file), 'the table of patients'), name);
  const [from, to] = [image, patient].map((column) => {
    const at = table.columns.indexOf(column);
    if (at >= 0) return at;
    throw new SaliencyError(
      'unknown-name',
      `${name} has no column "${column}": its columns are ${table.columns.join(', ')}`,
    );
  }) as [number, number];
  const known = new Map(table.rows.map((row) => [row[from]!, row[to]!]));
  return (each: ImagePlace): string => {
    const names = [place(each), `${each.group}/${nameOf(each.file)}`, each.file, nameOf(each.file)];
    const found = names.map((own) => known.get(own)).find((value) => value);
    if (found) return found;
    throw new SaliencyError('bad-input', `${name} has no patient of ${place(each)} in its column "${image}"`);
  };
}

/**
 * A part of a study's images: of each group so many patients, and of each patient one image. Which ones depends on the
 * seed and the names alone, so that more images don't change who else is drawn.
 *
 * @throws SaliencyError `bad-input` for a group of fewer patients
 */
export function sampled<T extends ImagePlace>(
  images: readonly T[],
  patientOf: (image: T) => string,
  { patients, seed }: NonNullable<StudyConfig['sample']>,
): T[] {
  const drawnFirst = (names: readonly string[]) => {
    const order = new Map(names.map((name) => [name, sha256(`${seed}\n${name}`)]));
    return [...names].sort((a, b) => (order.get(a)! < order.get(b)! ? -1 : 1));
  };
  const chosen = new Set<string>();
  for (const group of new Set(images.map((image) => image.group))) {
    const own = new Map<string, T[]>();
    for (const image of images) {
      if (image.group !== group) continue;
      const patient = patientOf(image);
      own.set(patient, [...(own.get(patient) ?? []), image]);
    }
    if (own.size < patients) {
      throw new SaliencyError(
        'bad-input',
        `"sample" asks for ${patients} patients of each group, and ${group} has ${own.size}`,
      );
    }
    for (const patient of drawnFirst([...own.keys()].map((name) => `${group}\n${name}`)).slice(0, patients)) {
      const files = own.get(patient.slice(group.length + 1))!.map(place);
      chosen.add(drawnFirst(files)[0]!);
    }
  }
  return images.filter((image) => chosen.has(place(image)));
}
