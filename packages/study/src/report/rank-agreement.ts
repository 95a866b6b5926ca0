/**
 * Whether methods agree on which images have the more relevance in a region: Spearman's rank correlation of two methods'
 * scores over the images, in each region, and the mean of these over regions.
 *
 * Methods that agree stand together: their order is that of the leaves of average-linkage clustering on 1 − ρ (Sokal and
 * Michener 1958, A statistical method for evaluating systematic relationships), by ml-hclust.
 */
import { spearman } from '@regional-saliency/stats';
import { agnes } from 'ml-hclust';
import type { ScoreRow } from '../results';

export interface RankAgreement {
  /** In the order of the clustering. */
  readonly methods: readonly string[];
  /** Square, in that order; null where no region has three images with scores that differ. */
  readonly correlations: readonly (readonly (number | null)[])[];
}

export function rankAgreement(
  scores: readonly ScoreRow[],
  { methods, regions }: { readonly methods: readonly string[]; readonly regions: readonly string[] },
): RankAgreement {
  const cells = new Map<string, Map<string, number>>();
  const cell = (method: string, region: string) => {
    const name = JSON.stringify([method, region]);
    if (!cells.has(name)) cells.set(name, new Map());
    return cells.get(name)!;
  };
  for (const { method, region, group, image, score } of scores) {
    if (score !== null) cell(method, region).set(JSON.stringify([group, image]), score);
  }
  const between = (a: string, b: string) => {
    const found = regions.flatMap((region) => correlationOf(cell(a, region), cell(b, region)) ?? []);
    return found.length > 0 ? found.reduce((sum, value) => sum + value, 0) / found.length : null;
  };
  const table = methods.map((a, row) => methods.slice(0, row + 1).map((b) => between(a, b)));
  const at = (row: number, column: number) => table[Math.max(row, column)]![Math.min(row, column)]!;
  const order = clustered(methods.length, (a, b) => (a === b ? 0 : 1 - (at(a, b) ?? 0)));
  return {
    methods: order.map((index) => methods[index]!),
    correlations: order.map((row) => order.map((column) => at(row, column))),
  };
}

/** Over the images that have both scores. */
function correlationOf(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number | undefined {
  const both = [...a.keys()].filter((image) => b.has(image));
  const [x, y] = [both.map((image) => a.get(image)!), both.map((image) => b.get(image)!)];
  const differ = (values: readonly number[]) => values.some((value) => value !== values[0]);
  return both.length >= 3 && differ(x) && differ(y) ? spearman(x, y).value : undefined;
}

function clustered(count: number, distance: (a: number, b: number) => number): number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  if (count < 3) return all;
  const distances = all.map((a) => all.map((b) => distance(a, b)));
  return agnes(distances, { method: 'average', isDistanceMatrix: true }).indices();
}
