/** The pictures that the report shows, a script an image (see report/pictures.ts), kept beside the state as scores are in it. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Region } from '@regional-saliency/regions';
import sharp from 'sharp';
import { writeWhole } from '../files';
import type { BytePicture } from '../images/decode';
import { type Field, levelsOf } from '../overlay/levels';
import { atSizeOf, encodePng } from '../overlay/overlay';
import { outlineOf } from '../report/outline';
import { type Picture, pictureOf, pictureScript } from '../report/pictures';
import type { ReportImage } from '../report/report';

/** A report with more images than this has their pictures beside it. */
const INSIDE = 40;

export interface ShownImages {
  has(key: string): boolean;
  write(key: string, picture: Picture): Promise<void>;
  read(key: string): Promise<Picture>;
  /** The script of an image, beside the report. */
  source(key: string): string;
  /** Keeps only those of the given keys. */
  settle(keys: readonly string[]): Promise<void>;
}

/**
 * @param output the study's folder; the pictures lie in its folder `images`
 * @param wanted whether any are: without, those of before are removed
 */
export async function openShownImages(output: string, wanted: boolean): Promise<ShownImages | undefined> {
  const folder = join(output, 'images');
  if (!wanted) {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  await mkdir(folder, { recursive: true });
  const known = new Set(await readdir(folder));
  const name = (key: string) => `${key}.js`;
  return {
    has: (key) => known.has(name(key)),
    async write(key, picture) {
      await writeWhole(join(folder, name(key)), pictureScript(key, picture));
      known.add(name(key));
    },
    read: async (key) => pictureOf(await readFile(join(folder, name(key)), 'utf8')),
    source: (key) => `images/${name(key)}`,
    async settle(keys) {
      const kept = new Set(keys.map(name));
      for (const file of known) if (!kept.has(file)) await rm(join(folder, file));
    },
  };
}

/** Images with their pictures, or with where these lie where they are too many for one file. */
export async function withPictures(
  images: readonly Omit<ReportImage, 'content'>[],
  shown: ShownImages,
): Promise<ReportImage[]> {
  const inside = images.length <= INSIDE;
  const content = (key: string) => (inside ? shown.read(key) : shown.source(key));
  return await Promise.all(images.map(async (image) => ({ ...image, content: await content(image.name) })));
}

/** An image's picture. @param fields its maps by the methods' labels, of any resolution */
export async function draw(
  image: BytePicture,
  regions: readonly Region[],
  fields: ReadonlyMap<string, Field>,
  withSign: boolean,
): Promise<Picture> {
  const { width, height, channels, data } = image;
  const maps = [...fields].map(async ([label, field]) => {
    const levels = levelsOf(atSizeOf(image, field), withSign);
    const png = await encodePng({ width, height, channels: 1, data: levels.data });
    return [label, Buffer.from(png).toString('base64')] as const;
  });
  const jpeg = await sharp(data, { raw: { width, height, channels } }).jpeg({ quality: 88 }).toBuffer();
  return {
    width,
    height,
    picture: jpeg.toString('base64'),
    maps: Object.fromEntries(await Promise.all(maps)),
    regions: regions.map((region) => ({
      name: region.name,
      outline: outlineOf({ width, height, data: region.mask(height, width).data }),
    })),
  };
}
