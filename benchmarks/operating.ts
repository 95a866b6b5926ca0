/**
 * Operating characteristics of packages/stats, by simulated studies: Type I error of every test of the registries where
 * its null hypothesis is true, power beside theory, coverage of intervals.
 *
 *     npx tsx benchmarks/operating.ts --help
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SaliencyError } from '@regional-saliency/core';
import {
  bootstrap,
  bootstrapGroups,
  corrections,
  correlations,
  effects,
  equivalence,
  groupTests,
  pairedEquivalence,
  pairedTests,
  permutation,
  permutationTest,
  postHocTests,
  powerAnalyses,
  student,
  tests,
} from '@regional-saliency/stats';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const help = `npx tsx benchmarks/operating.ts [options]   Type I error, power and coverage of the statistics

  --studies N   simulated studies a row (default 1000)
  --seed N      of the simulation (default 1)
  --only TEXT   only rows whose name contains TEXT (again for more), such as 'type I', 'seed-rule', 'n 40'
  --help        this text

Each rate stands with its 95 % Wilson interval, outside of which one row in twenty is by chance. A row that is, of Type I
error above the level only, is simulated once more with ten times as many studies of another seed, and that is what is
printed; rows of the bootstrap, which take long, are not. An excess that 1000 studies seldom show (5.8 % for 5 %) may go
unnoticed: --studies 10000 finds it.

The table goes to stdout, progress to stderr, every row to
out/operating.json.`;

const ALPHA = 0.05;

/** Random numbers of one study. */
interface Draw {
  normal(): number;
  /** `count` values of a distribution. */
  values(kind: Kind, count: number): number[];
}

type Kind = 'normal' | 'skewed' | 'ties';
const kinds: readonly Kind[] = ['normal', 'skewed', 'ties'];

/** What one study says: whether the test rejected, or the interval held the truth. */
type Study = (draw: Draw) => boolean | Promise<boolean>;

interface Row {
  readonly block: 'type I' | 'power' | 'coverage';
  readonly name: string;
  /** The level, the power of theory or the confidence. */
  readonly expected: number;
  readonly study: Study;
}

interface Outcome {
  rate: number;
  low: number;
  high: number;
  studies: number;
  /** Studies in which the statistic was undefined; they count as no rejection. */
  undefined: number;
}

function drawOf(seed: number): Draw {
  const random = xoroshiro128plus(seed);
  const uniform = () => uniformFloat64(random);
  let spare: number | undefined;
  // Box and Muller 1958, doi:10.1214/aoms/1177706645.
  const normal = () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const one: Record<Kind, () => number> = {
    normal,
    skewed: () => Math.exp(normal()),
    ties: () => Math.floor(uniform() * 5),
  };
  return { normal, values: (kind, count) => Array.from({ length: count }, one[kind]) };
}

// --- rows --------------------------------------------------------------------------------------------------------

