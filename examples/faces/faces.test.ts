import { describe, expect, it } from 'vitest';
import { methods, regions } from './names';
import { operate, plantedIn, wilson } from './operating';
import { renderPage } from './page';
import { compare, countSignificant, test } from './rq1';
import { follow } from './rq2';
import { differences, simulate } from './simulate';
import { chainedChoice, meantChoice, slippedCounts } from './slips';
import { readPhenotypes, readScores, severitiesOf, writePhenotypes, writeScores } from './tables';

const study = simulate({ seed: 2023 });
const severities = severitiesOf(study.phenotypes, regions);

describe('a simulated study of the paper’s size', () => {
  const comparisons = compare(study.scores, severities);
  const all = follow(study.scores, severities);
  const follows = all.filter((each) => 'p' in each);

  it('finds the planted differences and no others (RQ1)', () => {
    const planted = comparisons.filter((row) => plantedIn('RQ1', row) !== 0);
    expect(planted).toHaveLength(14 * 9);
    const large = planted.filter((row) => Math.abs(plantedIn('RQ1', row)) >= 0.9);
    expect(large.every(({ significant }) => significant)).toBe(true);
    expect(planted.filter(({ significant }) => significant).length).toBeGreaterThan(0.85 * planted.length);
    const empty = comparisons.filter((row) => plantedIn('RQ1', row) === 0);
    expect(empty.filter(({ significant }) => significant)).toEqual([]);
    for (const row of planted) {
      if (row.significant) expect(Math.sign(row.d.value)).toBe(Math.sign(plantedIn('RQ1', row)));
    }
  });

  it('finds the planted trends and no others (RQ2), and says where there is nothing to correlate', () => {
    const planted = follows.filter((row) => plantedIn('RQ2', row) !== 0);
    expect(planted).toHaveLength(14 * 6);
    expect(planted.filter(({ significant }) => significant).length).toBeGreaterThan(0.75 * planted.length);
    expect(follows.filter((row) => plantedIn('RQ2', row) === 0 && row.significant)).toEqual([]);
    for (const row of follows) {
      expect(row.folds.map(({ fold }) => fold)).toEqual(['1', '2', '3', '4', '5']);
      expect(row.low).toBeLessThan(row.r);
      expect(row.high).toBeGreaterThan(row.r);
    }
    expect(all.filter((each) => 'missing' in each)).toEqual(
      methods.map((method) => ({ method, syndrome: 'Angelman', region: 'nose', missing: 'no phenotypes' })),
    );
  });

  it('takes both tests: t where scores are nearly normal, Mann-Whitney where they have a tail', () => {
    const took = (method: string, name: string) =>
      comparisons.filter((row) => row.method === method && row.test === name).length;
    expect(took('LRP-EpsilonPlus', 'welch')).toBeGreaterThan(0);
    expect(took('IntegratedGradients', 'mann-whitney')).toBe(15);
    expect(new Set(comparisons.map((row) => row.test))).toEqual(new Set(['welch', 'mann-whitney']));
  });

  it('keeps annotated images out of RQ1 and others out of RQ2', () => {
    expect(comparisons.find(({ syndrome }) => syndrome === 'KS')!.n).toEqual([100, 240]);
    expect(follows.every(({ n }) => n === 34)).toBe(true);
  });

  it('is the same from its CSV', () => {
    expect(readScores(writeScores(study.scores))).toEqual(study.scores);
    expect(readPhenotypes(writePhenotypes(study.phenotypes))).toEqual(study.phenotypes);
    expect(() => readScores('image,method\na,b\n', 'mine.csv')).toThrow('mine.csv has no column "region"');
    expect(() => readScores('image,method,region,group,fold,score\na,b,c,d,1,\n')).toThrow(
      'the score "" in row 2',
    );
  });

  it('becomes a page that needs no other file', () => {
    const page = renderPage({ comparisons, follows: all });
    expect(page).toContain('118 of 225 comparisons');
    expect(page).not.toMatch(/<(link|img|script)[^>]*(href|src)=/);
    expect(page).not.toContain('NaN');
    expect(page.match(/<svg/g)).toHaveLength(2 + 15 * 14);
  });
});

it('severity is a third for each X, summed within a region', () => {
  const rows = ['1X', '3X', ''].map((level, i) => ({ image: 'a', region: 'eye', phenotype: `${i}`, level }));
  const severity = severitiesOf(
    [...rows, { image: 'a', region: 'ears', phenotype: 'x', level: '2X' }],
    regions,
  ).get('a');
  expect(severity).toEqual({ eye: 4 / 3, nose: 0, mouth: 0 });
  expect(() =>
    severitiesOf([{ image: 'a', region: 'eye', phenotype: 'Ptosis', level: '4X' }], regions),
  ).toThrow('4X');
});

it('groups of one size are compared by Student’s t, as pingouin does', () => {
  const values = [2.1, 2.9, 3.2, 3.8, 4.1, 4.4, 5.2];
  expect(
    test(
      values,
      values.map((value) => value + 0.7),
    ).test,
  ).toBe('student');
  expect(test(values, [...values.map((value) => value + 0.7), 4.6]).test).toBe('welch');
});

describe('the slips of the published code', () => {
  it('a chained comparison with & chooses as the one that was meant, for all eight answers of the pretests', () => {
    for (const equalVariances of [false, true]) {
      for (const first of [false, true]) {
        for (const second of [false, true]) {
          const pretests = { equalVariances, normal: [first, second] } as const;
          expect(chainedChoice(pretests)).toBe(meantChoice(pretests));
        }
      }
    }
  });

  it('KS += val2 puts Angelman’s counts under Kabuki syndrome, and nothing else', () => {
    const counts = countSignificant(compare(study.scores, severities));
    const slipped = slippedCounts(counts);
    for (const region of regions) {
      expect(slipped[region]).toEqual({ ...counts[region], KS: counts[region]!.Angelman });
    }
    expect([counts.eye!.KS, slipped.eye!.KS]).toEqual([14, 0]);
  });
});

it('over repeated studies, effects of 0.9 are found and false positives stay rare', () => {
  const { cells, familyWise, choicesChanged, countsWrong } = operate(20);
  for (const { question, planted, found } of cells) {
    if (question === 'RQ1' && Math.abs(planted) >= 0.9) expect(found.value).toBeGreaterThan(0.8);
  }
  expect(cells.filter(({ question, planted }) => question === 'RQ1' && planted !== 0)).toHaveLength(
    3 * Object.values(differences).flatMap((of) => Object.values(of)).length,
  );
  // 20 studies of a chance of 0.05: more than 6 have a chance below 1e-4.
  for (const { found } of familyWise) expect(found.value).toBeLessThanOrEqual(0.3);
  expect(choicesChanged).toEqual({ changed: 0, of: 20 * 4 * 15 });
  expect(countsWrong.value).toBe(1);
});

it('Wilson’s interval', () => {
  // Closed form at the ends: z² / (n + z²) = 3.8415 / 103.8415.
  expect(wilson(0, 100).low).toBeCloseTo(0, 12);
  expect(wilson(0, 100).high).toBeCloseTo(0.0369935, 6);
  expect(wilson(100, 100).low).toBeCloseTo(1 - 0.0369935, 6);
});
