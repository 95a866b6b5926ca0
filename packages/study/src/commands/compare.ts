/** `compare`: groups compared on any table of scores, by the code that a study's own comparisons run through. */
import { basename } from 'node:path';
import { nearest, SaliencyError } from '@regional-saliency/core';
import { type Compared, compareGroups } from '../compare/compare';
import { statisticFor } from '../compare/permuted';
import { type ComparisonSettings, kindOf, settled } from '../compare/settings';
import { type Score, type Unit, unitsOf } from '../compare/units';
import { readWhole, sha256, writeWhole } from '../files';
import { number, pValue } from '../report/words';
import type { GroupComparison } from '../results';
import { readTable, type TextTable } from '../tables/read';
import { version } from '../version';

export interface CompareCommand {
  readonly group: string;
  readonly score: string;
  readonly by?: readonly string[] | undefined;
  /** Which groups, in which order; all, as they come in the table. */
  readonly groups?: readonly string[] | undefined;
  /** Default: `image`, where there is such a column. */
  readonly image?: string | undefined;
  readonly patient?: string | undefined;
  readonly pair?: string | undefined;
  readonly strata?: string | undefined;
  readonly where?: readonly (readonly [column: string, value: string])[] | undefined;
  readonly test?: string | undefined;
  readonly correct: string;
  readonly effect?: string | undefined;
  readonly postHoc?: string | undefined;
  /** `all`, or a column of `by`. */
  readonly family: string;
  readonly alpha: number;
  readonly seed: number;
  readonly permutations: number;
  readonly output: string;
}

/** What results.json holds. */
export interface CompareResults {
  readonly table: {
    readonly file: string;
    readonly sha256: string;
    readonly rows: number;
    /** Rows that `where` and `groups` leave. */
    readonly used: number;
    /** Of these, rows without a score. */
    readonly missing: number;
  };
  readonly columns: Readonly<Record<string, string | readonly string[]>>;
  readonly where?: Readonly<Record<string, string>> | undefined;
  readonly tests: ComparisonSettings & {
    readonly family: string;
    /** What counts once. */
    readonly unit: 'row' | 'image' | 'patient' | 'pair';
    /** What max-T takes the largest of; absent where several groups are tested at once. */
    readonly maxTStatistic?: string | undefined;
  };
  readonly groups: readonly {
    readonly name: string;
    readonly units: number;
    readonly rows: number;
    readonly missing: number;
  }[];
  readonly comparisons: readonly (GroupComparison & { readonly cell: Readonly<Record<string, string>> })[];
  readonly versions: Readonly<Record<string, string>>;
}

/** A combination of options that makes no sense: usage, not data. */
export class WrongUsage extends Error {}

/**
 * Compares and writes the results.
 *
 * @throws SaliencyError for a table that can't be used, naming column, row or group; WrongUsage for options that don't go together
 */
