/**
 * Units: what counts once in a comparison. An image, or the patient whose images they are, or the pair that two scores make.
 *
 * Images of one patient resemble each other, and a test that counts each of them finds too much. So where patients are
 * known each counts once, by the mean of its images' scores: the summary measure of Gail et al. 1996,
 * doi:10.1002/(SICI)1097-0258(19960615)15:11<1069::AID-SIM220>3.0.CO;2-Q.
 */
import { SaliencyError } from '@regional-saliency/core';
import type { Kind } from './settings';

/** One row of a table of scores. */
export interface Score {
  /** What is compared on its own: a method and a region, say. */
  readonly cell: readonly string[];
  readonly group: string;
  /** Null where there is nothing to score. */
  readonly score: number | null;
  /** Absent: each row is of another image. */
  readonly image?: string | undefined;
  readonly patient?: string | undefined;
  /** Scores of both groups with the same one are a pair. */
  readonly pair?: string | undefined;
  /** Labels are permuted within these. */
  readonly stratum?: string | undefined;
  /** What errors call it. */
  readonly row?: number | undefined;
}

export interface Unit {
  readonly name: string;
  readonly stratum: string | undefined;
  /** Of two groups a pair's unit has scores of both, any other of one. */
  readonly group: string;
  /** By cell, by group, by image or pair. */
  readonly scores: Map<string, Map<string, Map<string, number>>>;
}

export const keyOf = (cell: readonly string[]) => JSON.stringify(cell);

/**
 * @throws SaliencyError `bad-input` naming the image or pair that a cell has twice, the patient that is in two groups or two
 *   strata, the row without a pair
 */
export function unitsOf(scores: readonly Score[], kind: Kind): Unit[] {
  const paired = kind === 'pairs';
  const units = new Map<string, Unit>();
  const seen = new Map<string, Score>();
  for (const [index, entry] of scores.entries()) {
    const { cell, group, image, patient, pair, stratum } = entry;
    const own = paired ? pair : (image ?? String(index));
    if (own === undefined) {
      throw new SaliencyError('bad-input', `${rowOf(entry)} has no pair: fill it in, or leave the row out`);
    }
    const apart = paired ? own : JSON.stringify([group, own]);
    const place = JSON.stringify([cell, group, own]);
    const before = seen.get(place);
    if (before) throw twice(before, entry, own, paired);
    seen.set(place, entry);

    const key = patient === undefined ? `image ${apart}` : `patient ${patient}`;
    let unit = units.get(key);
    if (!unit) {
      unit = { name: patient ?? own, stratum, group, scores: new Map() };
      units.set(key, unit);
    }
    if (!paired && unit.group !== group) {
      throw new SaliencyError(
        'bad-input',
        `the patient "${unit.name}" has images in two groups, ${unit.group} and ${group}: a patient belongs to one, so leave it out or correct its name`,
      );
    }
    if (unit.stratum !== stratum) {
      const what = patient === undefined ? (paired ? 'pair' : 'image') : 'patient';
      throw new SaliencyError(
        'bad-input',
        `the ${what} "${unit.name}" is in two strata, ${unit.stratum} and ${stratum}: give it one`,
      );
    }
    if (entry.score !== null) put(unit.scores, [keyOf(cell), group], own, entry.score);
  }
  return [...units.values()];
}

function put(scores: Unit['scores'], [cell, group]: [string, string], own: string, score: number): void {
  const groups = scores.get(cell) ?? new Map<string, Map<string, number>>();
  const values = groups.get(group) ?? new Map<string, number>();
  scores.set(cell, groups.set(group, values.set(own, score)));
}

/** The mean of a unit's scores in a cell. */
export function scoreOf(unit: Unit, cell: string, group: string): number | undefined {
  const values = unit.scores.get(cell)?.get(group);
  return values && mean([...values.values()]);
}

/** Those of both groups, over the pairs that are whole. */
export function pairOf(
  unit: Unit,
  cell: string,
  [a, b]: readonly [string, string],
): readonly [number, number] | undefined {
  const [ofA, ofB] = [unit.scores.get(cell)?.get(a), unit.scores.get(cell)?.get(b)];
  const whole = [...(ofA?.keys() ?? [])].filter((pair) => ofB?.has(pair));
  if (whole.length === 0) return undefined;
  return [mean(whole.map((pair) => ofA!.get(pair)!)), mean(whole.map((pair) => ofB!.get(pair)!))];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const rowOf = ({ row }: Score) => (row === undefined ? 'a score' : `row ${row}`);

function twice(first: Score, second: Score, own: string, paired: boolean): SaliencyError {
  const where = first.cell.length > 0 ? ` in ${first.cell.join(', ')}` : '';
  const rows = first.row === undefined ? '' : ` (rows ${first.row} and ${second.row})`;
  return new SaliencyError(
    'bad-input',
    `the ${paired ? 'pair' : 'image'} "${own}" of ${first.group} has two scores${where}${rows}: compare by the column that tells them apart, or leave one out`,
  );
}
