/** Plane transforms that bring points of one image to those of a template, by least squares. */
import { SaliencyError } from '@regional-saliency/core';
import type { Point } from '../coordinates';

/** x′ = a·x + b·y + c, y′ = d·x + e·y + f. */
export type Transform = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/**
 * The transform that takes `points` nearest to `template`.
 *
 * `similarity` turns, scales alike in both directions and shifts (Umeyama 1991, doi 10.1109/34.88573), so points must be in
 * units that are equal across and down; `affine` may shear, scale each direction and mirror.
 *
 * @param points at least 2 for a similarity, 3 that are not on one line for an affine transform
 * @param template as many, in the same order
 * @throws SaliencyError `bad-input` for too few points, another number, or points that leave the transform open
 */
export function align(
  points: readonly Point[],
  template: readonly Point[],
  kind: 'similarity' | 'affine' = 'affine',
): Transform {
  const need = kind === 'affine' ? 3 : 2;
  if (points.length !== template.length || points.length < need) {
    throw new SaliencyError(
      'bad-input',
      `${points.length} points can't be aligned with ${template.length} of the template: give as many, at least ${need} for ${kind}`,
    );
  }
  const from = centred(points);
  const to = centred(template);
  const [a, b, d, e] = kind === 'affine' ? linear(from, to) : turned(from, to);
  const [x, y] = from.centre;
  return [a, b, to.centre[0] - a * x - b * y, d, e, to.centre[1] - d * x - e * y];
}

interface Centred {
  readonly centre: Point;
  readonly points: readonly Point[];
}

function centred(points: readonly Point[]): Centred {
  const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const centre = [mean(0), mean(1)] as const;
  return { centre, points: points.map(([x, y]) => [x - centre[0], y - centre[1]]) };
}

type Linear = readonly [a: number, b: number, d: number, e: number];

/** Normal equations of two unknowns for each coordinate. */
function linear(from: Centred, to: Centred): Linear {
  const sum = (of: (x: number, y: number, u: number, v: number) => number) =>
    from.points.reduce((total, [x, y], at) => total + of(x, y, ...to.points[at]!), 0);
  const [xx, xy, yy] = [sum((x) => x * x), sum((x, y) => x * y), sum((_, y) => y * y)];
  const determinant = xx * yy - xy * xy;
  if (!(determinant > 1e-12 * (xx + yy) ** 2)) lieOnALine();
  const solve = (xs: number, ys: number) =>
    [(xs * yy - ys * xy) / determinant, (ys * xx - xs * xy) / determinant] as const;
  return [
    ...solve(
      sum((x, _, u) => x * u),
      sum((_, y, u) => y * u),
    ),
    ...solve(
      sum((x, _y, _u, v) => x * v),
      sum((_, y, _u, v) => y * v),
    ),
  ];
}

/** In the plane Umeyama's solution has a closed form: the best complex factor. */
function turned(from: Centred, to: Centred): Linear {
  let [real, imaginary, size] = [0, 0, 0];
  from.points.forEach(([x, y], at) => {
    const [u, v] = to.points[at]!;
    real += x * u + y * v;
    imaginary += x * v - y * u;
    size += x * x + y * y;
  });
  if (!(size > 0) || Math.hypot(real, imaginary) === 0) lieOnALine();
  return [real / size, -imaginary / size, imaginary / size, real / size];
}

function lieOnALine(): never {
  throw new SaliencyError(
    'bad-input',
    'the points to align lie on one place or line, which leaves the transform open: give points that spread over the plane',
  );
}

/** The transform that undoes another. @throws SaliencyError `bad-input` for one that flattens the plane */
export function inverse([a, b, c, d, e, f]: Transform): Transform {
  const determinant = a * e - b * d;
  if (!(Math.abs(determinant) > 0)) {
    throw new SaliencyError('bad-input', 'a transform that flattens the plane can’t be undone');
  }
  const [p, q, r, s] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  return [p, q, -p * c - q * f, r, s, -r * c - s * f];
}

/** Where a transform takes a point. */
export function transformed([a, b, c, d, e, f]: Transform, [x, y]: Point): Point {
  return [a * x + b * y + c, d * x + e * y + f];
}
