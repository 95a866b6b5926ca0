import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { groupTests, pairedTests, permutationTest, postHocTests, tests } from '@regional-saliency/stats';
import { beforeAll, describe, expect, it } from 'vitest';
import { main } from '../src/cli';
import type { CompareResults } from '../src/commands/compare';
import type { ScoreRow } from '../src/results';
import { analyse } from '../src/study/analyse';
import { settledTests, testsSchema } from '../src/study/tests';
import { type Cell, toParquet } from '../src/tables/table';
import { temporaryFolder } from './folders';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

let made = 0;
async function tableFile(content: string | Uint8Array, name = `scores-${++made}.csv`): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function run(...args: string[]) {
  const file = join(folder, `results-${++made}.json`);
  let [out, error] = ['', ''];
  const code = await main(['compare', '--group', 'group', '--score', 'score', '-o', file, ...args], {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  const results = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as CompareResults) : undefined;
  return { code, out, error, file, results: results! };
}

type Row = { image: string; group: string; method: string; region: string; score: number | null } & Record<
  string,
  Cell
>;

/** Two methods, two regions, and images that differ in groups by `shift`. */
function rowsOf(groups: Record<string, number>, images = 6): Row[] {
  return Object.entries(groups).flatMap(([group, shift], g) =>
    Array.from({ length: images }, (_, i) => i).flatMap((i) =>
      ['gradient', 'grad-cam'].flatMap((method, m) =>
        ['heart', 'lung'].map((region, r) => ({
          image: `${i}.png`,
          group,
          method,
          region,
          score: 1 + Math.sin(1 + 5 * i + 11 * g + 3 * m + 7 * r) + (region === 'lung' ? shift : 0),
        })),
      ),
    ),
  );
}

function csv(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0]!);
  return [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))]
    .map((line) => `${line.join(',')}\n`)
    .join('');
}

const scoresOf = (rows: readonly Row[], method: string, region: string, group: string) =>
  rows
    .filter((row) => row.method === method && row.region === region && row.group === group)
    .map(({ score }) => score!);

const by = ['--by', 'method,region'];

