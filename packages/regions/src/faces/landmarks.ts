/**
 * Eyes, nose and mouth as polygons through 68 facial landmarks.
 *
 * Points are in the order of the 300-W challenge (iBUG): Sagonas, Tzimiropoulos, Zafeiriou and Pantic 2013,
 * doi:10.1109/ICCVW.2013.59. Counted from 0: jaw 0-16, the person's right brow 17-21 and left brow 22-26, bridge of the
 * nose 27-30, nostrils 31-35, right eye 36-41, left eye 42-47, outer lips 48-59, inner lips 60-67.
 */
import { SaliencyError } from '@regional-saliency/core';
import type { Point, Units } from '../coordinates';
import { polygon } from '../polygon';
import type { Region } from '../region';
import { union } from '../set-operations';

/** The points of each part, from the first to the last. */
export const landmarkParts = {
  jaw: [0, 16],
  'right brow': [17, 21],
  'left brow': [22, 26],
  bridge: [27, 30],
  nostrils: [31, 35],
  'right eye': [36, 41],
  'left eye': [42, 47],
  'outer lips': [48, 59],
  'inner lips': [60, 67],
} as const satisfies Record<string, readonly [first: number, last: number]>;

export interface LandmarkOptions {
  /** Both eyes as the region `eyes` (the default), or `right eye` and `left eye`, which are the person's. */
  readonly eyes?: 'together' | 'apart';
  /** Whether an eye's region reaches up to its brow (the default, as in the paper's boxes) or is the opening of the lids. */
  readonly brows?: boolean;
}

/**
 * The regions `eyes` (or `right eye`, `left eye`), `nose` and `mouth` of one face: the convex hull of an eye and its brow,
 * that of bridge and nostrils, and the outline of the lips. Without brows an eye is the outline of its lids.
 *
 * @param points 68 points [x, y]
 * @param units fractions of width and height (the default), or pixels of an image of a given size
 * @throws SaliencyError `bad-input` for another number of points, a coordinate that is not finite, or a fraction outside 0..1
 */
export function landmarkRegions(
  points: readonly Point[],
  { eyes = 'together', brows = true }: LandmarkOptions = {},
  units: Units = {},
): Region[] {
  if (points.length !== 68) {
    throw new SaliencyError(
      'bad-input',
      `a face has 68 landmarks in the order of 300-W, and ${points.length} points were given`,
    );
  }
  const part = (name: keyof typeof landmarkParts) => {
    const [first, last] = landmarkParts[name];
    return points.slice(first, last + 1);
  };
  const eye = (side: 'right' | 'left') =>
    polygon(
      `${side} eye`,
      brows ? convexHull([...part(`${side} brow`), ...part(`${side} eye`)]) : part(`${side} eye`),
      units,
    );
  const both = [eye('right'), eye('left')];
  return [
    ...(eyes === 'together' ? [union('eyes', ...both)] : both),
    polygon('nose', convexHull([...part('bridge'), ...part('nostrils')]), units),
    polygon('mouth', part('outer lips'), units),
  ];
}

/** The corners of the convex hull, in order, by a monotone chain (Andrew 1979, doi:10.1016/0020-0190(79)90072-3). */
function convexHull(points: readonly Point[]): Point[] {
  const ordered = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (walk: readonly Point[]) => {
    const chain: Point[] = [];
    for (const point of walk) {
      while (chain.length > 1 && turn(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  const hull = [...half(ordered), ...half(ordered.reverse())];
  // Points on one line have no hull; their polygon has no area and covers nothing.
  return hull.length < 3 ? [...points] : hull;
}

/** Above zero where the way from a over b to c turns in the sense of the walk. */
function turn(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
