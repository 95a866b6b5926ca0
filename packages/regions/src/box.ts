/** An axis-parallel box. */
import { SaliencyError } from '@regional-saliency/core';
import { checkPoint, rasterOf, type Units } from './coordinates';
import { emptyMask, type Region } from './region';

export type Edges = readonly [left: number, top: number, right: number, bottom: number];

/**
 * The pixels whose centre is inside: left ≤ x < right and top ≤ y < bottom, so that boxes that share an edge
 * share no pixel. A box narrower than a pixel may cover none.
 *
 * @param units fractions of width and height (the default), or pixels of an image of a given size
 * @throws SaliencyError `bad-input` where an edge is not finite, a fraction is outside 0..1, or the box is
 *   reversed or has no area
 */
export function box(name: string, edges: Edges, units: Units = {}): Region {
  const [left, top, right, bottom] = edges;
  const shape = `the box "${name}"`;
  checkPoint(shape, [left, top], units);
  checkPoint(shape, [right, bottom], units);
  if (right <= left || bottom <= top) {
    const [what, from, to] = right <= left ? ['right', left, right] : ['bottom', top, bottom];
    throw new SaliencyError(
      'bad-input',
      `${shape} has its ${what} edge at ${to}, which is not beyond ${from}: give left, top, right, bottom`,
    );
  }
  return {
    name,
    mask(height, width) {
      const mask = emptyMask(height, width);
      const { xs, ys, place } = rasterOf(units, { height, width });
      const [x0, y0] = place([left, top]);
      const [x1, y1] = place([right, bottom]);
      ys.forEach((y, row) => {
        if (y < y0 || y >= y1) return;
        xs.forEach((x, column) => {
          if (x >= x0 && x < x1) mask.data[row * width + column] = 1;
        });
      });
      return mask;
    },
  };
}
