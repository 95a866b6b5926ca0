/**
 * The outline of a mask as an SVG path: closed loops along the sides of its pixels, around holes the other way.
 */

export interface MaskLike {
  readonly width: number;
  readonly height: number;
  /** 1 inside, 0 outside. */
  readonly data: ArrayLike<number>;
}

/** East, south, west, north: the next one is a turn to the right. */
const STEPS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/** Path data in pixel coordinates (0 is the left or top edge of the first pixel); empty for an empty mask. */
export function outlineOf({ width, height, data }: MaskLike): string {
  const columns = width + 1;
  // For each corner of a pixel the sides that leave it with the inside on their right, a bit a direction.
  const leaving = new Uint8Array(columns * (height + 1));
  const inside = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && data[y * width + x];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inside(x, y)) continue;
      const corner = y * columns + x;
      if (!inside(x, y - 1)) leaving[corner]! |= 1;
      if (!inside(x + 1, y)) leaving[corner + 1]! |= 2;
      if (!inside(x, y + 1)) leaving[corner + columns + 1]! |= 4;
      if (!inside(x - 1, y)) leaving[corner + columns]! |= 8;
    }
  }
  let path = '';
  // The first corner of a loop that is met, its upper left one, is where the loop turns.
  for (let corner = 0; corner < leaving.length; corner++) {
    while (leaving[corner]) path += loopFrom(corner);
  }
  return path;

  function loopFrom(start: number): string {
    let [x, y] = [start % columns, Math.floor(start / columns)];
    let direction = 31 - Math.clz32(leaving[start]! & -leaving[start]!);
    let loop = `M${x} ${y}`;
    for (;;) {
      leaving[y * columns + x]! &= ~(1 << direction);
      x += STEPS[direction]![0];
      y += STEPS[direction]![1];
      const corner = y * columns + x;
      if (corner === start) return `${loop}Z`;
      // Where two pixels touch by a corner, turning right stays with the own one.
      const next =
        [direction + 1, direction, direction + 3].find((way) => leaving[corner]! & (1 << (way % 4)))! % 4;
      if (next !== direction) loop += direction % 2 === 0 ? `H${x}` : `V${y}`;
      direction = next;
    }
  }
}
