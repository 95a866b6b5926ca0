import { effects, groupTests, postHocTests, tests } from '@regional-saliency/stats';
import { describe, expect, it } from 'vitest';
import { methodsText } from '../src/report/methods-text';
import { findings } from '../src/report/words';
import type { ScoreRow } from '../src/results';
import { analyse } from '../src/study/analyse';
import { type StudyTests, settledTests, testsSchema } from '../src/study/tests';
import { madeUpStudy } from './made-up';

const how: StudyTests = {
  rule: 'student',
  correction: 'bonferroni',
  family: 'method',
  effect: 'cohens-d',
  alpha: 0.05,
  seed: 0,
  permutations: 9999,
};

function rows(values: Record<string, Record<string, (number | null)[]>>): ScoreRow[] {
  return Object.entries(values).flatMap(([region, groups]) =>
    Object.entries(groups).flatMap(([group, scores]) =>
      scores.map((score, i) => ({
        image: `${i}.png`,
        group,
        method: 'gradient',
        region,
        score,
        pixels: 1,
        target: 0,
        predicted: 0,
        output: 1,
      })),
    ),
  );
}

const options = { groups: ['a', 'b'], methods: ['gradient'], regions: ['x', 'y'], tests: how };

it('positive effects mean that the first group is larger, as the statistic does', async () => {
  const { comparisons } = await analyse(
    rows({ x: { a: [5, 6, 7, 8], b: [1, 2, 3, 4] }, y: { a: [1, 2, 3, 4], b: [5, 6, 7, 8] } }),
    options,
  );
  expect(comparisons.map(({ effect, statistic }) => [effect!.value > 0, statistic! > 0])).toEqual([
    [true, true],
    [false, false],
  ]);
  // d = 4 / sd(1..4), by hand
  expect(comparisons[0]!.effect!.value).toBeCloseTo(4 / Math.sqrt(5 / 3), 12);
});

it('missing scores are counted, and not tested as numbers', async () => {
  const { comparisons, summaries } = await analyse(
    rows({ x: { a: [1, 2, null, 3], b: [2, null, 4, 6] }, y: { a: [null, null], b: [null, null] } }),
    options,
  );
  expect(comparisons[0]!.n).toEqual([3, 3]);
  expect(comparisons[1]).toMatchObject({ p: null, missing: 'no image has a score' });
  // Only the comparison that was made counts in the correction.
  expect(comparisons[0]!.corrected).toBe(comparisons[0]!.p);
  expect(summaries.map(({ n, missing, median }) => [n, missing, median])).toEqual([
    [3, 1, 2],
    [3, 1, 4],
    [0, 2, null],
    [0, 2, null],
  ]);
});

it('where a test does not apply, the group and the reason are named', async () => {
  const { comparisons } = await analyse(
    rows({ x: { a: [1], b: [2, 3, 4] }, y: { a: [5, 5, 5], b: [5, 5, 5] } }),
    {
      ...options,
      tests: { ...how, rule: 'seed-rule' },
    },
  );
  expect(comparisons[0]!.missing).toMatch(/^a has 1 value, but at least 3 are needed/);
  expect(comparisons[1]!.missing).toMatch(/\ba\b/);
});

it('three groups are compared pair by pair, each pair its own family unless all are one', async () => {
  const scores = rows({
    x: { a: [1, 2, 3], b: [2, 3, 5], c: [7, 8, 9] },
    y: { a: [1, 2, 4], b: [2, 3, 4], c: [1, 5, 9] },
  });
  const groups = ['a', 'b', 'c'];
  const apart = (await analyse(scores, { ...options, groups })).comparisons;
  expect(apart.map(({ groups }) => groups.join('-'))).toEqual(['a-b', 'a-b', 'a-c', 'a-c', 'b-c', 'b-c']);
  for (const { p, corrected } of apart) expect(corrected).toBe(Math.min(1, 2 * p!));
  const together = (await analyse(scores, { ...options, groups, tests: { ...how, family: 'all' } }))
    .comparisons;
  for (const { p, corrected } of together) expect(corrected).toBe(Math.min(1, 6 * p!));
});

