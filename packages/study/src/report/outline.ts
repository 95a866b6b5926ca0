/**
 * The outline of a mask as an SVG path: the edges between set pixels and the rest, joined into straight runs.
 */

export interface MaskLike {
  readonly width: number;
  readonly height: number;
  /** 1 inside, 0 outside. */
  readonly data: ArrayLike<number>;
}

/** Path data in pixel coordinates (0 is the left or top edge of the first pixel); empty for an empty mask. */
export function outlineOf({ width, height, data }: MaskLike): string {
  const inside = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && data[y * width + x];
  const runs: string[] = [];
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inside(x, y) === !inside(x, y - 1)) continue;
      const start = x;
      while (x < width && !inside(x, y) !== !inside(x, y - 1)) x++;
      runs.push(`M${start} ${y}H${x}`);
    }
  }
  for (let x = 0; x <= width; x++) {
    for (let y = 0; y < height; y++) {
      if (!inside(x, y) === !inside(x - 1, y)) continue;
      const start = y;
      while (y < height && !inside(x, y) !== !inside(x - 1, y)) y++;
      runs.push(`M${x} ${start}V${y}`);
    }
  }
  return runs.join('');
}

/**
 * Where to write a mask's name: the middle of the widest run in the row nearest the mask's mean height, so that the
 * name of a curved region stays inside it. Undefined for an empty mask.
 */
export function labelPointOf({ width, height, data }: MaskLike): { x: number; y: number } | undefined {
  let count = 0;
  let sum = 0;
  const filled = new Set<number>();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!data[y * width + x]) continue;
      count++;
      sum += y;
      filled.add(y);
    }
  }
  if (count === 0) return undefined;
  const middle = sum / count;
  const row = [...filled].reduce((best, y) => (Math.abs(y - middle) < Math.abs(best - middle) ? y : best));
  let best = { start: 0, length: 0 };
  for (let x = 0; x < width; x++) {
    const start = x;
    while (x < width && data[row * width + x]) x++;
    if (x - start > best.length) best = { start, length: x - start };
  }
  return { x: best.start + best.length / 2, y: row + 0.5 };
}