function typeOneRows(): Row[] {
  const rows: Row[] = [];
  const add = (name: string, study: Study) => rows.push({ block: 'type I', name, expected: ALPHA, study });
  for (const kind of kinds) {
    for (const n of [5, 10, 20, 40]) {
      const where = `${kind}, n ${n}`;
      for (const [id, test] of Object.entries(tests)) {
        // 252 divisions are all there are of 5 and 5 values; more values have as many drawn.
        add(`${id}, ${where}`, (draw) =>
          rejects(
            test(draw.values(kind, n), draw.values(kind, n), { permutations: 252, seed: anySeed(draw) }),
          ),
        );
      }
      for (const [id, test] of Object.entries(pairedTests)) {
        add(`${id}, ${where}`, (draw) => rejects(test(draw.values(kind, n), draw.values(kind, n))));
      }
      const three = (draw: Draw) => [0, 1, 2].map(() => draw.values(kind, n));
      for (const [id, test] of Object.entries(groupTests)) {
        add(`${id} of 3, ${where}`, (draw) => rejects(test(three(draw))));
      }
      for (const [id, correlation] of Object.entries(correlations)) {
        add(`${id}, ${where}`, (draw) => rejects(correlation(draw.values(kind, n), draw.values(kind, n))));
      }
      if (kind !== 'normal') continue;
      // Once each, since Tukey's and Games and Howell's quantiles take their time.
      if (n === 10) {
        for (const [id, test] of Object.entries(postHocTests)) {
          add(`${id}, any pair of 3, ${where}`, (draw) => test(three(draw)).comparisons.some(rejects));
        }
      }
      for (const design of ['two-sample', 'paired', 'correlation'] as const) {
        add(`max-T of 5 columns, ${design}, ${where}`, (draw) => maxT(draw, design, n));
      }
      for (const [id, correct] of Object.entries(corrections)) {
        if (id === 'none') continue;
        add(`student with ${id}, any of 5, ${where}`, (draw) =>
          correct([0, 1, 2, 3, 4].map(() => student(draw.values(kind, n), draw.values(kind, n)).p)).some(
            (p) => p <= ALPHA,
          ),
        );
      }
      // The least favourable null hypothesis: a true difference at the bound.
      const shifted = (draw: Draw) => draw.values(kind, n).map((value) => value + 1.5);
      for (const test of ['student', 'welch'] as const) {
        add(`tost-${test}, at the bound, ${where}`, (draw) =>
          rejects(equivalence(shifted(draw), draw.values(kind, n), { bounds: 1.5, test })),
        );
      }
      add(`tost-paired, at the bound, ${where}`, (draw) =>
        rejects(pairedEquivalence(shifted(draw), draw.values(kind, n), { bounds: 1.5 })),
      );
    }
  }
  const patientsOf = [
    ['n 5 and 5', 5, 5],
    ['n 10 and 10', 10, 10],
    ['n 10 and 30', 10, 30],
  ] as const;
  for (const [where, nA, nB] of patientsOf) {
    const groups = (draw: Draw, ofA: Images, ofB: Images) =>
      [patients(draw, nA, ofA), patients(draw, nB, ofB)] as const;
    const images = 'patients of 1 to 5 images';
    add(`permutation by patient, ${images}, ${where}`, (draw) => {
      const [a, b] = groups(draw, anyNumber, anyNumber);
      const clusters = { clusters: a.patients, clustersB: b.patients.map((patient) => patient + nA) };
      return rejects(
        permutation(a.scores, b.scores, {
          permutations: 252,
          seed: anySeed(draw),
          ...clusters,
        }),
      );
    });
    for (const statistic of ['student', 'mann-whitney'] as const) {
      add(`max-T of 5 columns by patient, ${statistic}, ${images}, ${where}`, (draw) =>
        maxTByPatient(draw, ...groups(draw, anyNumber, anyNumber), statistic),
      );
    }
    // What is not exact: the number of images says the group.
    for (const statistic of ['student', 'welch'] as const) {
      for (const [said, ofA, ofB] of [
        ['1 image in A, 5 in B', 1, 5],
        ['5 images in A, 1 in B', 5, 1],
      ] as const) {
        add(`max-T of 5 columns by patient, ${statistic}, ${said}, ${where}`, (draw) =>
          maxTByPatient(draw, ...groups(draw, ofA, ofB), statistic),
        );
      }
    }
  }
  add('permutation by image, patients of 1 to 5 images, n 10 and 10', (draw) =>
    rejects(
      permutation(patients(draw, 10, anyNumber).scores, patients(draw, 10, anyNumber).scores, {
        permutations: 252,
        seed: anySeed(draw),
      }),
    ),
  );
  return rows;
}

/** The same few permutations in every study would be all studies' luck. */
const anySeed = (draw: Draw) => Math.floor(1e9 * draw.normal());

/** How many images a patient has: a number, or one drawn for each. */
type Images = number | ((draw: Draw) => number);
const anyNumber = (draw: Draw) => 1 + draw.values('ties', 1)[0]!;

