/** Regions made of others, pixel by pixel, at the resolution asked for. */
import { SaliencyError } from '@regional-saliency/core';
import type { Region } from './region';

/** The pixels that belong to any of the regions. */
export function union(name: string, ...regions: readonly Region[]): Region {
  return combine(name, regions, (a, b) => a | b);
}

/** The pixels that belong to all of the regions; there may be none. */
export function intersection(name: string, ...regions: readonly Region[]): Region {
  return combine(name, regions, (a, b) => a & b);
}

/** The pixels of the first region that belong to none of the others; there may be none. */
export function difference(name: string, region: Region, ...removed: readonly Region[]): Region {
  return combine(name, [region, ...removed], (a, b) => a & (1 - b));
}

function combine(name: string, regions: readonly Region[], of: (a: number, b: number) => number): Region {
  if (regions.length === 0) {
    throw new SaliencyError('bad-input', `the region "${name}" combines no regions: give it at least one`);
  }
  const confidences = regions.flatMap(({ confidence }) => confidence ?? []);
  return {
    name,
    // As sure as the least sure of its parts.
    ...(confidences.length > 0 && { confidence: Math.min(...confidences) }),
    mask(height, width) {
      const [first, ...rest] = regions.map((region) => region.mask(height, width));
      const data = Uint8Array.from(first!.data);
      for (const other of rest) {
        for (let pixel = 0; pixel < data.length; pixel++) data[pixel] = of(data[pixel]!, other.data[pixel]!);
      }
      return { ...first!, data };
    },
  };
}
