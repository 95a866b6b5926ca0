import { expect, it } from 'vitest';
import type { ScoreRow } from '../src/results';
import { analyse } from '../src/study/analyse';
import type { StudyTests } from '../src/study/tests';

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
