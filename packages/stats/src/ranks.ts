/**
 * Ranks from 1, tied values sharing the mean of theirs, as every rank test here takes them.
 *
 * Kendall 1945, doi:10.1093/biomet/33.3.239.
 */

export interface Ranks {
  /** In the order of the values; multiples of one half. */
  ranks: Float64Array;
  /** The sum of t³ − t over groups of t tied values: what ties take from a variance of ranks. 0 without ties. */
  tieTerm: number;
}

export function midRanks(values: Float64Array): Ranks {
  const order = Array.from(values, (_, index) => index).sort((i, j) => values[i]! - values[j]!);
  const ranks = new Float64Array(values.length);
  let tieTerm = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    const tied = end - start;
    tieTerm += tied ** 3 - tied;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + 1 + end) / 2;
  }
  return { ranks, tieTerm };
}