/** Images of some patients, in five columns; half of an image's variance is its patient's, half of a column's is all columns'. */
function patients(draw: Draw, count: number, images: Images) {
  const table: number[][] = [];
  const owners: number[] = [];
  for (let patient = 0; patient < count; patient++) {
    const own = draw.normal();
    const ofPatient = [0, 1, 2, 3, 4].map(() => own + draw.normal());
    const number = typeof images === 'number' ? images : images(draw);
    for (let image = 0; image < number; image++) {
      const shared = draw.normal();
      table.push(ofPatient.map((value) => value + shared + draw.normal()));
      owners.push(patient);
    }
  }
  return { table, patients: owners, scores: table.map(([score]) => score!) };
}

async function maxTByPatient(
  draw: Draw,
  a: ReturnType<typeof patients>,
  b: ReturnType<typeof patients>,
  statistic: 'student' | 'welch' | 'mann-whitney',
): Promise<boolean> {
  const { pMaxT } = await permutationTest({
    scores: { data: [...a.table, ...b.table].flat(), shape: [a.table.length + b.table.length, 5] },
    design: {
      kind: 'two-sample',
      inA: [...a.table.map(() => true), ...b.table.map(() => false)],
      clusters: [
        ...a.patients.map((patient) => `a${patient}`),
        ...b.patients.map((patient) => `b${patient}`),
      ],
    },
    statistic,
    permutations: 199,
    seed: anySeed(draw),
  });
  return Math.min(...pMaxT) <= ALPHA;
}

function rejects({ p }: { p: number }): boolean {
  return p <= ALPHA;
}

/** Five columns that share half of their variance, none of which knows the labels. */
async function maxT(draw: Draw, kind: 'two-sample' | 'paired' | 'correlation', n: number): Promise<boolean> {
  const images = kind === 'correlation' ? n : 2 * n;
  const data = Array.from({ length: images }, () => {
    const shared = draw.normal();
    return Array.from({ length: 5 }, () => shared + draw.normal());
  }).flat();
  const inA = Array.from({ length: images }, (_, image) => image < n);
  const designs = {
    'two-sample': () => ({ kind: 'two-sample', inA }) as const,
    paired: () => ({ kind: 'paired', inA, pairs: inA.map((_, image) => image % n) }) as const,
    correlation: () => ({ kind: 'correlation', y: draw.values('normal', n) }) as const,
  };
  const { pMaxT } = await permutationTest({
    scores: { data, shape: [images, 5] },
    design: designs[kind](),
    permutations: 199,
    seed: anySeed(draw),
  });
  return Math.min(...pMaxT) <= ALPHA;
}

/** The rank-biserial correlation, and Cliff's delta, of normal groups d standard deviations apart, by 400 midpoints. */
function dominance(d: number): number {
  // 2Φ(d/√2) − 1 = √(1/π) ∫₀^d exp(−x²/4) dx
  const steps = 400;
  let sum = 0;
  for (let i = 0; i < steps; i++) sum += Math.exp(-((((i + 0.5) * d) / steps) ** 2) / 4);
  return (sum * d) / steps / Math.sqrt(Math.PI);
}

/** Two normal variables with correlation r. */
function together(draw: Draw, r: number, n: number): [number[], number[]] {
  const x = draw.values('normal', n);
  return [x, x.map((value) => r * value + Math.sqrt(1 - r * r) * draw.normal())];
}

const moved = (draw: Draw, d: number, n: number) => draw.values('normal', n).map((value) => value + d);

/** Spearman's correlation of normal variables with correlation r. */
const rankCorrelation = (r: number) => (6 / Math.PI) * Math.asin(r / 2);

