/** How far maps are from float64, and what that means (design.md, 7). */

/** For each image, the largest difference over the largest value of its truth. */
export function errorsOf(
  found: ArrayLike<number>,
  truth: Float64Array | Float32Array,
  images: number,
): number[] {
  const size = truth.length / images;
  return Array.from({ length: images }, (_, image) => {
    let [worst, largest] = [0, 0];
    for (let at = image * size; at < (image + 1) * size; at++) {
      const difference = Math.abs(found[at]! - truth[at]!);
      // A NaN is an error without bound, not one that comparisons pass over.
      worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
      largest = Math.max(largest, Math.abs(truth[at]!));
    }
    return worst === 0 ? 0 : worst / largest;
  });
}

/** For each image, the difference of the sums over the larger of the truth's sum and the 1 that relevance started as. */
export function sumErrorsOf(found: ArrayLike<number>, truth: Float64Array, images: number): number[] {
  const size = truth.length / images;
  return Array.from({ length: images }, (_, image) => {
    let [ours, sum] = [0, 0];
    for (let at = image * size; at < (image + 1) * size; at++) {
      ours += found[at]!;
      sum += truth[at]!;
    }
    return Math.abs(ours - sum) / Math.max(1, Math.abs(sum));
  });
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
export const worst = (values: readonly number[]) => Math.max(...values);
export function median(values: readonly number[]): number {
  const own = sorted(values);
  const middle = own.length / 2;
  return own.length % 2 ? own[Math.floor(middle)]! : (own[middle - 1]! + own[middle]!) / 2;
}

/** Within 1e-5, or median and worst within three times the peer's own float32. */
export function isWithin(ours: readonly number[], peer: readonly number[]): boolean {
  if (worst(ours) <= 1e-5) return true;
  return worst(ours) <= 3 * worst(peer) && median(ours) <= 3 * median(peer);
}
