/** Regions from the JSON files of the annotation program LabelMe (K. Wada, github.com/wkentaro/labelme): one an image. */
import { SaliencyError } from '@regional-saliency/core';
import { box } from './box';
import { checkPoint, type Point } from './coordinates';
import { type ReaderOptions, unionOfFound } from './missing';
import { labelsFromPng } from './png';
import { polygon } from './polygon';
import { emptyMask, type Region, type Size } from './region';
import { regionOf } from './rle';

type Fields = Readonly<Record<string, unknown>>;

/**
 * One region for each label named: what its polygons, rectangles, circles and masks cover together.
 *
 * @param file the parsed file: `shapes`, `imageHeight`, `imageWidth`
 * @param labels the region of each label: `{ heart: 'heart', 'lung-r': 'right lung' }`
 * @throws SaliencyError `bad-input` where the file has another form, or (unless `missing` is "empty") lacks a label;
 *   `unsupported` for shapes without an area (points, lines) under a label that was named
 */
export function labelmeRegions(
  file: unknown,
  labels: Readonly<Record<string, string>>,
  { missing, source = 'the LabelMe file' }: ReaderOptions = {},
): Region[] {
  const { shapes, imageHeight: height, imageWidth: width } = (file ?? {}) as Fields;
  if (!Array.isArray(shapes) || !shapes.every((shape) => typeof shape === 'object' && shape !== null)) {
    throw new SaliencyError('bad-input', `${source} has no list "shapes": it is not LabelMe's JSON`);
  }
  if (![height, width].every((length) => Number.isInteger(length) && (length as number) > 0)) {
    throw new SaliencyError('bad-input', `${source} has no imageHeight and imageWidth in pixels`);
  }
  const image = { height, width } as Size;
  return Object.entries(labels).map(([label, name]) => {
    const found = (shapes as Fields[])
      .map((shape, index) => ({ shape, what: `${source}, shape ${index} ("${shape.label}"),` }))
      .filter(({ shape }) => shape.label === label)
      .map(({ shape, what }) => shapeOf(name, shape, image, what));
    return unionOfFound(
      name,
      found,
      { missing, source },
      `shape labelled "${label}"`,
      shapes.map((shape) => `${shape.label}`),
    );
  });
}

function shapeOf(name: string, shape: Fields, image: Size, what: string): Region {
  const points = pointsOf(shape.points, what);
  const two = (): readonly [Point, Point] => {
    if (points.length === 2) return points as [Point, Point];
    throw new SaliencyError('bad-input', `${what} has ${points.length} points, and needs two`);
  };
  const units = { units: 'pixel', image } as const;
  switch (shape.shape_type ?? 'polygon') {
    case 'polygon':
      return polygon(name, points, units);
    case 'rectangle': {
      const [[x0, y0], [x1, y1]] = two();
      const edges = [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)] as const;
      return box(name, edges, units);
    }
    case 'circle': {
      const [centre, rim] = two();
      return circle(name, centre, Math.hypot(rim[0] - centre[0], rim[1] - centre[1]), image);
    }
    case 'mask':
      return pasted(name, shape.mask, two()[0], image, what);
    default:
      throw new SaliencyError(
        'unsupported',
        `${what} is a ${shape.shape_type}, and a region needs an area: draw a polygon, rectangle, circle or mask`,
      );
  }
}

function pointsOf(points: unknown, what: string): Point[] {
  const isPoint = (point: unknown): point is Point =>
    Array.isArray(point) && point.length === 2 && point.every((value) => typeof value === 'number');
  if (!Array.isArray(points) || !points.every(isPoint)) {
    throw new SaliencyError('bad-input', `${what} has points that are no list of [x, y]`);
  }
  for (const point of points) checkPoint(what, point, { units: 'pixel', image: { height: 1, width: 1 } });
  return points;
}

/** The pixels whose centre is less than the radius away. */
function circle(name: string, [x, y]: Point, radius: number, image: Size): Region {
  return {
    name,
    mask(height, width) {
      const mask = emptyMask(height, width);
      for (let row = 0; row < height; row++) {
        const down = ((row + 0.5) * image.height) / height - y;
        for (let column = 0; column < width; column++) {
          const across = ((column + 0.5) * image.width) / width - x;
          if (across * across + down * down < radius * radius) mask.data[row * width + column] = 1;
        }
      }
      return mask;
    },
  };
}

/** A mask is a PNG of the part of the image that begins at its first point. */
function pasted(name: string, base64: unknown, [left, top]: Point, image: Size, what: string): Region {
  if (typeof base64 !== 'string') throw new SaliencyError('bad-input', `${what} is a mask without its PNG`);
  const { data, shape } = labelsFromPng(bytesOf(base64, what), `${what} its PNG`);
  const [height, width] = shape as [number, number];
  const inside = new Uint8Array(image.height * image.width);
  const [x0, y0] = [Math.trunc(left), Math.trunc(top)];
  if (x0 < 0 || y0 < 0 || x0 + width > image.width || y0 + height > image.height) {
    throw new SaliencyError(
      'bad-input',
      `${what} has a mask of ${height} × ${width} at (${x0}, ${y0}), which reaches beyond the image of ${image.height} × ${image.width}`,
    );
  }
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (data[row * width + column]) inside[(y0 + row) * image.width + x0 + column] = 1;
    }
  }
  return regionOf(name, inside, image);
}

function bytesOf(base64: string, what: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new SaliencyError('bad-input', `${what} has a mask that is not base64`, { cause });
  }
}