function powerRows(): Row[] {
  const rows: Row[] = [];
  const add = (name: string, expected: number, study: Study) =>
    rows.push({ block: 'power', name, expected, study });
  for (const [d, nA, nB] of [
    [1.5, 5, 5],
    [1, 10, 10],
    [0.8, 20, 20],
    [0.5, 40, 40],
    [0.8, 10, 40],
  ] as const) {
    const where = `normal, d ${d}, n ${nA} and ${nB}`;
    const groups = (draw: Draw) => [moved(draw, d, nA), draw.values('normal', nB)] as const;
    const u = powerAnalyses['mann-whitney'].power(dominance(d), [nA, nB]);
    add(`student, ${where}`, powerAnalyses.student.power(d, [nA, nB]), (draw) =>
      rejects(student(...groups(draw))),
    );
    add(`mann-whitney (Noether), ${where}`, u, (draw) => rejects(tests['mann-whitney'](...groups(draw))));
  }
  for (const [d, n] of [
    [1.2, 5],
    [0.8, 10],
    [0.5, 20],
    [0.5, 40],
  ] as const) {
    // Differences have the variance of one measurement where the other is as if it were fixed.
    add(`paired-t, normal, d ${d}, n ${n}`, powerAnalyses['paired-t'].power(d, n), (draw) => {
      const base = draw.values('normal', n);
      return rejects(
        pairedTests['paired-t'](
          base.map((value) => value + d + draw.normal()),
          base,
        ),
      );
    });
  }
  for (const [r, n] of [
    [0.8, 6],
    [0.6, 10],
    [0.5, 20],
    [0.4, 40],
  ] as const) {
    const study =
      (id: 'pearson' | 'spearman'): Study =>
      (draw) =>
        rejects(correlations[id](...together(draw, r, n)));
    const where = `normal, r ${r}, n ${n}`;
    add(`pearson, ${where}`, powerAnalyses.pearson.power(r, n), study('pearson'));
    add(`pearson (Fisher z), ${where}`, powerAnalyses['fisher-z'].power(r, n), study('pearson'));
    add(`spearman, ${where}`, powerAnalyses.spearman.power(rankCorrelation(r), n), study('spearman'));
  }
  return rows;
}

function coverageRows(): Row[] {
  const rows: Row[] = [];
  const add = (name: string, study: Study, expected = 0.95) =>
    rows.push({ block: 'coverage', name, expected, study });
  const holds = ({ interval }: { interval: { low: number; high: number } }, truth: number) =>
    interval.low <= truth && truth <= interval.high;
  const d = 0.8;
  for (const n of [5, 10, 20, 40]) {
    for (const [id, effect] of Object.entries(effects)) {
      const truth = id === 'cohens-d' || id === 'hedges-g' ? d : dominance(d);
      add(`${id}, normal, d ${d}, n ${n}`, (draw) =>
        holds(effect(moved(draw, d, n), draw.values('normal', n)), truth),
      );
    }
    add(`pearson, normal, r 0.5, n ${n}`, (draw) =>
      holds(correlations.pearson(...together(draw, 0.5, n)), 0.5),
    );
    add(`spearman, normal, r 0.5, n ${n}`, (draw) =>
      holds(correlations.spearman(...together(draw, 0.5, n)), rankCorrelation(0.5)),
    );
    for (const test of ['student', 'welch'] as const) {
      add(
        `tost-${test}, difference of means, normal, n ${n}`,
        (draw) => holds(equivalence(moved(draw, d, n), draw.values('normal', n), { bounds: 1, test }), d),
        0.9,
      );
    }
  }
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  let seed = 0;
  for (const method of ['percentile', 'basic', 'bca'] as const) {
    for (const n of [10, 40]) {
      for (const kind of ['normal', 'skewed'] as const) {
        const truth = kind === 'normal' ? 0 : Math.exp(0.5);
        add(`bootstrap ${method}, mean, ${kind}, n ${n}`, (draw) =>
          holds(bootstrap(draw.values(kind, n), mean, { method, resamples: 399, seed: seed++ }), truth),
        );
      }
      add(`bootstrap ${method}, difference of means, normal, n ${n}`, (draw) =>
        holds(
          bootstrapGroups(moved(draw, d, n), draw.values('normal', n), (a, b) => mean(a) - mean(b), {
            method,
            resamples: 399,
            seed: seed++,
          }),
          d,
        ),
      );
    }
  }
  for (const drawnBy of ['patient', 'image'] as const) {
    add(`bootstrap bca by ${drawnBy}, mean, 20 patients with 3 like images`, (draw) => {
      const patients = draw.values('normal', 20);
      const images = patients.flatMap((patient) => [0, 1, 2].map(() => patient + 0.5 * draw.normal()));
      const clusters = images.map((_, image) => Math.floor(image / 3));
      return holds(
        bootstrap(images, mean, {
          resamples: 399,
          seed: seed++,
          ...(drawnBy === 'patient' && { clusters }),
        }),
        0,
      );
    });
  }
  return rows;
}

