/** A region as one SVG path, whatever it was given as: polygons, a path, or the contour of a mask. */
import type { MaskPixels, PathOutline, Point, Region } from './data';

/** @param size of the image, at which masks that can be asked for one are drawn */
export function outlineOf(
  region: Region,
  size: { readonly width: number; readonly height: number },
): PathOutline {
  const { outline, mask } = region;
  if (outline && 'path' in outline) return outline;
  if (outline) {
    const polygons = (isPoint(outline[0]) ? [outline] : outline) as readonly (readonly Point[])[];
    const path = polygons
      .map((points) => `M${points.map(([x, y]) => `${round(x * 1000)} ${round(y * 1000)}`).join('L')}Z`)
      .join('');
    return { path, width: 1000, height: 1000 };
  }
  if (typeof mask === 'function') {
    const { data, shape } = mask(size.height, size.width);
    return contourOf({ data, height: shape[0]!, width: shape[1]! });
  }
  return mask ? contourOf(mask) : { path: '', width: 1, height: 1 };
}

const isPoint = (value: unknown) => Array.isArray(value) && typeof value[0] === 'number';
const round = (value: number) => Math.round(value * 100) / 100;

/**
 * The contours of a mask along the edges of its pixels, in pixels (0 is the left or upper edge of the first). Each is
 * closed and walked with the inside on its right; of two pixels that meet in a corner each keeps its own contour.
 */
export function contourOf({ data, width, height }: MaskPixels): PathOutline {
  const inside = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && !!data[y * width + x];
  // An edge runs along the top of an inside pixel whose upper neighbour is outside; walks begin at those, left to right.
  const walked = new Uint8Array(width * height);
  const path: string[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (walked[y * width + x] || !inside(x, y) || inside(x, y - 1)) continue;
      path.push(walk(x, y));
    }
  }
  return { path: path.join(''), width, height };

  function walk(startX: number, startY: number): string {
    let text = `M${startX} ${startY}`;
    let x = startX;
    let y = startY;
    let dx = 1;
    let dy = 0;
    do {
      if (dx === 1) walked[y * width + x] = 1;
      x += dx;
      y += dy;
      // The pixels ahead, on the walk's left and on its right.
      const left = inside(x + (dx - 1 + dy) / 2, y + (dy - 1 - dx) / 2);
      const right = inside(x + (dx - 1 - dy) / 2, y + (dy - 1 + dx) / 2);
      let turn = 0;
      if (!right) turn = 1;
      else if (left) turn = -1;
      if (turn !== 0) {
        text += dx === 0 ? `V${y}` : `H${x}`;
        [dx, dy] = turn === 1 ? [-dy, dx] : [dy, -dx];
      }
    } while (x !== startX || y !== startY || dx !== 1);
    return `${text}Z`;
  }
}
