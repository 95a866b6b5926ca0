/** The regions of a study: read from its settings, made for each image. */
import { extname, resolve } from 'node:path';
import { chestEntry, lungNetworkFile } from '@regional-saliency/chest';
import type { Backend } from '@regional-saliency/core';
import { parseRegions, type Region, type RegionSet } from '@regional-saliency/regions';
import { readWhole, sha256 } from '../files';
import type { StudyConfig } from './config';

export interface StudyRegions {
  of(group: string): RegionSet;
  /** Files of the networks that find regions, with the SHA-256 of each. */
  readonly networks: Readonly<Record<string, string>>;
}

/**
 * `{group}` in the settings stands for its name, as `{image}` does for the image's.
 *
 * @param backend runs the networks that find regions
 */
export async function studyRegions(config: StudyConfig, backend: Backend): Promise<StudyRegions> {
  const networks: Record<string, string> = {};
  const types = {
    chest: async (...entry: Parameters<ReturnType<typeof chestEntry>>) => {
      const model = await lungNetworkFile();
      networks['lungs.onnx'] = sha256(model);
      return chestEntry({ backend, model })(...entry);
    },
  };
  const sets = new Map<string, RegionSet>();
  for (const group of Object.keys(config.groups)) {
    const readFile = (path: string) => readWhole(resolve(config.folder, path), 'the regions’ file');
    const parsed = await parseRegions(forGroup(config.regions, group), { readFile, types });
    sets.set(group, async (image) => (await parsed(image)).map(remembering));
  }
  return { of: (group) => sets.get(group)!, networks };
}

/** Every method of an image asks for the same masks. */
function remembering(region: Region): Region {
  const known = new Map<string, ReturnType<Region['mask']>>();
  return {
    ...region,
    mask(height, width) {
      const size = `${height}×${width}`;
      const mask = known.get(size) ?? region.mask(height, width);
      known.set(size, mask);
      return mask;
    },
  };
}

/** A file's name as regions and reports know the image. */
export const nameOf = (file: string) => file.slice(0, file.length - extname(file).length);

function forGroup<T>(json: T, group: string): T {
  return mapTexts(json, (text) => text.replaceAll('{group}', group)) as T;
}

function mapTexts(json: unknown, change: (text: string) => string): unknown {
  if (typeof json === 'string') return change(json);
  if (Array.isArray(json)) return json.map((item) => mapTexts(item, change));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, mapTexts(value, change)]));
}

/** The files that the regions of an image are read from, as the settings write them. */
export function regionFiles(config: StudyConfig, group: string, file: string): string[] {
  return filesIn(forGroup(config.regions, group), nameOf(file));
}

function filesIn(json: unknown, image: string): string[] {
  if (Array.isArray(json)) return json.flatMap((item) => filesIn(item, image));
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([key, value]) =>
    key === 'file' && typeof value === 'string'
      ? [value.replaceAll('{image}', image)]
      : filesIn(value, image),
  );
}
