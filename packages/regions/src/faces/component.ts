/**
 * The largest connected component of a label, and its box: a parsing network's label map has specks far from the face.
 *
 * Components are 8-connected (Rosenfeld and Pfaltz 1966, doi:10.1145/321356.321357); of two of the same size, the one
 * whose first pixel comes first, row by row, is taken.
 */

/** Edges in pixels: left ≤ x < right, top ≤ y < bottom. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * The box of the largest component of the pixels that hold a label; undefined where none does.
 *
 * @param values labels row by row
 * @param width pixels of a row
 */
export function boxOfLargest(values: ArrayLike<number>, width: number, label: number): PixelBox | undefined {
  const seen = new Uint8Array(values.length);
  let largest: PixelBox | undefined;
  let most = 0;
  for (let start = 0; start < values.length; start++) {
    if (values[start] !== label || seen[start]) continue;
    seen[start] = 1;
    const waiting = [start];
    const found = { left: width, top: values.length, right: 0, bottom: 0 };
    let pixels = 0;
    for (let pixel = waiting.pop(); pixel !== undefined; pixel = waiting.pop()) {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      pixels++;
      found.left = Math.min(found.left, x);
      found.right = Math.max(found.right, x + 1);
      found.top = Math.min(found.top, y);
      found.bottom = Math.max(found.bottom, y + 1);
      for (let row = y - 1; row <= y + 1; row++) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          const next = row * width + column;
          if (values[next] !== label || seen[next]) continue;
          seen[next] = 1;
          waiting.push(next);
        }
      }
    }
    if (pixels > most) [largest, most] = [found, pixels];
  }
  return largest;
}

/** The smallest box around all of them; undefined where there are none. */
export function boxAround(boxes: readonly (PixelBox | undefined)[]): PixelBox | undefined {
  const found = boxes.filter((box) => box !== undefined);
  if (found.length === 0) return undefined;
  return {
    left: Math.min(...found.map(({ left }) => left)),
    top: Math.min(...found.map(({ top }) => top)),
    right: Math.max(...found.map(({ right }) => right)),
    bottom: Math.max(...found.map(({ bottom }) => bottom)),
  };
}
