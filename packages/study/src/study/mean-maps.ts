/**
 * Each group's mean map by each method, in a frame that its images share.
 *
 * The frame is the images' own (`image`), or that of a template's lungs (`chest`), which each image's regions `right lung` and
 * `left lung` are brought to. A map is divided by its mean absolute value before, so that every image counts alike: 1 is as much
 * relevance as the map has on average.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { alignChest } from '@regional-saliency/chest';
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import { type Region, type Transform, warp } from '@regional-saliency/regions';
import { writeWhole } from '../files';
import { type ColourMap, colourTable } from '../overlay/colours';
import { type Field, levelsOf } from '../overlay/levels';
import { decodeNpy, encodeNpy } from '../overlay/npy';
import { encodePng } from '../overlay/overlay';
import { outlineOf } from '../report/outline';

export type Frame = 'image' | 'chest';

/** Pixels of a frame, across and down: finer than people's chests agree. */
export const frameSide = 128;
const PIXELS = frameSide * frameSide;

const lungs = ['right lung', 'left lung'];

/**
 * One image's maps in the frame, and after them its outlined regions: the lungs in the frame of chests, else all, each 1 inside.
 *
 * @returns [maps + regions, 128, 128]; NaN beyond the image, and for a map that is 0 everywhere
 * @throws SaliencyError `bad-input` where the frame is of chests and the image has no regions `right lung` and `left lung`
 */
export function framed(
  maps: ReadonlyMap<string, Field>,
  regions: readonly Region[],
  frame: Frame,
): Float32Array {
  const [first] = maps.values();
  const { height, width } = first!;
  const transform: Transform = frame === 'chest' ? toTemplate(regions, height, width) : [1, 0, 0, 0, 1, 0];
  const masks = outlined(regions, frame).map((region) => ({
    height,
    width,
    data: Float32Array.from(region.mask(height, width).data),
  }));
  const planes = [...[...maps.values()].map(perMean), ...masks];
  const data = new Float32Array(planes.length * PIXELS);
  for (const [index, { data: values, height, width }] of planes.entries()) {
    const plane: Tensor = { data: values, shape: [1, height, width], dtype: 'float32' };
    const moved = warp(plane, transform, { height: frameSide, width: frameSide });
    data.set(moved.data, index * PIXELS);
  }
  return data;
}

const outlined = (regions: readonly Region[], frame: Frame) =>
  frame === 'chest' ? regions.filter(({ name }) => lungs.includes(name)) : regions;

function toTemplate(regions: readonly Region[], height: number, width: number): Transform {
  const labels = new Uint8Array(height * width);
  for (const [index, lung] of lungs.entries()) {
    const region = regions.find(({ name }) => name === lung);
    if (!region) {
      throw new SaliencyError(
        'bad-input',
        `mean maps in the frame of chests need a region "${lung}": add { "type": "chest" } to the regions, or say "meanMaps": "image"`,
      );
    }
    region.mask(height, width).data.forEach((inside, pixel) => {
      if (inside) labels[pixel] = index + 1;
    });
  }
  return alignChest({ data: labels, shape: [height, width], dtype: 'uint8' });
}

/** A map in units of its mean absolute value. */
function perMean({ data, ...size }: Field): Field {
  let sum = 0;
  for (const value of data) sum += Math.abs(value);
  const mean = sum / data.length;
  return { ...size, data: Float32Array.from(data, (value) => value / mean) };
}

/** The framed maps of images, by their keys, kept beside the state so that a study that was stopped goes on. */
export interface FramedMaps {
  has(key: string): boolean;
  write(key: string, planes: Float32Array): Promise<void>;
  read(key: string): Promise<Float32Array>;
  /** Keeps only those of the given keys. */
  settle(keys: readonly string[]): Promise<void>;
}

