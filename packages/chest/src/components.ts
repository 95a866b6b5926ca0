/** Connected parts of a mask, four neighbours. */

/** Pixels of a part, by index into the mask. */
export type Part = readonly number[];

/** Largest first. */
export function components(mask: Uint8Array, height: number, width: number): Part[] {
  const seen = new Uint8Array(mask.length);
  const parts: number[][] = [];
  for (let first = 0; first < mask.length; first++) {
    if (!mask[first] || seen[first]) continue;
    const part = [first];
    seen[first] = 1;
    // The list grows while it is walked.
    for (const pixel of part) {
      const x = pixel % width;
      const y = (pixel - x) / width;
      const visit = (next: number) => {
        if (mask[next] && !seen[next]) {
          seen[next] = 1;
          part.push(next);
        }
      };
      if (x > 0) visit(pixel - 1);
      if (x < width - 1) visit(pixel + 1);
      if (y > 0) visit(pixel - width);
      if (y < height - 1) visit(pixel + width);
    }
    parts.push(part);
  }
  return parts.sort((a, b) => b.length - a.length);
}

/** The largest part with its holes filled. */
export function largestWhole(mask: Uint8Array, height: number, width: number): Uint8Array {
  const largest = new Uint8Array(mask.length);
  for (const pixel of components(mask, height, width)[0] ?? []) largest[pixel] = 1;
  const outside = largest.map((set) => 1 - set);
  for (const part of components(outside, height, width)) {
    const reachesEdge = part.some((pixel) => {
      const x = pixel % width;
      return x === 0 || x === width - 1 || pixel < width || pixel >= (height - 1) * width;
    });
    if (!reachesEdge) for (const pixel of part) largest[pixel] = 1;
  }
  return largest;
}
