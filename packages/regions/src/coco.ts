/**
 * Regions from COCO annotations (Lin et al. 2014, Microsoft COCO, doi 10.1007/978-3-319-10602-1_48): polygons, and run
 * lengths by columns, as numbers or compressed.
 */
import { SaliencyError } from '@regional-saliency/core';
import type { Point } from './coordinates';
import { listed, type ReaderOptions, unionOfFound } from './missing';
import { polygon } from './polygon';
import type { Region, Size } from './region';
import { countsFromCoco, rle } from './rle';

type Fields = Readonly<Record<string, unknown>>;

/**
 * One region for each category named: what its annotations on the image cover together. Run lengths give the pixels
 * that pycocotools gives. Polygons are filled by this package's rule of pixels; pycocotools draws them by another, so
 * pixels that the outline passes through may differ.
 *
 * @param coco the parsed file: `images`, `annotations`, `categories`
 * @param image its `file_name`, with or without folders and extension, or its `id`
 * @param categories the region of each category, by the category's name or id: `{ lung: 'lungs', 3: 'heart' }`
 * @throws SaliencyError `bad-input` where the file has another form, lacks the image, the category or (unless
 *   `missing` is "empty") an annotation of it, or where several images go by the name; `unsupported` for an annotation
 *   that has a box only
 */
export function cocoRegions(
  coco: unknown,
  image: string | number,
  categories: Readonly<Record<string, string>>,
  { missing, source = 'the COCO file' }: ReaderOptions = {},
): Region[] {
  const tables = Object.fromEntries(
    ['images', 'annotations', 'categories'].map((key) => [key, tableOf(coco, key, source)]),
  ) as Record<'images' | 'annotations' | 'categories', Fields[]>;
  const info = imageOf(tables.images, image, source);
  const annotations = tables.annotations.filter((annotation) => annotation.image_id === info.id);
  const nameOf = (id: unknown) => {
    const category = tables.categories.find((each) => each.id === id);
    return category ? `${category.name}` : `${id}`;
  };
  return Object.entries(categories).map(([key, name]) => {
    const category =
      tables.categories.find((each) => each.name === key) ??
      tables.categories.find((each) => `${each.id}` === key);
    if (!category) {
      throw new SaliencyError(
        'unknown-name',
        `${source} has no category "${key}": choose ${listed(tables.categories.map((each) => `${each.name}`))}`,
      );
    }
    const shapes = annotations
      .filter((annotation) => annotation.category_id === category.id)
      .flatMap((annotation) => shapesOf(name, annotation, info, `${source}, annotation ${annotation.id},`));
    return unionOfFound(
      name,
      shapes,
      { missing, source },
      `annotation of category "${key}" on image "${image}"`,
      annotations.map((annotation) => nameOf(annotation.category_id)),
    );
  });
}

function tableOf(coco: unknown, key: string, source: string): Fields[] {
  const rows = (coco as Fields | null | undefined)?.[key];
  if (Array.isArray(rows) && rows.every((row) => typeof row === 'object' && row !== null)) return rows;
  throw new SaliencyError(
    'bad-input',
    `${source} has no list "${key}": a COCO file holds images, annotations and categories`,
  );
}

function imageOf(images: readonly Fields[], wanted: string | number, source: string): Fields & Size {
  const goesBy = ({ id, file_name: file }: Fields): boolean => {
    if (typeof wanted === 'number') return id === wanted;
    if (typeof file !== 'string') return false;
    const base = file.replace(/^.*[\\/]/, '');
    return [file, base, base.replace(/\.[^.]*$/, '')].includes(wanted);
  };
  const found = images.filter(goesBy);
  if (found.length !== 1) {
    const files = found.length > 0 ? found : images;
    throw new SaliencyError(
      'bad-input',
      `${source} has ${found.length > 0 ? 'several images' : 'no image'} called "${wanted}": ` +
        `it holds ${listed(files.map(({ file_name: file, id }) => `${file} (id ${id})`))}`,
    );
  }
  const { height, width } = found[0]!;
  if (!isLength(height) || !isLength(width)) {
    throw new SaliencyError('bad-input', `${source} gives image "${wanted}" no height and width in pixels`);
  }
  return found[0] as Fields & Size;
}

const isLength = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;

function shapesOf(name: string, { segmentation }: Fields, image: Size, what: string): Region[] {
  if (Array.isArray(segmentation) && segmentation.length > 0) {
    return segmentation.map((outline) => polygon(name, pointsOf(outline, what), { units: 'pixel', image }));
  }
  const { counts, size } = (segmentation ?? {}) as Fields;
  if (counts === undefined || Array.isArray(segmentation)) {
    throw new SaliencyError(
      'unsupported',
      `${what} has no outline and no run lengths: a box alone is no mask, draw it as a region of type "box"`,
    );
  }
  const { height, width } = image;
  if (!Array.isArray(size) || size[0] !== height || size[1] !== width) {
    throw new SaliencyError(
      'bad-input',
      `${what} has run lengths of size [${size}] on an image of ${height} × ${width}: they must agree`,
    );
  }
  const lengths = typeof counts === 'string' ? countsFromCoco(counts, what) : (counts as number[]);
  return [rle(name, lengths, { height, width, order: 'column' })];
}

/** `[x1, y1, x2, y2, …]` */
function pointsOf(outline: unknown, what: string): Point[] {
  if (
    !Array.isArray(outline) ||
    outline.length % 2 !== 0 ||
    !outline.every((value) => typeof value === 'number')
  ) {
    throw new SaliencyError('bad-input', `${what} has an outline that is no list of numbers x, y, x, y, …`);
  }
  return Array.from({ length: outline.length / 2 }, (_, at) => [outline[2 * at]!, outline[2 * at + 1]!]);
}
