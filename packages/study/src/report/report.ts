/**
 * report.html: what was asked, what was found, the figures behind it and how it was done, in one file that needs no other.
 */
import type { ScoreRow, StudyResults } from '../results';
import { comparisonTable } from '../study/comparison-table';
import type { MeanMaps } from '../study/mean-maps';
import { scoreTable } from '../study/score-table';
import { type Table, toCsv } from '../tables/table';
import { base64 } from './base64';
import { html, raw } from './html';
import { means } from './means';
import { nulls } from './nulls';
import { distributions } from './sections/distributions';
import { effects } from './sections/effects';
import { header } from './sections/header';
import { images } from './sections/images';
import { leftOut } from './sections/left-out';
import { methodAgreement } from './sections/method-agreement';
import { methodsSection } from './sections/methods';
import { significance } from './sections/significance';
import { tables } from './sections/tables';
import { style } from './style';

/** An image that the page shows with its maps. */
export interface Example {
  readonly image: string;
  readonly group: string;
  /** Null where an objective has nothing to do with classes. */
  readonly target: number | null;
  readonly predicted: number | null;
  readonly width: number;
  readonly height: number;
  /** The bytes of a JPEG of the image as the model saw it. */
  readonly picture: Uint8Array;
  /** By the method's label: the bytes of an 8-bit grey PNG of the map's levels. */
  readonly maps: Readonly<Record<string, Uint8Array>>;
  readonly regions: readonly {
    readonly name: string;
    readonly outline: string;
    readonly label?: { readonly x: number; readonly y: number } | undefined;
  }[];
}

export interface ReportInput {
  readonly results: StudyResults;
  readonly scores: readonly ScoreRow[];
  readonly examples: readonly Example[];
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

function files({ results, scores }: ReportInput) {
  const inside = (table: Table) => `data:text/csv;base64,${base64(toCsv(table))}`;
  return [
    {
      name: 'scores.csv',
      url: inside(scoreTable(scores)),
      about: 'a row for each image, method and region',
    },
    {
      name: 'comparisons.csv',
      url: inside(comparisonTable(results.comparisons)),
      about: 'a row for each method, region and pair of groups',
    },
  ];
}
