/** What a mask of a lung is like: where it lies in the frame, how far it is cut by its edges and how it leans. */
import { components } from './components';

export interface Shape {
  /** Of the frame. */
  readonly area: number;
  /** Centre and height, of the frame's side. */
  readonly x: number;
  readonly y: number;
  readonly height: number;
  /** The box around it, of the frame's side. */
  readonly top: number;
  readonly bottom: number;
  readonly start: number;
  readonly end: number;
  /** Share of the outline that lies on the frame's edge. */
  readonly cut: number;
  /** Shares of the box's width and height that lie on the frame's edges. */
  readonly onUpper: number;
  readonly onLower: number;
  readonly onSide: number;
  /** Of the long axis from upright, in degrees. */
  readonly lean: number;
  /** Share that lies where the film is black up to the edge. */
  readonly hidden: number;
}

/**
 * @param mask [side · side], what is not 0 is the lung
 * @param proportions height over width of the film that was squashed to the frame
 * @param black as `blackAtEdge`
 */
export function shapeOf(mask: Uint8Array, side: number, proportions: number, black: Uint8Array): Shape {
  let [count, sumX, sumY, outline, atEdge, hidden] = [0, 0, 0, 0, 0, 0];
  const rows = new Uint32Array(side);
  const columns = new Uint32Array(side);
  const inside = (x: number, y: number) => x >= 0 && y >= 0 && x < side && y < side;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (!mask[y * side + x]) continue;
      count++;
      sumX += x;
      sumY += y;
      hidden += black[y * side + x]!;
      rows[y]!++;
      columns[x]!++;
      for (const [nextX, nextY] of [
        [x - 1, y],
        [x + 1, y],
        [x, y - 1],
        [x, y + 1],
      ] as const) {
        if (!inside(nextX, nextY)) atEdge++;
        else if (mask[nextY * side + nextX]) continue;
        outline++;
      }
    }
  }
  const isSome = (pixels: number) => pixels > 0;
  const [top, bottom] = [rows.findIndex(isSome), rows.findLastIndex(isSome) + 1];
  const [start, end] = [columns.findIndex(isSome), columns.findLastIndex(isSome) + 1];
  return {
    area: count / side ** 2,
    x: sumX / count / side,
    y: sumY / count / side,
    height: (bottom - top) / side,
    top: top / side,
    bottom: bottom / side,
    start: start / side,
    end: end / side,
    cut: outline === 0 ? 0 : atEdge / outline,
    onUpper: rows[0]! / (end - start),
    onLower: rows[side - 1]! / (end - start),
    onSide: Math.max(columns[0]!, columns[side - 1]!) / (bottom - top),
    lean: leanOf(mask, side, proportions),
    hidden: hidden / count,
  };
}

/** By second moments, in the film's proportions: 0 upright, positive where the upper end is further right. */
function leanOf(mask: Uint8Array, side: number, proportions: number): number {
  let [count, x, y, xx, xy, yy] = [0, 0, 0, 0, 0, 0];
  for (let pixel = 0; pixel < mask.length; pixel++) {
    if (!mask[pixel]) continue;
    const column = pixel % side;
    const row = Math.floor(pixel / side) * proportions;
    count++;
    x += column;
    y += row;
    xx += column * column;
    xy += column * row;
    yy += row * row;
  }
  const [across, both, down] = [xx - (x * x) / count, xy - (x * y) / count, yy - (y * y) / count];
  return (-Math.atan2(2 * both, down - across) / 2) * (180 / Math.PI);
}

/** How far black may be from the darkest grey. */
const near = 0.02;

/** 1 where a frame [side · side] in 0..1 is black as far as its edge: beside a film that was cut aslant or turned. */
export function blackAtEdge(data: Float32Array, side: number): Uint8Array {
  const black = new Uint8Array(data.length);
  const dark = Uint8Array.from(data, (value) => Number(value < near));
  for (const part of components(dark, side, side)) {
    const reachesEdge = part.some((pixel) => {
      const [x, y] = [pixel % side, Math.floor(pixel / side)];
      return x === 0 || y === 0 || x === side - 1 || y === side - 1;
    });
    if (reachesEdge) for (const pixel of part) black[pixel] = 1;
  }
  return black;
}
