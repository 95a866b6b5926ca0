/**
 * Coordinates on an image, and where pixel centres lie in them.
 *
 * x runs right and y down from the top left corner of the image. The centre of pixel i of n is (i + ½) ÷ n of
 * the way across. A shape covers a pixel when it covers its centre.
 */
import { SaliencyError } from '@regional-saliency/core';
import type { Size } from './region';

export type Point = readonly [x: number, y: number];

/** Fractions of width and height (0 to 1), or pixels of an image of the size given. */
export type Units = { readonly units?: 'fraction' } | { readonly units: 'pixel'; readonly image: Size };

export interface Raster {
  /** The centres of columns and rows. */
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  /** Where a point of the shape lies among them. */
  place(point: Point): Point;
}

/**
 * Pixel centres, and the shape's points in the same coordinates, which are those of the shape times twice the
 * number of pixels. Centres are then whole numbers and so are corners at whole or half pixels: where a centre can
 * lie on an edge, on which side it is counted is no matter of rounding.
 */
export function rasterOf(units: Units, { height, width }: Size): Raster {
  const extent = units.units === 'pixel' ? units.image : { height: 1, width: 1 };
  const centres = (count: number, length: number) =>
    Float64Array.from({ length: count }, (_, pixel) => (2 * pixel + 1) * length);
  return {
    xs: centres(width, extent.width),
    ys: centres(height, extent.height),
    place: ([x, y]) => [x * 2 * width, y * 2 * height],
  };
}

/**
 * Pixels may lie outside the image, whose border then cuts the shape; fractions may not, because a number above
 * 1 is nearly always a pixel coordinate in the wrong place.
 *
 * @throws SaliencyError `bad-input` for a coordinate that is not finite, or a fraction outside 0..1
 */
export function checkPoint(shape: string, [x, y]: Point, units: Units): void {
  if (!Number.isFinite(x) || !Number.isFinite(y)) {
    throw new SaliencyError(
      'bad-input',
      `${shape} has the point (${x}, ${y}), and coordinates must be finite`,
    );
  }
  if (units.units !== 'pixel' && (x < 0 || x > 1 || y < 0 || y > 1)) {
    throw new SaliencyError(
      'bad-input',
      `${shape} has the point (${x}, ${y}), which is no fraction of width and height (0 to 1): ` +
        'if these are pixels, say units "pixel"',
    );
  }
}
