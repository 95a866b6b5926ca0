/** What each `type` of an entry means. A new type is a function and a line of the table at the end. */
import { SaliencyError } from '@regional-saliency/core';
import { box, type Edges } from '../box';
import type { Point, Units } from '../coordinates';
import { faceParsingEntry, landmarksEntry } from '../faces/entries';
import { grid } from '../grid';
import { labelMap } from '../label-map';
import { labelsFromPng } from '../png';
import { polygon } from '../polygon';
import type { Region } from '../region';
import { difference, intersection, union } from '../set-operations';
import { cocoEntry, labelmeEntry, rleEntry } from './annotations';
import { type Build, bytesOf, type EntryType, jsonOf, perImage } from './entry';
import { choiceOf, type Fields, namesOf, numberOf, onlyKnown, polygonsOf, refuse, textOf } from './fields';
import { dicomSegEntry, niftiEntry } from './volumes';

const gridEntry: EntryType = (entry) => {
  onlyKnown(entry, ['type', 'rows', 'columns', 'names']);
  const { names } = entry.values;
  if (names !== undefined && !(Array.isArray(names) && names.every((name) => typeof name === 'string'))) {
    refuse(entry.where, 'has "names" that are no list of texts');
  }
  const cells = grid({
    rows: numberOf(entry, 'rows'),
    columns: numberOf(entry, 'columns'),
    names: names as string[] | undefined,
  });
  return () => cells;
};

const boxEntry: EntryType = (entry) => {
  onlyKnown(entry, ['type', 'name', 'box', 'units']);
  const name = textOf(entry, 'name');
  const edges = entry.values.box;
  if (!(Array.isArray(edges) && edges.length === 4 && edges.every((edge) => typeof edge === 'number'))) {
    refuse(entry.where, 'needs "box", a list of four numbers: left, top, right, bottom');
  }
  return inUnits(entry, (units) => [box(name, edges as unknown as Edges, units)]);
};

const polygonsEntry: EntryType = async (entry, { read }) => {
  onlyKnown(entry, ['type', 'polygons', 'file', 'units']);
  const make = (polygons: Record<string, Point[]>) =>
    inUnits(entry, (units) => Object.entries(polygons).map(([name, points]) => polygon(name, points, units)));
  const inline = 'polygons' in entry.values;
  if (inline === 'file' in entry.values) refuse(entry.where, 'needs either "polygons" or "file"');
  if (inline) return make(polygonsOf(entry.where, entry.values.polygons));
  return perImage(textOf(entry, 'file'), async (file) => {
    const source = `the file "${file}" of ${entry.where}`;
    return make(polygonsOf(source, jsonOf(source, await bytesOf(source, file, read), 'polygons by name')));
  });
};

const labelsEntry: EntryType = (entry, { read }) => {
  onlyKnown(entry, ['type', 'file', 'labels', 'missing']);
  const names = namesOf(entry, 'labels');
  const missing = choiceOf(entry, 'missing', ['error', 'empty']);
  return perImage(textOf(entry, 'file'), async (file) => {
    const source = `the file "${file}" of ${entry.where}`;
    const labels = labelsFromPng(await bytesOf(source, file, read), source);
    const regions = labelMap(labels, names, { missing, source });
    return () => regions;
  });
};

const setEntry =
  (combine: (name: string, first: Region, ...rest: Region[]) => Region): EntryType =>
  async (entry, { parse }) => {
    onlyKnown(entry, ['type', 'name', 'of']);
    const name = textOf(entry, 'name');
    const { of } = entry.values;
    if (!Array.isArray(of) || of.length === 0) {
      refuse(entry.where, 'needs "of", a list of names of earlier regions');
    }
    const operands = await Promise.all(
      of.map((operand, index) =>
        typeof operand === 'string'
          ? named(operand, entry.where)
          : parse(operand, `${entry.where}, of[${index}]`),
      ),
    );
    return async (image, earlier) => {
      const regions = await Promise.all(
        operands.map(async (build) => union(name, ...(await build(image, earlier)))),
      );
      return [combine(name, ...(regions as [Region, ...Region[]]))];
    };
  };

function named(name: string, where: string): Build {
  return (_, earlier) => {
    const region = earlier.find((each) => each.name === name);
    if (region) return [region];
    const known = earlier.map((each) => `"${each.name}"`).join(', ') || 'none';
    throw new SaliencyError(
      'unknown-name',
      `${where} is made of "${name}", and the regions before it are ${known}`,
    );
  };
}

/** Fractions mean the same regions for every image, which are made, and checked, once. */
function inUnits(entry: Fields, make: (units: Units) => readonly Region[]): Build {
  const units = choiceOf(entry, 'units', ['fraction', 'pixel']);
  if (units === 'pixel') return (image) => make({ units, image });
  const regions = make({ units });
  return () => regions;
}

export const entryTypes: ReadonlyMap<string, EntryType> = new Map([
  ['grid', gridEntry],
  ['box', boxEntry],
  ['polygons', polygonsEntry],
  ['labels', labelsEntry],
  ['coco', cocoEntry],
  ['labelme', labelmeEntry],
  ['rle', rleEntry],
  ['nifti', niftiEntry],
  ['face-parsing', faceParsingEntry],
  ['landmarks', landmarksEntry],
  ['dicom-seg', dicomSegEntry],
  ['union', setEntry(union)],
  ['intersection', setEntry(intersection)],
  ['difference', setEntry(difference)],
]);
