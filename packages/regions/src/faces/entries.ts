/** Entries of a study file for faces: boxes over a parsing, polygons through landmarks. */
import type { Point } from '../coordinates';
import { type Build, bytesOf, type EntryType, jsonOf, perImage } from '../parse/entry';
import { choiceOf, onlyKnown, polygonsOf, refuse, textOf } from '../parse/fields';
import { labelsFromPng } from '../png';
import { landmarkRegions } from './landmarks';
import { type FaceLabelsId, faceBoxes, faceLabels } from './parsing';

export const faceParsingEntry: EntryType = (entry, { read }) => {
  onlyKnown(entry, ['type', 'file', 'labels', 'eyes', 'missing']);
  const labels = choiceOf(entry, 'labels', Object.keys(faceLabels) as [FaceLabelsId, ...FaceLabelsId[]]);
  const eyes = choiceOf(entry, 'eyes', ['together', 'apart']);
  const missing = choiceOf(entry, 'missing', ['error', 'empty']);
  return perImage(textOf(entry, 'file'), async (file) => {
    const source = `the file "${file}" of ${entry.where}`;
    const parsing = labelsFromPng(await bytesOf(source, file, read), source);
    const regions = faceBoxes(parsing, { labels, eyes, missing, source });
    return () => regions;
  });
};

export const landmarksEntry: EntryType = (entry, { read }) => {
  onlyKnown(entry, ['type', 'file', 'units', 'eyes', 'brows']);
  const units = choiceOf(entry, 'units', ['fraction', 'pixel']);
  const eyes = choiceOf(entry, 'eyes', ['together', 'apart']);
  const { brows = true } = entry.values;
  if (typeof brows !== 'boolean') refuse(entry.where, 'has "brows" that is neither true nor false');
  return perImage(textOf(entry, 'file'), async (file): Promise<Build> => {
    const source = `the file "${file}" of ${entry.where}`;
    const points = pointsOf(source, jsonOf(source, await bytesOf(source, file, read), '68 points [x, y]'));
    if (units === 'pixel') return (image) => landmarkRegions(points, { eyes, brows }, { units, image });
    const regions = landmarkRegions(points, { eyes, brows });
    return () => regions;
  });
};

/** A list of points, or an object that holds it as `landmarks`. */
function pointsOf(source: string, json: unknown): Point[] {
  const list = Array.isArray(json) ? json : (json as { landmarks?: unknown } | null)?.landmarks;
  const { landmarks } = polygonsOf(source, { landmarks: list });
  if (landmarks?.length !== 68)
    refuse(source, `holds ${landmarks?.length} points, and a face has 68 landmarks`);
  return landmarks!;
}
