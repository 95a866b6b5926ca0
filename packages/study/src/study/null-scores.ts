/** Whether a region holds more relevance than its shape gets at random places, for the images of a study. */
import { SaliencyError } from '@regional-saliency/core';
import { nullRegions, type Region, resize, type Size } from '@regional-saliency/regions';
import { type Field, percentile } from '../overlay/levels';
import type { NullSummaries, ScoreRow } from '../results';
import type { StudyConfig } from './config';
import type { Explained } from './state';

/**
 * z and p of one image's regions, by all its maps. A region that is the field, reaches beyond it or fits it hardly anywhere has
 * none, nor has a flat map.
 *
 * @throws SaliencyError `unknown-name` where no region is called as the field is
 */
export function nullScores(
  image: string,
  maps: ReadonlyMap<string, Field>,
  regions: readonly Region[],
  { field, draws, seed }: NonNullable<StudyConfig['null']>,
  resolution: 'map' | Size,
): NonNullable<Explained['nulls']> {
  const room = regions.find(({ name }) => name === field);
  if (!room && field !== 'image') {
    throw new SaliencyError(
      'unknown-name',
      `"field" of "null" is "${field}", and the regions are ${regions.map(({ name }) => name).join(', ')}: take one of them, or image`,
    );
  }
  const nulls: NonNullable<Explained['nulls']> = {};
  for (const each of alike(maps, resolution)) {
    const labels = [...each.keys()];
    const [first] = each.values();
    const { height, width } = first!;
    const data = new Float64Array(labels.length * height * width);
    for (const [index, map] of [...each.values()].entries()) data.set(map.data, index * height * width);
    const scores = nullRegions({ data, shape: [labels.length, height, width], dtype: 'float64' }, regions, {
      ...(room && { field: room }),
      draws,
      seed,
      images: labels.map(() => image),
      impossible: 'nan',
    });
    for (const [at, { region, z, p }] of scores.entries()) {
      const label = labels[Math.floor(at / regions.length)]!;
      nulls[label] ??= {};
      nulls[label][region] = [orNull(z), orNull(p)];
    }
  }
  return Object.fromEntries([...maps.keys()].map((label) => [label, nulls[label]!]));
}

const orNull = (value: number) => (Number.isFinite(value) ? value : null);

/** Maps of one size together, which then share the places drawn. */
function alike(maps: ReadonlyMap<string, Field>, resolution: 'map' | Size): Map<string, Field>[] {
  const sizes = new Map<string, Map<string, Field>>();
  for (const [label, map] of maps) {
    const { width, height, data } = resolution === 'map' ? map : resized(map, resolution);
    const size = `${height}×${width}`;
    sizes.set(size, (sizes.get(size) ?? new Map<string, Field>()).set(label, { width, height, data }));
  }
  return [...sizes.values()];
}

function resized({ width, height, data }: Field, to: Size): Field {
  const maps = { data, shape: [1, height, width], dtype: 'float64' } as const;
  return { width: to.width, height: to.height, data: resize(maps, to).data as Float64Array };
}

/** Each method's, region's and group's images together. */
export function nullSummaries(
  rows: readonly ScoreRow[],
  { field, draws, seed }: NonNullable<StudyConfig['null']>,
  alpha: number,
): NullSummaries {
  const cells = new Map<
    string,
    { place: Pick<ScoreRow, 'method' | 'region' | 'group'>; found: { z: number; p: number }[] }
  >();
  for (const { method, region, group, null: own } of rows) {
    const key = JSON.stringify([method, region, group]);
    const cell = cells.get(key) ?? { place: { method, region, group }, found: [] };
    cells.set(key, cell);
    if (own?.z != null && own.p !== null) cell.found.push({ z: own.z, p: own.p });
  }
  return {
    field,
    draws,
    seed,
    summaries: [...cells.values()].flatMap(({ place, found }) => {
      if (found.length === 0) return [];
      const z = percentile(
        found.map((each) => each.z),
        50,
      );
      const share = found.filter(({ p }) => p <= alpha).length / found.length;
      return [{ ...place, n: found.length, z, share }];
    }),
  };
}