describe('compare', () => {
  const rows = rowsOf({ sick: 2.5, well: 0 });

  it('compares the groups on each method and region, corrects over all, and says where everything is', async () => {
    const { code, out, file, results } = await run(await tableFile(csv(rows)), ...by, '--test', 'welch');
    expect(code).toBe(0);
    expect(out).toContain('sick: 6 images, well: 6 images\npositive effects: higher for sick\n');
    expect(out).toMatch(/^grad-cam +lung +6, 6 +welch /m);
    expect(out).toContain(`results  ${file}`);
    expect(results.comparisons).toHaveLength(4);
    for (const { cell, p, corrected, statistic, n, effect } of results.comparisons) {
      const of = (group: string) => scoresOf(rows, cell.method!, cell.region!, group);
      const expected = tests.welch(of('sick'), of('well'));
      expect([p, statistic]).toEqual([expected.p, expected.statistic]);
      expect(corrected).toBe(Math.min(1, 4 * expected.p));
      expect(n).toEqual([6, 6]);
      expect(effect!.low).toBeLessThan(effect!.value);
    }
    const clear = results.comparisons.filter(({ significant }) => significant);
    expect(clear.map(({ cell }) => cell.region)).toEqual(['lung', 'lung']);
    expect(results.versions['@regional-saliency/study']).toMatch(/^\d/);
  });

  it('max-T is what counting every division of the images in float64 gives', async () => {
    const small = rowsOf({ sick: 1, well: 0 }, 4);
    const { results } = await run(
      await tableFile(csv(small)),
      ...by,
      '--test',
      'permutation',
      '--correct',
      'max-t',
    );
    const cells = results.comparisons.map(({ cell }) => cell);
    const columns = cells.map(({ method, region }) => [
      ...scoresOf(small, method!, region!, 'sick'),
      ...scoresOf(small, method!, region!, 'well'),
    ]);
    const t = (values: number[], inA: boolean[]) => {
      const [a, b] = [true, false].map((mark) => values.filter((_, i) => inA[i] === mark));
      const mean = (part: number[]) => part.reduce((sum, value) => sum + value, 0) / 4;
      const squares = (part: number[]) => part.reduce((sum, value) => sum + (value - mean(part)) ** 2, 0);
      return Math.abs(mean(a!) - mean(b!)) / Math.sqrt(((squares(a!) + squares(b!)) / 6) * (1 / 4 + 1 / 4));
    };
    const divisions: number[][] = [];
    for (let marks = 0; marks < 256; marks++) {
      const inA = Array.from({ length: 8 }, (_, i) => Boolean(marks & (1 << i)));
      if (inA.filter(Boolean).length === 4) divisions.push(columns.map((values) => t(values, inA)));
    }
    expect(divisions).toHaveLength(70);
    const observed = columns.map((values) =>
      t(
        values,
        [0, 1, 2, 3, 4, 5, 6, 7].map((i) => i < 4),
      ),
    );
    const share = (hit: (values: number[]) => boolean) => divisions.filter(hit).length / 70;
    results.comparisons.forEach(({ statistic, p, corrected, maxT }, column) => {
      expect(Math.abs(statistic!)).toBeCloseTo(observed[column]!, 10);
      const reached = (value: number) => value >= observed[column]! - 1e-6;
      expect(p).toBeCloseTo(
        share((values) => reached(values[column]!)),
        12,
      );
      expect(corrected).toBeCloseTo(
        share((values) => reached(Math.max(...values))),
        12,
      );
      expect(maxT).toMatchObject({ p, corrected, exact: true, permutations: 70, n: [4, 4] });
    });
  });

  it('counts a patient once, by the mean of its images, for every test', async () => {
    const patients = rows.map((row) => ({
      ...row,
      // 1, 2 and 3 images.
      patient: `${row.group} ${[0, 1, 1, 2, 2, 2][Number.parseInt(row.image, 10)]}`,
    }));
    const path = await tableFile(csv(patients));
    const { results, out } = await run(path, ...by, '--test', 'student', '--patient', 'patient');
    expect(out).toContain('sick: 3 patients, well: 3 patients');
    const { cell, p, n } = results.comparisons[3]!;
    const means = (group: string) => {
      const own = scoresOf(rows, cell.method!, cell.region!, group);
      return [own.slice(0, 1), own.slice(1, 3), own.slice(3)].map(
        (part) => part.reduce((sum, value) => sum + value, 0) / part.length,
      );
    };
    expect(n).toEqual([3, 3]);
    expect(p).toBeCloseTo(tests.student(means('sick'), means('well')).p, 12);

    const max = await run(path, ...by, '--test', 'permutation', '--correct', 'max-t', '--patient', 'patient');
    const images = ['sick', 'well'].flatMap((group) => [0, 1, 2, 3, 4, 5].map((i) => ({ group, i })));
    const engine = await permutationTest({
      scores: {
        data: images.flatMap(({ group, i }) =>
          max.results.comparisons.map(({ cell }) => scoresOf(rows, cell.method!, cell.region!, group)[i]!),
        ),
        shape: [12, 4],
      },
      design: {
        kind: 'two-sample',
        inA: images.map(({ group }) => group === 'sick'),
        clusters: images.map(({ group, i }) => `${group} ${[0, 1, 1, 2, 2, 2][i]}`),
      },
    });
    expect(max.results.comparisons.map(({ corrected }) => corrected)).toEqual(engine.pMaxT);
  });

  it('compares pairs: those of one image, whichever order the rows have, where both scores are there', async () => {
    const path = await tableFile(
      csv(
        rows.map((row) => ({
          ...row,
          score: row.image === '2.png' && row.method === 'gradient' ? null : row.score,
        })),
      ),
    );
    for (const test of ['paired-t', 'wilcoxon'] as const) {
      const { results } = await run(
        path,
        '--by',
        'region',
        '--pair',
        'image',
        '--test',
        test,
        '--group',
        'method',
        '--where',
        'group=sick',
      );
      expect(results.tests).toMatchObject({ unit: 'pair', effect: 'matched-rank-biserial' });
      const { cell, p, n, maxT } = results.comparisons[0]!;
      const of = (method: string) => scoresOf(rows, method, cell.region!, 'sick').filter((_, i) => i !== 2);
      expect(p).toBe(pairedTests[test](of('gradient'), of('grad-cam')).p);
      expect(n).toEqual([5, 5]);
      expect(maxT!.permutations).toBe(2 ** 5);
    }
  });

  it('pairs of a patient count once, and change places together', async () => {
    const sick = rows.filter(({ group }) => group === 'sick');
    const owner = (image: string) => ['p', 'p', 'q', 'q', 'r', 's'][Number.parseInt(image, 10)]!;
    const path = await tableFile(csv(sick.map((row) => ({ ...row, patient: owner(row.image) }))));
    const args = ['--group', 'method', '--by', 'region', '--pair', 'image', '--patient', 'patient'];
    const { results } = await run(path, ...args, '--test', 'permutation', '--correct', 'max-t');
    expect(results.tests.unit).toBe('patient');
    const images = [0, 1, 2, 3, 4, 5];
    const engine = await permutationTest({
      scores: {
        data: ['gradient', 'grad-cam'].flatMap((method) =>
          images.flatMap((i) =>
            ['heart', 'lung'].map((region) => scoresOf(sick, method, region, 'sick')[i]!),
          ),
        ),
        shape: [12, 2],
      },
      design: {
        kind: 'paired',
        inA: [...images, ...images].map((_, at) => at < 6),
        pairs: [...images, ...images],
        clusters: [...images, ...images].map((i) => owner(`${i}.png`)),
      },
    });
    expect(engine.permutations).toBe(2 ** 4);
    expect(results.comparisons.map(({ corrected }) => corrected)).toEqual(engine.pMaxT);
    expect(results.comparisons[0]!.n).toEqual([4, 4]);
  });

  it('tests several groups at once, says which differ, and compares all pairs otherwise', async () => {
    const three = rowsOf({ none: 0, some: 1, much: 3 });
    const path = await tableFile(csv(three));
    for (const [test, postHoc] of [
      ['anova', 'tukey-hsd'],
      ['welch-anova', 'games-howell'],
      ['kruskal-wallis', 'dunn'],
    ] as const) {
      const { results } = await run(path, ...by, '--test', test, '--correct', 'holm');
      expect(results.tests.postHoc).toBe(postHoc);
      const { cell, p, postHoc: found, groups, effect } = results.comparisons[1]!;
      const values = ['none', 'some', 'much'].map((group) =>
        scoresOf(three, cell.method!, cell.region!, group),
      );
      expect(groups).toEqual(['none', 'some', 'much']);
      expect(p).toBe(groupTests[test](values).p);
      expect(found!.map(({ p }) => p)).toEqual(postHocTests[postHoc](values).comparisons.map(({ p }) => p));
      expect(found![1]!.groups).toEqual(['none', 'much']);
      expect(effect).toMatchObject({ low: null, high: null });
    }
    const pairs = await run(path, ...by, '--test', 'student');
    expect(pairs.results.comparisons).toHaveLength(12);
    expect(pairs.out).toMatch(/^gradient +lung +none – much /m);
    const [first] = pairs.results.comparisons;
    expect(first!.corrected).toBe(Math.min(1, 12 * first!.p!));
    const two = await run(path, ...by, '--test', 'student', '--groups', 'much,none', '--family', 'region');
    expect(two.results.groups.map(({ name }) => name)).toEqual(['much', 'none']);
    const lung = two.results.comparisons[1]!;
    expect(lung.corrected).toBe(Math.min(1, 2 * lung.p!));
    expect(lung.statistic!).toBeGreaterThan(0);
  });

  it('permutes within strata', async () => {
    const sites = rows.map((row) => ({ ...row, site: Number.parseInt(row.image, 10) < 3 ? 'x' : 'y' }));
    const path = await tableFile(csv(sites));
    const { results } = await run(path, ...by, '--test', 'permutation', '--strata', 'site');
    expect(results.comparisons[0]!.maxT).toMatchObject({ permutations: 20 * 20, exact: true });
  });

  it('counts missing scores, leaves them out of max-T, and tells what can’t be tested', async () => {
    const holes = rows.map((row) => ({
      ...row,
      score:
        row.region === 'heart' && row.method === 'gradient'
          ? 1
          : row.image === '1.png' && row.region === 'lung'
            ? null
            : row.score,
    }));
    const { code, out, error, results } = await run(await tableFile(csv(holes)), ...by, '--test', 'student');
    expect(code).toBe(1);
    expect(error).toMatch(/^error: gradient, heart is not tested: [^\n]+\n$/);
    expect(out).toContain('4 of 48 scores are missing');
    expect(out).toMatch(/^gradient +heart +6, 6 +not tested: /m);
    expect(results.table).toMatchObject({ rows: 48, used: 48, missing: 4 });
    expect(results.comparisons.map(({ n }) => n)).toEqual([
      [6, 6],
      [5, 5],
      [6, 6],
      [5, 5],
    ]);
    expect(results.comparisons[2]!.maxT!.n).toEqual([5, 5]);
    expect(results.comparisons[1]!.corrected).toBe(Math.min(1, 3 * results.comparisons[1]!.p!));
  });

  it('says what could have been found, at alpha and at alpha over the number of comparisons', async () => {
    const { results } = await run(await tableFile(csv(rows)), ...by, '--test', 'student');
    const { detectable } = results.comparisons[0]!;
    expect(detectable).toMatchObject({ effect: 'cohens-d', power: 0.8, by: 'student' });
    // statsmodels: TTestIndPower().solve_power(nobs1=6, power=0.8), alpha 0.05 and 0.0125
    expect(detectable!.value).toBeCloseTo(1.7955409, 6);
    expect(detectable!.corrected).toBeCloseTo(2.2945744, 6);
  });

  it('reads a byte order mark, CRLF, quotes, semicolons, blank lines and Parquet alike', async () => {
    const plain = await run(await tableFile(csv(rows)), ...by);
    const quoted = csv(rows).replaceAll('gradient', '"gradient"').replaceAll('\n', '\r\n');
    const forms = [
      await tableFile(`\uFEFF${quoted}\r\n`),
      await tableFile(csv(rows).replaceAll(',', ';')),
      await tableFile(csv(rows).replaceAll(',', '\t')),
      await tableFile(
        toParquet({
          columns: [
            ...(['image', 'group', 'method', 'region'] as const).map((name) => ({
              name,
              type: 'text' as const,
            })),
            { name: 'score', type: 'number' },
          ],
          rows: rows.map(({ image, group, method, region, score }) => [image, group, method, region, score]),
        }),
        'scores.parquet',
      ),
    ];
    for (const form of forms) {
      const { code, results } = await run(form, ...by);
      expect(code).toBe(0);
      expect(results.comparisons).toEqual(plain.results.comparisons);
    }
  });

  it('gives what a study gives on the same scores', async () => {
    const scores: ScoreRow[] = rows.map((row) => ({ ...row, pixels: 1, target: 0, predicted: 0, output: 1 }));
    const study = await analyse(scores, {
      groups: ['sick', 'well'],
      methods: ['gradient', 'grad-cam'],
      regions: ['heart', 'lung'],
      tests: settledTests(testsSchema.parse({ rule: 'welch', correction: 'max-t', family: 'all' })),
    });
    const { results } = await run(await tableFile(csv(rows)), ...by, '--test', 'welch', '--correct', 'max-t');
    expect(results.comparisons.map(({ cell, ...rest }) => ({ ...cell, ...rest }))).toEqual(
      JSON.parse(JSON.stringify(study.comparisons)),
    );
  });
});