export async function compareTable(path: string, command: CompareCommand): Promise<CompareResults> {
  const test = command.test ?? (command.pair === undefined ? 'seed-rule' : 'wilcoxon');
  const kind = kindOf(test, command.pair !== undefined);
  checkUsage(command, test, kind);
  const bytes = await readWhole(path, 'the table');
  const name = basename(path);
  const table = await readTable(bytes, name);
  const { scores, unit, used } = scoresOf(table, command, name);
  if (unit === 'row' && command.correct === 'max-t') {
    throw new SaliencyError(
      'bad-input',
      `max-t permutes all of an image's scores together, and ${name} has no column "image": name the one that says which image a row is of with --image (or --patient, or --pair)`,
    );
  }
  const groups = groupsOf(scores, command, name);
  const units = unitsOf(scores, kind);
  const sizes = sizesOf(units, scores, groups, kind === 'pairs');
  for (const { name: group, units: count } of sizes) {
    if (count >= 2) continue;
    throw new SaliencyError(
      'bad-input',
      `group "${group}" is too small to compare: ${name} has one ${unit} of it, and at least two are needed`,
    );
  }
  const settings = settled(
    {
      test,
      correction: command.correct,
      effect: command.effect,
      postHoc: command.postHoc,
      alpha: command.alpha,
      seed: command.seed,
      permutations: command.permutations,
    },
    kind,
  );
  const by = command.by ?? [];
  const familyBy = by.indexOf(command.family);
  const cells = [...new Map(scores.map(({ cell }) => [JSON.stringify(cell), cell])).values()];
  const compared = await compareGroups(units, {
    ...settings,
    kind,
    groups,
    cells,
    ...(command.family !== 'all' && { familyBy: (cell: readonly string[]) => cell[familyBy]! }),
  });
  if (!compared.some(({ p }) => p !== null)) {
    throw new SaliencyError('bad-input', `no comparison of ${name} can be made: ${compared[0]!.missing}`);
  }
  const results: CompareResults = {
    table: {
      file: name,
      sha256: sha256(bytes),
      rows: table.rows.length,
      used,
      missing: scores.filter(({ score }) => score === null).length,
    },
    columns: Object.fromEntries(
      Object.entries({
        group: command.group,
        score: command.score,
        by: command.by,
        image: unit === 'row' ? undefined : (command.image ?? 'image'),
        patient: command.patient,
        pair: command.pair,
        strata: command.strata,
      }).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    ...(command.where && { where: Object.fromEntries(command.where) }),
    tests: {
      ...settings,
      family: command.family,
      unit,
      ...(kind !== 'several' && { maxTStatistic: statisticFor(test, kind) }),
    },
    groups: sizes,
    comparisons: compared.map(({ cell, ...comparison }: Compared) => ({
      cell: Object.fromEntries(by.map((column, index) => [column, cell[index]!])),
      ...comparison,
    })),
    versions: { '@regional-saliency/study': version, node: process.version },
  };
  await writeWhole(command.output, `${JSON.stringify(results, null, 2)}\n`);
  return results;
}

function checkUsage(command: CompareCommand, test: string, kind: ReturnType<typeof kindOf>): void {
  const { pair, strata, by = [], family, postHoc } = command;
  if (pair !== undefined && kind !== 'pairs') {
    throw new WrongUsage(`--pair is for tests of pairs: paired-t, wilcoxon or permutation, not ${test}`);
  }
  if (pair === undefined && kind === 'pairs') {
    throw new WrongUsage(`${test} compares pairs: say which column makes them with --pair`);
  }
  if (strata !== undefined && (test !== 'permutation' || kind === 'pairs')) {
    throw new WrongUsage(
      `--strata keeps labels within a column's values when they are permuted: use it with --test permutation, without --pair`,
    );
  }
  if (postHoc !== undefined && kind !== 'several') {
    throw new WrongUsage(`--post-hoc goes with tests of several groups, not with ${test}`);
  }
  if (family !== 'all' && !by.includes(family)) {
    throw new WrongUsage(
      `--family is all, or one of the columns of --by${by.length > 0 ? `: ${by.join(', ')}` : ''}`,
    );
  }
}

/** The table's rows as scores. */
function scoresOf(
  table: TextTable,
  command: CompareCommand,
  name: string,
): { scores: Score[]; unit: CompareResults['tests']['unit']; used: number } {
  const place = (column: string) => placeOf(table, column, name);
  const group = place(command.group);
  const score = place(command.score);
  const by = (command.by ?? []).map(place);
  const optional = (column: string | undefined) => (column === undefined ? undefined : place(column));
  const image = optional(command.image ?? (table.columns.includes('image') ? 'image' : undefined));
  const [patient, pair, stratum] = [command.patient, command.pair, command.strata].map(optional);
  const where = (command.where ?? []).map(([column, value]) => [place(column), value] as const);
  const scores: Score[] = [];
  table.rows.forEach((row, index) => {
    if (!where.every(([column, value]) => row[column] === value)) return;
    if (command.groups && !command.groups.includes(row[group]!)) return;
    const number = table.numbers[index]!;
    const filled = (column: number | undefined) => {
      if (column === undefined) return undefined;
      if (row[column] !== '') return row[column]!;
      throw new SaliencyError(
        'bad-input',
        `row ${number} of ${name} has nothing in the column "${table.columns[column]}": fill it in, or leave the row out`,
      );
    };
    scores.push({
      cell: by.map((column) => filled(column)!),
      group: filled(group)!,
      score: numberOf(row[score]!, `row ${number} of ${name}`, command.score),
      image: filled(image),
      patient: filled(patient),
      pair: filled(pair),
      stratum: filled(stratum),
      row: number,
    });
  });
  if (scores.length === 0) {
    const asked = [
      ...(command.where ?? []).map(([column, value]) => `${column}=${value}`),
      ...(command.groups ? [`${command.group} one of ${command.groups.join(', ')}`] : []),
    ];
    throw new SaliencyError(
      'bad-input',
      `no row of ${name} has ${asked.join(' and ')}: look at how it is written there`,
    );
  }
  const unit = pair !== undefined && patient === undefined ? 'pair' : undefined;
  return {
    scores,
    unit: unit ?? (patient !== undefined ? 'patient' : image !== undefined ? 'image' : 'row'),
    used: scores.length,
  };
}

function placeOf({ columns }: TextTable, column: string, name: string): number {
  const place = columns.indexOf(column);
  if (place >= 0 && columns.indexOf(column, place + 1) < 0) return place;
  if (place >= 0) {
    throw new SaliencyError('bad-input', `${name} has the column "${column}" twice: rename one of them`);
  }
  const near = nearest(column, columns, 1)[0];
  throw new SaliencyError(
    'unknown-name',
    `${name} has no column "${column}"${near ? ` (did you mean "${near}"?)` : ''}: its columns are ${columns.join(', ')}`,
  );
}

const absent = new Set(['', 'nan', 'na', 'n/a', 'null', 'none']);

/** Null for a missing score, as tables of many programs write it. */
function numberOf(text: string, where: string, column: string): number | null {
  const trimmed = text.trim();
  if (absent.has(trimmed.toLowerCase())) return null;
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : Number.NaN;
  if (Number.isFinite(value)) return value;
  const comma = /^[+-]?\d+,\d+$/.test(trimmed) ? ', with a point where it has a comma' : '';
  throw new SaliencyError(
    'bad-input',
    `${where} has "${text}" in the column "${column}": give a finite number${comma}, or leave it empty where there is no score`,
  );
}

function groupsOf(scores: readonly Score[], command: CompareCommand, name: string): string[] {
  const present = [...new Set(scores.map(({ group }) => group))];
  const groups = [...(command.groups ?? present)];
  const unknown = groups.find((group) => !present.includes(group));
  if (unknown !== undefined) {
    throw new SaliencyError(
      'unknown-name',
      `no row of ${name} is of the group "${unknown}": the column "${command.group}" has ${present.join(', ')}`,
    );
  }
  if (groups.length >= 2) return groups;
  throw new SaliencyError(
    'bad-input',
    `the column "${command.group}" of ${name} has one value, ${groups[0]}: comparing needs at least two groups`,
  );
}

function sizesOf(
  units: readonly Unit[],
  scores: readonly Score[],
  groups: readonly string[],
  paired: boolean,
): CompareResults['groups'] {
  const has = ({ group, scores: own }: Unit, name: string) =>
    paired ? [...own.values()].some((cell) => cell.has(name)) : group === name;
  return groups.map((name) => {
    const rows = scores.filter(({ group }) => group === name);
    return {
      name,
      units: units.filter((unit) => has(unit, name)).length,
      rows: rows.length,
      missing: rows.filter(({ score }) => score === null).length,
    };
  });
}

/** As many lines as a terminal shows with ease; all are in the file. */
const MOST_LINES = 60;

/** The results as a table for a terminal. */
export function showComparisons(results: CompareResults, output: string): string {
  const { comparisons, tests, groups, table } = results;
  const shown = comparisons.slice(0, MOST_LINES);
  const names = Object.keys(comparisons[0]!.cell);
  const pairs = new Set(comparisons.map((each) => each.groups.join('\0'))).size > 1;
  const beside = tests.correction !== 'max-t' && comparisons.some(({ maxT }) => maxT);
  const header = [
    ...names,
    ...(pairs ? ['groups'] : []),
    ...['n', 'test', 'statistic', 'p', tests.correction, ...(beside ? ['max-t'] : []), tests.effect, ''],
  ];
  const lines = shown.map((each) => {
    const { cell, groups: own, n, test, statistic, p, corrected, effect, maxT, significant, missing } = each;
    const start = [...Object.values(cell), ...(pairs ? [own.join(' – ')] : []), n.join(', ')];
    if (missing !== undefined || p === null) return [...start, `not tested: ${missing}`];
    const interval =
      effect?.low === null || !effect ? '' : ` [${number(effect.low!, 2)}, ${number(effect.high!, 2)}]`;
    return [
      ...start,
      ...[test, number(statistic!), pValue(p), pValue(corrected!)],
      ...(beside ? [maxT ? pValue(maxT.corrected) : '–'] : []),
      effect ? `${number(effect.value, 2)}${interval}` : '–',
      significant ? '*' : '',
    ];
  });
  const hidden = comparisons.length - shown.length;
  const clear = comparisons.filter(({ significant }) => significant).length;
  const tested = comparisons.filter(({ p }) => p !== null).length;
  const family = tests.family === 'all' ? '' : ` over each ${tests.family}`;
  const missing = table.missing > 0 ? `; ${table.missing} of ${table.used} scores are missing` : '';
  return [
    `${groups.map(({ name, units }) => `${name}: ${units} ${unitName(tests.unit, units)}`).join(', ')}${missing}`,
    ...(groups.length === 2 ? [`positive effects: higher for ${groups[0]!.name}`] : []),
    '',
    ...aligned([header, ...lines]),
    ...(hidden > 0 ? [`… and ${hidden} more in ${output}`] : []),
    '',
    ...(comparisons.some(({ maxT }) => maxT)
      ? [
          `max-t: by the largest ${statisticWords[tests.maxTStatistic!]} of all over permutations of the ${tests.unit}s`,
        ]
      : []),
    `* ${clear} of ${tested} at most ${tests.alpha} after ${correctionWords(tests.correction)}${family}`,
    `results  ${output}`,
    '',
  ].join('\n');
}

const unitName = (unit: string, count: number) => (count === 1 ? unit : `${unit}s`);

const correctionWords = (correction: string) =>
  correction === 'none' ? 'no correction' : `correction by ${correction}`;

const statisticWords: Record<string, string> = { student: 't', welch: 'Welch t', 'mann-whitney': 'U' };

/** Columns one under the other; a last field may be of any length. */
function aligned(lines: readonly (readonly string[])[]): string[] {
  const full = lines.filter((line) => line.length === lines[0]!.length);
  const widths = lines[0]!.map((_, at) =>
    Math.max(
      ...full.map((line) => line[at]!.length),
      ...lines.map((line) => (at < line.length - 1 ? line[at]!.length : 0)),
    ),
  );
  return lines.map((line) =>
    line
      .map((field, at) => field.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  );
}
