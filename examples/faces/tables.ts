/** The two tables that the analysis starts from, as CSV: scores of regions, and phenotypes that clinicians saw. */
import { SaliencyError } from '@regional-saliency/core';
import { csvFormatRows, csvParseRows } from 'd3-dsv';

/** What one network, that of a fold, puts into one region of one image by one method. */
export interface ScoreRow {
  readonly image: string;
  readonly method: string;
  readonly region: string;
  readonly group: string;
  readonly fold: string;
  readonly score: number;
}

/** How clearly an image shows one phenotype of a region: `1X`, `2X` or `3X`; one that it does not show has no row. */
export interface PhenotypeRow {
  readonly image: string;
  readonly region: string;
  readonly phenotype: string;
  readonly level: string;
}

/** The images with annotations, and how severely each region of theirs is affected. */
export type Severities = ReadonlyMap<string, Readonly<Record<string, number>>>;

const scoreColumns = ['image', 'method', 'region', 'group', 'fold', 'score'] as const;
const phenotypeColumns = ['image', 'region', 'phenotype', 'level'] as const;

/** @throws SaliencyError `bad-file` for a missing column or a score that is no number */
export function readScores(csv: string, source = 'the table of scores'): ScoreRow[] {
  return rowsOf(csv, scoreColumns, source).map((row, index) => {
    const score = Number(row.score);
    if (row.score.trim() !== '' && Number.isFinite(score)) return { ...row, score };
    throw new SaliencyError(
      'bad-file',
      `${source} has the score "${row.score}" in row ${index + 2}: leave the row out, or give a number`,
    );
  });
}

/** @throws SaliencyError `bad-file` for a missing column */
export function readPhenotypes(csv: string, source = 'the table of phenotypes'): PhenotypeRow[] {
  return rowsOf(csv, phenotypeColumns, source);
}

export const writeScores = (rows: readonly ScoreRow[]) => write(rows, scoreColumns);
export const writePhenotypes = (rows: readonly PhenotypeRow[]) => write(rows, phenotypeColumns);

/** 1/3, 2/3 or 1 for each phenotype, summed within a region; a region without phenotypes has 0. */
export function severitiesOf(rows: readonly PhenotypeRow[], regions: readonly string[]): Severities {
  const severities = new Map<string, Record<string, number>>();
  for (const { image, region, phenotype, level } of rows) {
    const times = ['', '1X', '2X', '3X'].indexOf(level);
    if (times < 0) {
      throw new SaliencyError(
        'bad-file',
        `the phenotype "${phenotype}" of ${image} has the level "${level}": it is 1X, 2X or 3X, or empty where it is absent`,
      );
    }
    const own = severities.get(image) ?? Object.fromEntries(regions.map((name) => [name, 0]));
    severities.set(image, own);
    if (region in own) own[region]! += times / 3;
  }
  return severities;
}

function rowsOf<Column extends string>(
  csv: string,
  columns: readonly Column[],
  source: string,
): Record<Column, string>[] {
  const [header = [], ...rows] = csvParseRows(csv);
  const places = columns.map((column) => {
    const place = header.indexOf(column);
    if (place >= 0) return [column, place] as const;
    throw new SaliencyError(
      'bad-file',
      `${source} has no column "${column}": it has ${header.join(', ') || 'none'}`,
    );
  });
  return rows.map(
    (row) =>
      Object.fromEntries(places.map(([column, at]) => [column, row[at] ?? ''])) as Record<Column, string>,
  );
}

function write<Column extends string>(
  rows: readonly Readonly<Record<Column, string | number>>[],
  columns: readonly Column[],
): string {
  return `${csvFormatRows([[...columns], ...rows.map((row) => columns.map((column) => `${row[column]}`))])}\n`;
}