describe('compare refuses', () => {
  const good = rowsOf({ sick: 1, well: 0 });
  const table = csv(good);
  const change = (text: string, to: string) => table.replace(text, to);
  const ofPatients = csv(good.map((row) => ({ ...row, patient: `p${row.image}` })));

  it.each<[string, string, string[], RegExp]>([
    [
      'an unknown column',
      table,
      ['--by', 'methd'],
      /has no column "methd" \(did you mean "method"\?\): its columns are image, group, method, region, score/,
    ],
    [
      'text for a score',
      change('\n', '\n0.png,sick,x,y,high\n'),
      by,
      /row 2 of \S+ has "high" in the column "score": give a finite number/,
    ],
    ['an infinite score', change('\n', '\n0.png,sick,x,y,inf\n'), by, /row 2 of \S+ has "inf"/],
    ['a decimal comma', change('\n', '\n0.png,sick,x,y,"0,5"\n'), by, /with a point where it has a comma/],
    [
      'a group of one image',
      change('\n', '\n0.png,odd,gradient,lung,1\n'),
      by,
      /group "odd" is too small to compare: \S+ has one image of it/,
    ],
    [
      'one group only',
      csv(good.filter(({ group }) => group === 'sick')),
      by,
      /has one value, sick: comparing needs at least two/,
    ],
    [
      'an image twice',
      table,
      ['--by', 'method'],
      /the image "0.png" of sick has two scores in gradient \(rows 2 and 3\)/,
    ],
    ['an empty table', 'group,score\n', by, /has no rows/],
    ['an empty file', '', by, /has no rows/],
    ['nothing left by --where', table, [...by, '--where', 'method=lime'], /no row of \S+ has method=lime/],
    [
      'an unknown group',
      table,
      [...by, '--groups', 'sick,wel'],
      /no row of \S+ is of the group "wel": the column "group" has sick/,
    ],
    ['a ragged row', change('\n', '\n0.png,sick\n'), by, /row 2 of \S+ has 2 fields, but the header has 5/],
    [
      'an empty group',
      change('\n', '\n0.png,,x,y,1\n'),
      by,
      /row 2 of \S+ has nothing in the column "group"/,
    ],
    [
      'a patient in both groups',
      ofPatients,
      [...by, '--patient', 'patient'],
      /the patient "p0.png" has images in two groups, sick and well/,
    ],
    [
      'a patient in two strata',
      csv(good.map((row) => ({ ...row, patient: row.group + (row.image < '2' ? 1 : 2), site: row.image }))),
      [...by, '--patient', 'patient', '--strata', 'site', '--test', 'permutation'],
      /the patient "sick1" is in two strata, 0.png and 1.png/,
    ],
    [
      'constant scores',
      csv(good.map((row) => ({ ...row, score: 2 }))),
      by,
      /no comparison of \S+ can be made: sick has the same value/,
    ],
    [
      'max-T without images',
      csv(good).replace('image', 'file'),
      [...by, '--correct', 'max-t'],
      /scores-\d+\.csv has no column "image": name the one that says which image a row is of with --image/,
    ],
    [
      'max-T of several groups',
      table,
      [...by, '--correct', 'max-t', '--test', 'anova'],
      /max-t compares two groups at a time/,
    ],
    [
      'an effect of other tests',
      table,
      [...by, '--effect', 'eta-squared'],
      /the effect eta-squared does not go with seed-rule: use cohens-d or hedges-g/,
    ],
  ])('%s in one sentence, exit 1', async (_, content, args, sentence) => {
    const { code, error } = await run(await tableFile(content), ...args);
    expect(error).toMatch(/^error: [^\n]+\n$/);
    expect(error).toMatch(sentence);
    expect(code).toBe(1);
  });

  it('a missing file, and bytes that are no table, in one sentence', async () => {
    expect(await run(join(folder, 'nowhere.csv'))).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^error: the table \S+nowhere\.csv does not exist\n$/),
    });
    const bytes = await tableFile(Uint8Array.of(0xff, 0xfe, 0x41, 0xd8));
    expect((await run(bytes)).error).toMatch(/is no CSV in UTF-8/);
    const parquet = await tableFile(new TextEncoder().encode('PAR1 and no more'));
    expect((await run(parquet)).error).toMatch(/can't be read as Parquet/);
  });

  it.each<[string[], RegExp]>([
    [['--test', 'studnt'], /did you mean "student"\?/],
    [['--correct', 'max-T'], /did you mean "max-t"\?/],
    [['--pair', 'image', '--test', 'student'], /--pair is for tests of pairs/],
    [['--test', 'wilcoxon'], /wilcoxon compares pairs: say which column makes them with --pair/],
    [['--strata', 'site'], /use it with --test permutation/],
    [['--family', 'region'], /--family is all, or one of the columns of --by/],
    [['--post-hoc', 'dunn'], /--post-hoc goes with tests of several groups, not with seed-rule/],
    [['--where', 'method'], /column=value/],
    [['--by', 'method,,region'], /different names between commas/],
    [['--permutations', '0.5'], /a whole number from 1/],
  ])('%j as a usage error, code 2', async (args, sentence) => {
    const { code, error } = await run(await tableFile(table), ...args);
    expect([code, error]).toEqual([2, expect.stringMatching(sentence)]);
  });
});

