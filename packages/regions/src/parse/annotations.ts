/** Entries that read annotations: COCO, LabelMe, run lengths. */
import { cocoRegions } from '../coco';
import { labelmeRegions } from '../labelme';
import type { Region, Size } from '../region';
import { type RleOptions, rle } from '../rle';
import { type Build, bytesOf, type Context, type EntryType, jsonOf, perImage } from './entry';
import { choiceOf, type Fields, isObject, namesOf, onlyKnown, refuse, textOf } from './fields';

export const cocoEntry: EntryType = (entry, context) => {
  onlyKnown(entry, ['type', 'file', 'categories', 'missing']);
  const categories = namesOf(entry, 'categories');
  const missing = choiceOf(entry, 'missing', ['error', 'empty']);
  return fromJson(entry, context, 'images, annotations and categories', (coco, source) => (image) => {
    return cocoRegions(coco, image.name, categories, { missing, source });
  });
};

export const labelmeEntry: EntryType = (entry, context) => {
  onlyKnown(entry, ['type', 'file', 'labels', 'missing']);
  const labels = namesOf(entry, 'labels');
  const missing = choiceOf(entry, 'missing', ['error', 'empty']);
  return fromJson(entry, context, 'shapes', (file, source) => {
    const regions = labelmeRegions(file, labels, { missing, source });
    return () => regions;
  });
};

export const rleEntry: EntryType = (entry, context) => {
  onlyKnown(entry, ['type', 'runs', 'file', 'order', 'form', 'first', 'size']);
  const { first, size } = entry.values;
  if (!('order' in entry.values)) {
    refuse(entry.where, 'needs "order": "row" or "column", whichever the runs go along');
  }
  if (first !== undefined && first !== 0 && first !== 1) {
    refuse(entry.where, `has "first" ${JSON.stringify(first)}, the number of the first pixel: choose 0 or 1`);
  }
  const isSize = Array.isArray(size) && size.length === 2 && size.every((n) => Number.isInteger(n) && n > 0);
  if (size !== undefined && !isSize) refuse(entry.where, 'has a "size" that is no [height, width]');
  const rest = {
    order: choiceOf(entry, 'order', ['row', 'column']),
    form: choiceOf(entry, 'form', ['counts', 'pairs']),
    first,
  } as const;
  const make = (value: unknown, where: string): Build => {
    const runs = runsOf(value, where);
    return (image) => {
      const { height, width }: Size = isSize ? { height: size[0], width: size[1] } : image;
      return Object.entries(runs).map(
        ([name, each]): Region => rle(name, each, { height, width, ...rest } as RleOptions),
      );
    };
  };
  const inline = 'runs' in entry.values;
  if (inline === 'file' in entry.values) refuse(entry.where, 'needs either "runs" or "file"');
  if (inline) return make(entry.values.runs, entry.where);
  return fromJson(entry, context, 'run lengths by name', make);
};

/** An entry whose `file` is JSON, read once where it serves every image. */
function fromJson(
  entry: Fields,
  { read }: Context,
  holds: string,
  make: (json: unknown, source: string) => Build,
): Promise<Build> {
  return perImage(textOf(entry, 'file'), async (file) => {
    const source = `the file "${file}" of ${entry.where}`;
    return make(jsonOf(source, await bytesOf(source, file, read), holds), source);
  });
}

function runsOf(value: unknown, where: string): Record<string, string | number[]> {
  const isRuns = (runs: unknown) =>
    typeof runs === 'string' || (Array.isArray(runs) && runs.every((run) => typeof run === 'number'));
  if (!isObject(value) || Object.keys(value).length === 0 || !Object.values(value).every(isRuns)) {
    refuse(where, 'needs run lengths by name, such as {"lung": "17 5 30 2"}');
  }
  return value as Record<string, string | number[]>;
}
