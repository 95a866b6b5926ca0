/**
 * report.html: what was asked, what was found, the figures behind it and how it was done, in one file that needs no other.
 */
import type { ScoreRow, StudyResults } from '../results';
import { comparisonTable, overallTable } from '../study/comparison-table';
import type { MeanMaps } from '../study/mean-maps';
import { scoreTable } from '../study/score-table';
import { type Table, toCsv } from '../tables/table';
import { base64 } from './base64';
import { html, raw } from './html';
import { means } from './means';
import { nulls } from './nulls';
import type { Picture } from './pictures';
import { distributions } from './sections/distributions';
import { effects } from './sections/effects';
import { header } from './sections/header';
import { images } from './sections/images';
import { leftOut } from './sections/left-out';
import { methodAgreement } from './sections/method-agreement';
import { methodsSection } from './sections/methods';
import { overall } from './sections/overall';
import { significance } from './sections/significance';
import { type TableFile, tables } from './sections/tables';
import { style } from './style';

/** An image of the study that the page can show. */
export interface ReportImage {
  /** What its picture is known by, other than that of any other image: letters, digits, `-`. */
  readonly name: string;
  readonly image: string;
  readonly group: string;
  /** Null where an objective has nothing to do with classes. */
  readonly target: number | null;
  readonly predicted: number | null;
  /** Its picture, which goes into the page, or where its script is (see pictures.ts), which is then loaded when it is asked for. */
  readonly content: Picture | string;
}

export interface ReportInput {
  readonly results: StudyResults;
  readonly scores: readonly ScoreRow[];
  readonly images: readonly ReportImage[];
  /** Images of each group that are shown at first. */
  readonly shown: number;
  /** The viewer as one script: @regional-saliency/viewer/saliency-viewer.js. */
  readonly viewer: string;
  /** Each group's mean maps, where the study made them. */
  readonly means?: MeanMaps | undefined;
  /** Whether the maps have a meaningful sign (128 is then no relevance). */
  readonly signed: boolean;
}

/** The whole page as text. */
export function renderReport(input: ReportInput): string {
  const { results, scores } = input;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${results.title}</title>
<style>${raw(style)}</style>
</head>
<body>
<main>
${header(results)}
${overall(results)}
${significance(results)}
${effects(results)}
${distributions(results, scores)}
${means(input)}
${nulls(results)}
${methodAgreement(results, scores)}
${images(input)}
${leftOut(results)}
${tables(results, files(input))}
${methodsSection(results)}
</main>
</body>
</html>
`.text;
}

/** The tables to take: inside the page, so that it needs no other file, unless its pictures lie beside it anyway. */
function files({ results, scores, images }: ReportInput): TableFile[] {
  const alone = images.every(({ content }) => typeof content !== 'string');
  const file = (name: string, about: string, table: () => Table) => ({
    name,
    about,
    url: alone ? `data:text/csv;base64,${base64(toCsv(table()))}` : name,
  });
  return [
    file('scores.csv', 'a row for each image, method and region', () => scoreTable(scores)),
    file('comparisons.csv', 'a row for each method, region and pair of groups', () =>
      comparisonTable(results.comparisons),
    ),
    ...(results.overall
      ? [
          file('overall.csv', 'a row for each method and region, all groups at once', () =>
            overallTable(results.overall!),
          ),
        ]
      : []),
  ];
}