const seed = fileURLToPath(new URL('../../../../shared/data/seed-study/region-scores.json', import.meta.url));
const present = existsSync(seed);
const need = present ? '' : ': skipped, ../shared/data/seed-study/region-scores.json is missing';

describe.runIf(present)(`compare on the scores of the seed study${need}`, () => {
  it('gives its tests and p-values from a CSV', async () => {
    const { gradient_region_scores: scores, gradient_results: printed } = JSON.parse(
      readFileSync(seed, 'utf8'),
    ) as {
      gradient_region_scores: Record<'0' | '1', Record<string, number[]>>;
      gradient_results: { region: number; test_used: string; p_value: number }[];
    };
    const rows = (['0', '1'] as const).flatMap((label) =>
      Object.entries(scores[label]).flatMap(([region, values]) =>
        values.map(
          (score, i): Row => ({
            image: `${i}.jpeg`,
            group: label === '0' ? 'NORMAL' : 'PNEUMONIA',
            method: 'gradient',
            region,
            score,
          }),
        ),
      ),
    );
    const { results } = await run(await tableFile(csv(rows)), ...by);
    expect(printed).toHaveLength(3);
    for (const { region, test_used, p_value } of printed) {
      const own = results.comparisons.find(({ cell }) => cell.region === String(region))!;
      expect(own.test).toBe(test_used === 't-test' ? 'student' : 'mann-whitney');
      expect(Math.abs(own.p! - p_value)).toBeLessThan(1e-6);
      expect(own.corrected).toBe(Math.min(1, 3 * own.p!));
    }
  });
});