export async function openFramedMaps(folder: string): Promise<FramedMaps> {
  await mkdir(folder, { recursive: true });
  const known = new Set(await readdir(folder));
  const name = (key: string) => `${key}.npy`;
  return {
    has: (key) => known.has(name(key)),
    async write(key, planes) {
      await writeWhole(
        join(folder, name(key)),
        encodeNpy(planes, [planes.length / PIXELS, frameSide, frameSide]),
      );
      known.add(name(key));
    },
    read: async (key) => decodeNpy(await readFile(join(folder, name(key)))),
    async settle(keys) {
      const kept = new Set(keys.map(name));
      for (const file of known) if (!kept.has(file)) await rm(join(folder, file));
    },
  };
}

/** A group's mean map by one method. */
export interface MeanMap {
  readonly method: string;
  readonly group: string;
  readonly map: Field;
  /** Coloured, on one scale for all groups of the method. */
  readonly png: Uint8Array;
}

export interface MeanMaps {
  readonly maps: readonly MeanMap[];
  /** SVG path of what at least half of all images have of each region, in pixels of the frame. */
  readonly outlines: readonly string[];
}

/** @param images the framed maps of each image, in order */
export async function meanMaps(
  images: readonly { readonly group: string; readonly key: string }[],
  framedMaps: FramedMaps,
  methods: readonly string[],
  signed: boolean,
): Promise<MeanMaps> {
  const groups = [...new Set(images.map(({ group }) => group))];
  const means = new Map(groups.map((group) => [group, runningMean()]));
  const regions = runningMean();
  for (const { group, key } of images) {
    const planes = await framedMaps.read(key);
    const split = methods.length * PIXELS;
    means.get(group)!.add(planes.subarray(0, split));
    regions.add(planes.subarray(split));
  }
  const maps = await Promise.all(
    methods.flatMap(async (method, index) => {
      const own = groups.map((group) => ({
        group,
        data: means
          .get(group)!
          .values()
          .slice(index * PIXELS, (index + 1) * PIXELS),
      }));
      const pngs = await coloured(
        own.map(({ data }) => data),
        signed,
      );
      return own.map(
        ({ group, data }, at): MeanMap => ({
          method,
          group,
          map: { width: frameSide, height: frameSide, data },
          png: pngs[at]!,
        }),
      );
    }),
  );
  const shares = regions.values();
  const outlines = Array.from({ length: shares.length / PIXELS }, (_, at) => {
    const data = Uint8Array.from(shares.subarray(at * PIXELS, (at + 1) * PIXELS), (share) =>
      Number(share >= 0.5),
    );
    return outlineOf({ width: frameSide, height: frameSide, data });
  });
  return { maps: maps.flat(), outlines };
}

/** The mean of arrays of one length, place by place, NaN left out; NaN where all are. */
function runningMean() {
  let mean = new Float64Array();
  let count = new Int32Array();
  return {
    add(values: Float32Array) {
      if (mean.length === 0) {
        mean = new Float64Array(values.length);
        count = new Int32Array(values.length);
      }
      for (let at = 0; at < values.length; at++) {
        const value = values[at]!;
        if (Number.isNaN(value)) continue;
        count[at]!++;
        mean[at]! += (value - mean[at]!) / count[at]!;
      }
    },
    values: () => Float32Array.from(mean, (value, at) => (count[at] === 0 ? Number.NaN : value)),
  };
}

/** Maps on one scale, as PNG files. */
async function coloured(maps: readonly Float32Array[], signed: boolean): Promise<Uint8Array[]> {
  const together = new Float32Array(maps.length * PIXELS);
  for (const [index, map] of maps.entries()) {
    together.set(
      map.map((value) => (Number.isNaN(value) ? 0 : value)),
      index * PIXELS,
    );
  }
  const colours: ColourMap = signed ? 'purple-orange' : 'inferno';
  const table = colourTable(colours);
  const { data } = levelsOf({ width: frameSide, height: maps.length * frameSide, data: together }, signed);
  return await Promise.all(
    maps.map((_, index) => {
      const levels = data.subarray(index * PIXELS, (index + 1) * PIXELS);
      const rgb = new Uint8Array(3 * PIXELS);
      levels.forEach((level, pixel) => {
        rgb.set(table.subarray(3 * level, 3 * level + 3), 3 * pixel);
      });
      return encodePng({ width: frameSide, height: frameSide, channels: 3, data: rgb });
    }),
  );
}