describe('patients', () => {
  const values = { x: { a: [1, 2, 4, 5, 9], b: [3, 8, 7, 12, 6] } };
  const named = rows(values).map((row, i) => ({ ...row, patient: `${row.group}${[0, 1, 1, 2, 2][i % 5]}` }));
  const one = { ...options, regions: ['x'] };

  it('count once each, by the mean of their images, where the rows name them', async () => {
    const { comparisons, tests: said, summaries } = await analyse(named, one);
    expect(said.unit).toBe('patient');
    expect(comparisons[0]!.n).toEqual([3, 3]);
    expect(comparisons[0]!.p).toBe(tests.student([1, 3, 7], [3, 7.5, 9]).p);
    // Figures show images.
    expect(summaries.map(({ n }) => n)).toEqual([5, 5]);
  });

  it('are passed over where the study says images', async () => {
    const { comparisons, tests: said } = await analyse(named, { ...one, tests: { ...how, unit: 'image' } });
    expect(said.unit).toBe('image');
    expect(comparisons[0]!.p).toBe(tests.student(values.x.a, values.x.b).p);
  });

  it('in two groups, or asked for and not named, are refused', async () => {
    const strayed = named.map((row) => ({ ...row, patient: row.patient === 'b0' ? 'a0' : row.patient }));
    await expect(analyse(strayed, one)).rejects.toThrow('the patient "a0" has images in two groups, a and b');
    await expect(analyse(rows(values), { ...one, tests: { ...how, unit: 'patient' } })).rejects.toThrow(
      '"tests.unit" is patient, but the study names no patients',
    );
  });
});

it('max-T stands beside any correction, and is the correction where it is asked for', async () => {
  const scores = rows({
    x: { a: [5, 6, 7, 9], b: [1, 2, 3, 4] },
    y: { a: [1, 2, 4, 3], b: [2, 6, 3, 8] },
  });
  const beside = (await analyse(scores, options)).comparisons;
  const itself = (await analyse(scores, { ...options, tests: { ...how, correction: 'max-t' } })).comparisons;
  expect(itself.map(({ corrected }) => corrected)).toEqual(beside.map(({ maxT }) => maxT!.corrected));
  for (const { maxT, detectable } of beside) {
    expect(maxT).toMatchObject({ exact: true, permutations: 70, n: [4, 4] });
    expect(maxT!.corrected).toBeGreaterThanOrEqual(maxT!.p);
    expect(detectable).toMatchObject({ effect: 'cohens-d', power: 0.8 });
  }
  const maxTs = (groups: string[], family: 'method' | 'all') =>
    analyse(rows({ x: { a: [5, 6, 7, 9], b: [1, 2, 3, 4], c: [2, 4, 6, 7] } }), {
      ...options,
      regions: ['x'],
      groups,
      tests: { ...how, family },
    }).then(({ comparisons }) => comparisons[0]!.maxT!.corrected);
  // Over three pairs of groups, Bonferroni.
  expect(await maxTs(['a', 'b', 'c'], 'all')).toBeCloseTo(3 * (await maxTs(['a', 'b'], 'all')), 12);
  expect(await maxTs(['a', 'b', 'c'], 'method')).toBe(await maxTs(['a', 'b'], 'method'));
});

it('images of one name are pairs for tests of pairs', async () => {
  const tests = settledTests(testsSchema.parse({ rule: 'wilcoxon' }));
  const { comparisons, tests: said } = await analyse(
    rows({ x: { a: [5, 6, 7, null, 9], b: [4, 2, 3, 8, 1] } }),
    { ...options, regions: ['x'], tests },
  );
  expect(said).toMatchObject({ unit: 'pair', effect: 'matched-rank-biserial' });
  // All four differences have one sign: 2 of the 16 ways to give signs.
  expect(comparisons[0]).toMatchObject({ n: [4, 4], p: 2 / 16, test: 'wilcoxon' });
});

