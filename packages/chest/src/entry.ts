/** `{ "type": "chest" }` among the regions of a study: found in each image, not drawn. */
import { SaliencyError } from '@regional-saliency/core';
import { type EntryType, flagOf, onlyKnown } from '@regional-saliency/regions';
import { type ChestOptions, chestRegions } from './chest-regions';
import { lungZones } from './zones';

/**
 * The entry for `types` of `parseRegions`. Its fields: `mediastinum` (default true), `zones` (the upper, middle and lower third
 * of each lung, default false) and `rest` (default false), beside `right lung` and `left lung`. All bear the confidence of the
 * masks.
 *
 * The set's regions are refused with `bad-input` and the reason where an image has no lung fields.
 */
export function chestEntry(options: ChestOptions): EntryType {
  return (entry) => {
    onlyKnown(entry, ['type', 'mediastinum', 'zones', 'rest']);
    const zones = flagOf(entry, 'zones', false);
    const left = [
      ...(flagOf(entry, 'mediastinum', true) ? [] : ['mediastinum']),
      ...(flagOf(entry, 'rest', false) ? [] : ['rest']),
    ];
    return async ({ pixels, height, width }) => {
      if (!pixels) {
        throw new SaliencyError(
          'bad-input',
          `${entry.where} is found in the pixels of an image: give them to the set of regions`,
        );
      }
      const chest = await chestRegions(pixels, { ...options, proportions: height / width });
      if (!chest.found) throw new SaliencyError('bad-input', `it has no lung fields: ${chest.reason}`);
      const { regions, labels, confidence } = chest;
      const all = [
        ...regions.filter(({ name }) => !left.includes(name)),
        ...(zones ? lungZones(labels) : []),
      ];
      return all.map((region) => ({ ...region, confidence }));
    };
  };
}