// --- running -----------------------------------------------------------------------------------------------------

async function simulate({ study }: Row, studies: number, seed: number): Promise<Outcome> {
  const draw = drawOf(seed);
  let hits = 0;
  let without = 0;
  for (let i = 0; i < studies; i++) {
    try {
      if (await study(draw)) hits++;
    } catch (error) {
      // Five values of five kinds are all the same at times, and no test is defined for these.
      if (!(error instanceof SaliencyError && error.code === 'bad-input')) throw error;
      without++;
    }
  }
  return { ...wilson(hits, studies), studies, undefined: without };
}

/** Wilson 1927, doi:10.1080/01621459.1927.10502953. */
function wilson(hits: number, count: number): { rate: number; low: number; high: number } {
  const z = 1.959963984540054;
  const rate = hits / count;
  const centre = (rate + (z * z) / (2 * count)) / (1 + (z * z) / count);
  const reach =
    (z / (1 + (z * z) / count)) * Math.sqrt((rate * (1 - rate)) / count + (z * z) / (4 * count ** 2));
  return { rate, low: hits === 0 ? 0 : centre - reach, high: hits === count ? 1 : centre + reach };
}

/** What the interval says of the expected rate. */
function verdict({ block, expected }: Row, { low, high }: Outcome): string {
  if (block === 'type I')
    return low > expected ? 'ABOVE the level' : high < expected ? 'below' : 'at the level';
  if (block === 'power')
    return low > expected ? 'above theory' : high < expected ? 'below theory' : 'as theory';
  return high < expected ? 'holds less often' : low > expected ? 'holds more often' : 'as it says';
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      studies: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const studies = Number(values.studies);
  const seed = Number(values.seed);
  if (!(Number.isInteger(studies) && studies > 0 && Number.isInteger(seed))) {
    throw new SaliencyError('bad-input', '--studies and --seed are whole numbers, the first above 0');
  }
  const rows = [...typeOneRows(), ...powerRows(), ...coverageRows()].filter(
    ({ block, name }) =>
      values.only.length === 0 || values.only.some((text) => `${block} ${name}`.includes(text)),
  );
  const told: object[] = [];
  const counts = new Map<string, number>();
  let block = '';
  for (const [at, row] of rows.entries()) {
    if (at % 50 === 0) console.error(`row ${at} of ${rows.length}`);
    let outcome = await simulate(row, studies, seed * 100_003 + at);
    const off = outcome.low > row.expected || (row.block !== 'type I' && outcome.high < row.expected);
    if (off && !row.name.startsWith('bootstrap')) {
      outcome = await simulate(row, 10 * studies, -(seed * 100_003 + at));
    }
    const said = verdict(row, outcome);
    if (row.block !== block)
      console.log(`\n${row.block.padEnd(64)} expected  rate   95 % interval   studies`);
    block = row.block;
    const percent = (share: number) => (100 * share).toFixed(1).padStart(5);
    console.log(
      `${row.name.padEnd(64)}${percent(row.expected)} %  ${percent(outcome.rate)}  ${percent(outcome.low)} to ${percent(outcome.high)} ${String(outcome.studies).padStart(7)}  ${said}${outcome.undefined ? `, undefined in ${outcome.undefined}` : ''}`,
    );
    const key = `${row.block}: ${said}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    told.push({ block: row.block, name: row.name, expected: row.expected, ...outcome, verdict: said });
  }
  console.log();
  for (const [key, count] of counts) console.log(`${key}: ${count} rows`);
  const out = fileURLToPath(new URL('../out/', import.meta.url));
  mkdirSync(out, { recursive: true });
  writeFileSync(
    `${out}operating.json`,
    `${JSON.stringify({ studies, seed, alpha: ALPHA, rows: told }, null, 1)}\n`,
  );
}

await main();
