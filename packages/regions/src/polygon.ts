/**
 * A polygon, filled by the even-odd rule.
 *
 * A pixel is inside when a ray from its centre to the left crosses the outline an odd number of times
 * (M. Shimrat, 1962, Algorithm 112: position of point relative to polygon, Communications of the ACM 5:434,
 * doi 10.1145/368637.368653). Edges are half open: a centre exactly on an edge counts as right of it, and one level
 * with an edge's end counts as below it. So polygons that share an edge from corner to corner share no pixel and
 * leave none out.
 */
import { SaliencyError } from '@regional-saliency/core';
import { checkPoint, type Point, rasterOf, type Units } from './coordinates';
import { emptyMask, type Region } from './region';

/**
 * The pixels whose centre is inside the outline, which closes itself. It may cross itself: what is enclosed
 * twice is outside.
 *
 * @param points at least three corners [x, y], in order
 * @param units fractions of width and height (the default), or pixels of an image of a given size
 * @throws SaliencyError `bad-input` where there are fewer than three points, a coordinate is not finite, or a
 *   fraction is outside 0..1
 */
export function polygon(name: string, points: readonly Point[], units: Units = {}): Region {
  const shape = `the polygon "${name}"`;
  if (points.length < 3) {
    throw new SaliencyError(
      'bad-input',
      `${shape} has ${points.length} points, and a polygon needs at least 3`,
    );
  }
  for (const point of points) checkPoint(shape, point, units);
  return {
    name,
    mask(height, width) {
      const mask = emptyMask(height, width);
      const { xs, ys, place } = rasterOf(units, { height, width });
      const edges = edgesOf(points.map(place));
      ys.forEach((y, row) => {
        const crossed = edges.filter(([upper, lower]) => upper[1] <= y && y < lower[1]);
        xs.forEach((x, column) => {
          let inside = 0;
          for (const [[x0, y0], [x1, y1]] of crossed) {
            // Whether the edge passes left of the centre, or through it; without a division, which would round.
            if ((x - x0) * (y1 - y0) >= (y - y0) * (x1 - x0)) inside = 1 - inside;
          }
          mask.data[row * width + column] = inside;
        });
      });
      return mask;
    },
  };
}

/**
 * The edges that a horizontal line can cross, each from its upper end to its lower. Neighbours walk a shared
 * edge in opposite directions; turned the same way, both round alike and agree on which side a centre lies.
 */
function edgesOf(points: readonly Point[]): (readonly [upper: Point, lower: Point])[] {
  return points
    .map((a, index) => {
      const b = points[(index + 1) % points.length]!;
      return a[1] < b[1] ? ([a, b] as const) : ([b, a] as const);
    })
    .filter(([upper, lower]) => upper[1] < lower[1]);
}
