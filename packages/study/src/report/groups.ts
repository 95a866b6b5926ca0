/** Groups in the report: their colours, and the pairs of them that were compared. */
import type { Comparison, StudyResults } from '../results';
import { type Html, html, raw } from './html';

/** The style attribute that makes a group's colour `--c`. */
export function groupColour(results: StudyResults, group: string): Html {
  return raw(`--c: var(--group-${results.groups.findIndex(({ name }) => name === group) % 6})`);
}

/** A group's name behind a dot of its colour. */
export function groupKey(results: StudyResults, group: string): Html {
  return html`<span class="key" style="${groupColour(results, group)}">${group}</span>`;
}

export type Pair = readonly [string, string];

/** The pairs of groups that were compared, in order. */
export function pairsOf(results: StudyResults): Pair[] {
  const pairs = new Map(results.comparisons.map(({ groups }) => [groups.join('\0'), groups]));
  return [...pairs.values()];
}

export function comparisonAt(
  results: StudyResults,
  method: string,
  region: string,
  pair: Pair,
): Comparison | undefined {
  return results.comparisons.find(
    (comparison) =>
      comparison.method === method &&
      comparison.region === region &&
      comparison.groups[0] === pair[0] &&
      comparison.groups[1] === pair[1],
  );
}
