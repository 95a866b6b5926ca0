/**
 * RQ2: do a syndrome's scores follow how severely the region is affected?
 *
 * As Sümer et al. 2023: Spearman's correlation of region scores with severities of the same region, with its 95 %
 * interval, p and power, for the network of each of five folds, none of which was trained on these images. Two choices
 * are ours. Each syndrome is taken by itself (the published notebook pools them, so that a syndrome whose scores and
 * severities are both high makes a correlation that no face of it shows). And since the folds' networks see the same
 * images, one test a cell is made of each image's mean score over the folds, Bonferroni over a method's cells at 0.05.
 */
import { bonferroni, type CorrelationResult, powerAnalyses, spearman } from '@regional-saliency/stats';
import { regions, syndromes } from './names';
import type { ScoreRow, Severities } from './tables';

export interface Correlated {
  readonly r: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  /** Of a true correlation as large as r, at 0.05. It says nothing that p and n don't, and is here as the paper reports it. */
  readonly power: number;
}

export interface Follows extends Correlated {
  readonly method: string;
  readonly syndrome: string;
  readonly region: string;
  readonly n: number;
  readonly corrected: number;
  readonly significant: boolean;
  readonly folds: readonly (Correlated & { readonly fold: string })[];
  /** Mean and standard deviation of r over folds, which the paper's table has. */
  readonly overFolds: { readonly mean: number; readonly sd: number };
  /** One an image: its severity, and its mean score over the folds. */
  readonly points: readonly { readonly image: string; readonly severity: number; readonly score: number }[];
}

/** A cell without a correlation, and why. */
export interface Without {
  readonly method: string;
  readonly syndrome: string;
  readonly region: string;
  readonly missing: string;
}

export const level = 0.05;

/** Every method × syndrome × region, in the order of the methods' first rows. */
export function follow(scores: readonly ScoreRow[], severities: Severities): (Follows | Without)[] {
  const cells = cellsOf(scores.filter(({ image }) => severities.has(image)));
  return [...cells].flatMap(([method, own]) => {
    const found = syndromes.flatMap((syndrome) =>
      regions.map((region) => ({
        method,
        syndrome,
        region,
        ...cell(own(syndrome, region), region, severities),
      })),
    );
    const corrected = bonferroni(found.flatMap((each) => ('p' in each ? [each.p] : [])));
    let at = 0;
    return found.map((each) => {
      if (!('p' in each)) return each;
      const p = corrected[at++]!;
      return { ...each, corrected: p, significant: p < level };
    });
  });
}

function cell(rows: readonly ScoreRow[], region: string, severities: Severities) {
  const severityOf = (image: string) => severities.get(image)![region]!;
  const images = [...new Set(rows.map(({ image }) => image))];
  const points = images.map((image) => {
    const own = rows.filter((row) => row.image === image);
    return { image, severity: severityOf(image), score: mean(own.map(({ score }) => score)) };
  });
  if (points.length < 4) return { missing: `${points.length} annotated images` };
  if (points.every(({ severity }) => severity === points[0]!.severity)) {
    return { missing: points[0]!.severity === 0 ? 'no phenotypes' : 'severity is the same for all' };
  }
  const folds = [...new Set(rows.map(({ fold }) => fold))].sort().map((fold) => {
    const own = rows.filter((row) => row.fold === fold);
    return {
      fold,
      ...correlate(
        own.map(({ image }) => severityOf(image)),
        own.map(({ score }) => score),
      ),
    };
  });
  const rs = folds.map(({ r }) => r);
  return {
    n: points.length,
    ...correlate(
      points.map(({ severity }) => severity),
      points.map(({ score }) => score),
    ),
    folds,
    overFolds: {
      mean: mean(rs),
      sd: Math.sqrt(mean(rs.map((r) => (r - mean(rs)) ** 2)) * (rs.length / (rs.length - 1))),
    },
    points,
  };
}

function correlate(severity: readonly number[], score: readonly number[]): Correlated {
  const { value, p, interval }: CorrelationResult = spearman(severity, score);
  // A correlation of one is found whatever the number of images.
  const power =
    Math.abs(value) < 1 ? powerAnalyses.spearman.power(value, severity.length, { alpha: level }) : 1;
  return { r: value, low: interval.low, high: interval.high, p, power };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function cellsOf(
  scores: readonly ScoreRow[],
): Map<string, (group: string, region: string) => readonly ScoreRow[]> {
  const byMethod = new Map<string, Map<string, ScoreRow[]>>();
  for (const row of scores) {
    const own = byMethod.get(row.method) ?? new Map<string, ScoreRow[]>();
    byMethod.set(row.method, own);
    const key = `${row.group}\0${row.region}`;
    const rows = own.get(key) ?? [];
    own.set(key, rows);
    rows.push(row);
  }
  return new Map(
    [...byMethod].map(([method, own]) => [method, (group, region) => own.get(`${group}\0${region}`) ?? []]),
  );
}
