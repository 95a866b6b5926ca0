/** How far a found mask is from a drawn one: overlap and outline. */

/** 2 |A ∩ B| ÷ (|A| + |B|) (Dice 1945, doi 10.2307/1932409). */
export function dice(a: Uint8Array, b: Uint8Array): number {
  let [both, either] = [0, 0];
  for (let pixel = 0; pixel < a.length; pixel++) {
    both += a[pixel]! & b[pixel]!;
    either += a[pixel]! + b[pixel]!;
  }
  return either === 0 ? 1 : (2 * both) / either;
}

/**
 * The 95th percentile of distances from each outline's pixels to the nearest of the other, the larger of both directions, in
 * pixels (Huttenlocher, Klanderman, Rucklidge 1993, doi 10.1109/34.232073). Infinite where one mask is empty.
 */
export function hausdorff95(a: Uint8Array, b: Uint8Array, width: number): number {
  const [from, to] = [outline(a, width), outline(b, width)];
  if (from.length === 0 || to.length === 0) return from.length === to.length ? 0 : Number.POSITIVE_INFINITY;
  return Math.max(oneWay(from, to), oneWay(to, from));
}

type Place = readonly [x: number, y: number];

function oneWay(from: readonly Place[], to: readonly Place[]): number {
  const nearest = from.map(([x, y]) => {
    let best = Number.POSITIVE_INFINITY;
    for (const [u, v] of to) best = Math.min(best, (x - u) ** 2 + (y - v) ** 2);
    return Math.sqrt(best);
  });
  nearest.sort((p, q) => p - q);
  return nearest[Math.ceil(0.95 * nearest.length) - 1]!;
}

/** Pixels of the mask beside one that is not, or at the edge. */
function outline(mask: Uint8Array, width: number): Place[] {
  const height = mask.length / width;
  const places: Place[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (!mask[at]) continue;
      const edge = x === 0 || y === 0 || x === width - 1 || y === height - 1;
      if (edge || !mask[at - 1] || !mask[at + 1] || !mask[at - width] || !mask[at + width])
        places.push([x, y]);
    }
  }
  return places;
}