it('a test of several groups is told over all, and its pairs by the comparison that goes with it', async () => {
  const values = {
    x: { a: [1, 2, 3], b: [2, 3, 5], c: [7, 8, 9] },
    y: { a: [1, 2, 4], b: [2, 3, 4], c: [1, 5, 9] },
  };
  const { comparisons, overall } = await analyse(rows(values), {
    ...options,
    groups: ['a', 'b', 'c'],
    tests: settledTests(testsSchema.parse({ rule: 'anova', correction: 'holm' })),
  });
  const groups = [values.x.a, values.x.b, values.x.c];
  expect(overall!.map(({ region, p }) => [region, p])[0]).toEqual(['x', groupTests.anova(groups).p]);
  expect(overall![0]!.corrected).toBe(2 * overall![0]!.p!);
  const pairs = comparisons.filter(({ region }) => region === 'x');
  expect(pairs.map(({ p }) => p)).toEqual(postHocTests['tukey-hsd'](groups).comparisons.map(({ p }) => p));
  expect(pairs[1]).toMatchObject({ groups: ['a', 'c'], test: 'tukey-hsd', n: [3, 3] });
  expect(pairs[1]!.effect!.value).toBe(effects['cohens-d'](values.x.a, values.x.c).value);
  expect(pairs[1]!.corrected).toBe(2 * pairs[1]!.p!);

  const { results } = await madeUpStudy();
  const [sentence] = findings({
    ...results,
    methods: [{ label: 'gradient', id: 'gradient', options: {} }],
    summaries: [],
    comparisons,
    overall,
  });
  expect(sentence).toMatch(
    /^The groups differ in x \(corrected p\u00a0=\u00a00\.00\d\)\. No region tells a from b /,
  );
});

it.each([
  [{ rule: 'anova', correction: 'max-t' }, /max-t compares two groups at a time/],
  [{ rule: 'anova', effect: 'eta-squared' }, /the effect eta-squared is none of two groups/],
  [{ rule: 'wilcoxon', effect: 'cohens-d' }, /does not go with wilcoxon of pairs: use matched-rank-biserial/],
  [
    { rule: 'student', postHoc: 'dunn' },
    /"tests.postHoc" goes with tests of several groups, not with student/,
  ],
])('%j is refused before anything runs', (asked, sentence) => {
  expect(() => settledTests(testsSchema.parse(asked))).toThrow(sentence);
});

it('the report says which test, unit, correction and family it was', async () => {
  const { results } = await madeUpStudy();
  const said = (tests: Partial<typeof results.tests>, more = {}) =>
    methodsText({ ...results, ...more, tests: { ...results.tests, ...tests } }).join(' ');
  expect(said({})).toContain('P-values were corrected by Bonferroni over the regions of each method, and');
  expect(said({ correction: 'none' })).toContain('P-values were not corrected');
  expect(said({ unit: 'patient', rule: 'welch', correction: 'max-t', family: 'all' })).toMatch(
    /Each patient counted once, .+Welch’s t-test was used; .+corrected by the largest Welch t over all methods and regions together, in 9999 permutations/,
  );
  const maxT = { p: 0.1, corrected: 0.2, n: [20, 20], exact: false, permutations: 9999 };
  const comparisons = results.comparisons.map((each) => ({ ...each, maxT }));
  expect(said({}, { comparisons })).toContain('Beside them stands the p-value by the largest t over');
  expect(said({ rule: 'kruskal-wallis', postHoc: 'dunn' })).toContain(
    'by the Kruskal–Wallis test, and pairs of groups by Dunn; all',
  );
  const uncorrected = { ...results, tests: { ...results.tests, correction: 'none' } };
  expect(findings(uncorrected).join(' ')).toMatch(/by p uncorrected/);
  expect(findings(uncorrected).join(' ')).not.toMatch(/corrected p|after correction/);
});
