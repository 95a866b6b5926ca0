/**
 * Quantiles from tail probabilities: the critical values of intervals.
 *
 * Regula falsi on the logarithm of the tail, which is nearly straight, with the Illinois step that keeps one end from
 * staying: Dowell and Jarratt 1971, doi:10.1007/BF01934364.
 */

/**
 * The x ≥ 0 at which a continuous, falling tail probability is p.
 *
 * @param upper P(X > x)
 * @param p in (0, upper(0))
 */
export function upperQuantile(upper: (x: number) => number, p: number): number {
  const distance = (x: number) => Math.log(upper(x) / p);
  let low = 0;
  let atLow = distance(low);
  let high = 1;
  let atHigh = distance(high);
  while (atHigh > 0) {
    [low, atLow] = [high, atHigh];
    high *= 2;
    atHigh = distance(high);
  }
  let moved: 'low' | 'high' | undefined;
  while (true) {
    // A tail that underflows has an infinite logarithm: halve until it doesn't.
    const share = Number.isFinite(atHigh) ? atLow / (atLow - atHigh) : 0.5;
    const x = low + share * (high - low);
    if (!(x > low && x < high)) return x;
    const value = distance(x);
    if (Math.abs(value) <= 2 * Number.EPSILON) return x;
    if (value > 0) {
      [low, atLow] = [x, value];
      if (moved === 'low') atHigh /= 2;
      moved = 'low';
    } else {
      [high, atHigh] = [x, value];
      if (moved === 'high') atLow /= 2;
      moved = 'high';
    }
  }
}
