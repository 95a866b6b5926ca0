/**
 * The table of the README that says how far each function is from its references, made from the golden cases; a test
 * compares them.
 *
 * To write it anew: npx tsx packages/stats/accuracy-table.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fUpper, normalQuantile, normalUpper, studentUpper } from './src/distributions';
import {
  type Alternative,
  type CorrectionId,
  cliffsDelta,
  cohensD,
  corrections,
  dunn,
  type EffectResult,
  epsilonSquared,
  equivalence,
  etaSquared,
  groupTests,
  hedgesG,
  type LeveneCenter,
  levene,
  type MannWhitneyOptions,
  mannWhitney,
  matchedRankBiserial,
  omegaSquared,
  type PowerAnalysis,
  pairedEquivalence,
  pairedT,
  pearson,
  permutation,
  permutationTest,
  postHocTests,
  powerAnalyses,
  type Sizes,
  seedRule,
  shapiroWilk,
  spearman,
  student,
  uncorrected,
  type WilcoxonOptions,
  welch,
  wilcoxon,
} from './src/index';
import { noncentralTCdf } from './src/noncentral-t';
import { studentizedRangeUpper } from './src/studentized-range';
import { type BootstrapCase, onSciPysDraws } from './test/bootstrap-cases';
import { type GoldenCase, golden, relativeError, samples } from './test/golden-cases';
import { goldenPairs } from './test/pairs';
import { type ExactCase, optionsOf } from './test/permutation-cases';
import { goldenGroups } from './test/several-groups';

const readme = new URL('./README.md', import.meta.url);
const [begin, end] = ['<!-- accuracy: written by accuracy-table.ts -->', '<!-- /accuracy -->'];

/** A function's row: how many cases there are, and the worst of them. */
export interface Accuracy {
  readonly name: string;
  readonly what: string;
  readonly peer: string;
  readonly cases: number;
  /** Largest relative error; undefined where there is no such reference. */
  readonly againstPeer?: number;
  readonly againstExact?: number;
}

/** Our numbers of a case beside a peer's and the exact ones. */
interface Compared {
  readonly actual: readonly number[];
  readonly peer?: readonly (number | null)[];
  readonly exact?: readonly number[];
}

type Sample = GoldenCase & { sample: string };
type Tailed = Sample & { alternative: Alternative };
type Levelled = Sample & { level: number };

const variables = JSON.parse(
  readFileSync(new URL('./test/golden/variables.json', import.meta.url), 'utf8'),
) as Record<string, { x: number[]; y: number[] }>;

/** SciPy's numbers where they are within 1e-10 of the exact ones, which those always are. */
const compared = (actual: readonly number[], { scipy, exact, scipyDiffers }: GoldenCase): Compared => ({
  actual,
  exact,
  ...(scipyDiffers ? {} : { peer: scipy }),
});

const each = <T extends GoldenCase>(file: string, numbers: (entry: T) => readonly number[]) =>
  golden<T>(file).map((entry) => compared(numbers(entry), entry));

const ofEffect = ({ value, interval }: EffectResult) => [value, interval.low, interval.high];

/** Every function with golden cases, in the order of the README. */
export async function accuracies(): Promise<Accuracy[]> {
  const row = (name: string, what: string, peer: string, cases: readonly Compared[]): Accuracy => ({
    name,
    what,
    peer,
    cases: cases.length,
    ...worst('againstPeer', cases, (entry) => entry.peer),
    ...worst('againstExact', cases, (entry) => entry.exact),
  });
  const groupTest = (id: keyof typeof groupTests) =>
    golden<Sample & { test: string }>('group-tests')
      .filter(({ test }) => test === id)
      .map((entry) => {
        const { statistic, p } = groupTests[id](goldenGroups[entry.sample]!);
        return compared([statistic, p], entry);
      });
  const postHoc = (id: 'tukey-hsd' | 'games-howell') =>
    golden<Sample & { test: string; pair: [number, number] }>('post-hoc')
      .filter(({ test }) => test === id)
      .map((entry) => {
        const found = postHocTests[id](goldenGroups[entry.sample]!).comparisons.find(
          ({ a, b }) => a === entry.pair[0] && b === entry.pair[1],
        )!;
        return compared([found.difference, found.p, found.interval!.low, found.interval!.high], entry);
      });
  const correction = (id: Exclude<CorrectionId, 'none'>) =>
    golden<{ p: number[] } & Record<typeof id, number[]>>('corrections').map((entry) => ({
      actual: corrections[id](entry.p),
      peer: entry[id],
    }));
  const tTest = (id: 'student' | 'welch') =>
    each<Tailed>(id, ({ sample, alternative }) => {
      const { a, b } = samples[sample]!;
      const { statistic, p } = (id === 'student' ? student : welch)(a, b, { alternative });
      return [statistic, p];
    });
  const power = (id: keyof typeof powerAnalyses) => {
    type Case = GoldenCase & {
      of: string;
      effect: number;
      n: Sizes;
      alpha: number;
      alternative: Alternative;
      power: number;
    };
    const { power: chance, detectableEffect } = powerAnalyses[id] as PowerAnalysis;
    const ofPower = golden<Case>('power').map((entry) => ({
      entry,
      value: () => chance(entry.effect, entry.n, { alpha: entry.alpha, alternative: entry.alternative }),
    }));
    const inverse = golden<Case>('power-inverse').map((entry) => ({
      entry,
      value: () =>
        detectableEffect(entry.n, {
          power: entry.power,
          alpha: entry.alpha,
          alternative: entry.alternative,
        }),
    }));
    // A chance far below alpha, of finding the wrong direction, has absolute digits only.
    return [...ofPower.filter(({ entry }) => entry.exact[0]! > entry.alpha / 10), ...inverse]
      .filter(({ entry }) => entry.of === id)
      .map(({ entry, value }) => compared([value()], entry));
  };
  const distribution = (of: string, value: (x: number, df: [number, number]) => number) =>
    golden<GoldenCase & { of: string; x: number; df?: number | [number, number] }>('distributions')
      .filter((entry) => entry.of === of)
      .map((entry) => compared([value(entry.x, [entry.df].flat() as [number, number])], entry));
  const permutations = await Promise.all(
    golden<ExactCase>('permutation-test').map(async (entry) => {
      const { p, pMaxT, pStepDown } = await permutationTest({ ...optionsOf(entry), permutations: 100_000 });
      return {
        actual: [...p, ...pMaxT, ...pStepDown],
        peer: [entry.p, entry.pMaxT, entry.pStepDown].flat(),
      };
    }),
  );

  return [
    row('`seedRule`', 'every statistic and p on its way', 'SciPy', seedRuleCases()),
    row('`student`', 't, p', 'SciPy', tTest('student')),
    row('`welch`', 't, p', 'SciPy', tTest('welch')),
    row(
      '`mannWhitney`',
      'U, p',
      'SciPy',
      each<Tailed & Pick<MannWhitneyOptions, 'method' | 'continuity'>>(
        'mann-whitney',
        ({ sample, alternative, method, continuity }) => {
          const { a, b } = samples[sample]!;
          const { statistic, p } = mannWhitney(a, b, { alternative, method, continuity });
          return [statistic, p];
        },
      ),
    ),
    row(
      '`permutation`',
      'difference, exact p',
      'SciPy',
      each<Tailed>('permutation', ({ sample, alternative }) => {
        const { a, b } = samples[sample]!;
        const { statistic, p } = permutation(a, b, { alternative });
        return [statistic, p];
      }),
    ),
    row('`permutationTest`', 'exact p, max-T p, step-down p', 'NumPy, all arrangements', permutations),
    row(
      '`shapiroWilk`',
      'W, p',
      'SciPy',
      each<Sample & { group: 'a' | 'b' }>('shapiro-wilk', ({ sample, group }) => {
        const { statistic, p } = shapiroWilk(samples[sample]![group]);
        return [statistic, p];
      }),
    ),
    row(
      '`levene`',
      'W, p',
      'SciPy',
      each<GoldenCase & { samples: string[]; center: LeveneCenter }>('levene', (entry) => {
        const groups = entry.samples.flatMap((name) => [samples[name]!.a, samples[name]!.b]);
        const { statistic, p } = levene(groups, { center: entry.center });
        return [statistic, p];
      }),
    ),
    row(
      '`pairedT`',
      't, p',
      'SciPy',
      each<Tailed>('paired-t', ({ sample, alternative }) => {
        const { a, b } = goldenPairs[sample]!;
        const { statistic, p } = pairedT(a, b, { alternative });
        return [statistic, p];
      }),
    ),
    row(
      '`wilcoxon`',
      'W, p',
      'SciPy',
      each<Tailed & Pick<WilcoxonOptions, 'zeros' | 'method' | 'continuity'>>(
        'wilcoxon',
        ({ sample, alternative, zeros, method, continuity }) => {
          const { a, b } = goldenPairs[sample]!;
          const { statistic, p, details } = wilcoxon(a, b, { alternative, zeros, method, continuity });
          return [alternative === 'two-sided' ? Math.min(statistic, details.negative) : statistic, p];
        },
      ),
    ),
    row('`anova`', 'F, p', 'SciPy', groupTest('anova')),
    row('`welchAnova`', 'F, p', 'SciPy', groupTest('welch-anova')),
    row('`kruskalWallis`', 'H, p', 'SciPy', groupTest('kruskal-wallis')),
    row('`tukeyHsd`', 'difference, p, interval', 'SciPy', postHoc('tukey-hsd')),
    row('`gamesHowell`', 'difference, p, interval', 'SciPy', postHoc('games-howell')),
    row(
      '`dunn`',
      'p',
      'scikit-posthocs',
      each<Sample>('dunn', ({ sample }) =>
        dunn(goldenGroups[sample]!, { correction: uncorrected }).comparisons.map(({ p }) => p),
      ),
    ),
    row('`pearson`', 'r, p, interval', 'SciPy', correlation('pearson')),
    row('`spearman`', 'ρ, p by t, interval', 'SciPy', correlation('spearman')),
    row(
      '`spearman`',
      'p by all orders',
      'SciPy',
      each<Tailed>('spearman-exact', ({ sample, alternative }) => {
        const { x, y } = variables[sample]!;
        return [spearman(x, y, { alternative, method: 'exact' }).p];
      }),
    ),
    row(
      '`cohensD`, `hedgesG`',
      'd, g, interval',
      'SciPy',
      each<Levelled & { hedges: number }>('effects', ({ sample, level, hedges }) => {
        const { a, b } = samples[sample]!;
        // Of g, what is left once its correction of d is undone.
        const g = ofEffect(hedgesG(a, b, { level })).map((value) => value / hedges);
        return [...ofEffect(cohensD(a, b, { level })), ...g];
      }).map(({ actual, peer, exact }) => ({
        actual,
        exact: [...exact!, ...exact!],
        ...(peer && { peer: [...peer, ...peer] }),
      })),
    ),
    row(
      '`cliffsDelta`',
      'δ, interval',
      'pingouin',
      each<Levelled>('cliffs-delta', ({ sample, level }) => {
        const { a, b } = samples[sample]!;
        return ofEffect(cliffsDelta(a, b, { level }));
      }),
    ),
    row(
      '`matchedRankBiserial`',
      'r, interval',
      'pingouin',
      each<Levelled>('matched-rank-biserial', ({ sample, level }) => {
        const { a, b } = goldenPairs[sample]!;
        return ofEffect(matchedRankBiserial(a, b, { level }));
      }),
    ),
    row(
      '`etaSquared`, `omegaSquared`, `epsilonSquared`',
      'value',
      'pingouin, SciPy',
      each<Sample>('group-effects', ({ sample }) =>
        [etaSquared, omegaSquared, epsilonSquared].map((effect) => effect(goldenGroups[sample]!).value),
      ),
    ),
    row(
      '`equivalence`, `pairedEquivalence`',
      't, p, interval',
      'statsmodels',
      each<Sample & { test: 'student' | 'welch' | 'paired'; bounds: [number, number] }>(
        'equivalence',
        ({ sample, test, bounds }) => {
          const { p, aboveLow, belowHigh, interval } =
            test === 'paired'
              ? pairedEquivalence(goldenPairs[sample]!.a, goldenPairs[sample]!.b, { bounds })
              : equivalence(samples[sample]!.a, samples[sample]!.b, { bounds, test });
          return [
            p,
            aboveLow.statistic,
            aboveLow.p,
            belowHigh.statistic,
            belowHigh.p,
            interval.low,
            interval.high,
          ];
        },
      ),
    ),
    row(
      '`bootstrap`',
      'standard error; percentile, basic, BCa interval',
      'SciPy',
      golden<BootstrapCase>('bootstrap').map((entry) => ({
        actual: (['percentile', 'basic', 'bca'] as const).flatMap((method) => {
          const { interval, standardError } = onSciPysDraws(entry, method);
          return [interval.low, interval.high, standardError];
        }),
        peer: [entry.percentile, entry.basic, entry.bca].flatMap((ends) => [...ends, entry.standardError]),
      })),
    ),
    ...(Object.keys(powerAnalyses) as (keyof typeof powerAnalyses)[]).map((id) =>
      row(
        `\`powerAnalyses\`, ${id}`,
        'power, detectable effect',
        powerPeers[id] ?? '',
        power(id).map(({ peer, ...entry }) => (powerPeers[id] ? { ...entry, peer } : entry)),
      ),
    ),
    ...(Object.keys(corrections) as CorrectionId[])
      .filter((id) => id !== 'none')
      .map((id) => row(`\`corrections\`, ${id}`, 'p', 'statsmodels', correction(id))),
    row(
      'Student’s t',
      'upper tail',
      'SciPy',
      distribution('student', (x, [df]) => studentUpper(x, df)),
    ),
    row(
      'F',
      'upper tail',
      'SciPy',
      distribution('f', (x, df) => fUpper(x, ...df)),
    ),
    row(
      'normal',
      'upper tail',
      'SciPy',
      distribution('normal', (x) => normalUpper(x)),
    ),
    row(
      'normal',
      'quantile',
      'SciPy',
      distribution('normal-quantile', (x) => normalQuantile(x)),
    ),
    row(
      'noncentral t',
      'distribution function',
      'SciPy',
      each<GoldenCase & { t: number; df: number; delta: number }>('noncentral-t', ({ t, df, delta }) => [
        noncentralTCdf(t, df, delta),
      ]),
    ),
    row(
      'studentized range',
      'upper tail',
      'SciPy',
      each<GoldenCase & { q: number; k: number; df: number }>('studentized-range', ({ q, k, df }) => [
        studentizedRangeUpper(q, k, df),
      ]),
    ),
  ];
}

/** Nobody in Python has the others: they are held against 40 digits only. */
const powerPeers: Partial<Record<keyof typeof powerAnalyses, string>> = {
  student: 'statsmodels',
  'paired-t': 'statsmodels',
  'fisher-z': 'pingouin',
};

function seedRuleCases(): Compared[] {
  interface Case {
    a: number[];
    b: number[];
    shapiroWilk: number[][];
    levene: number[];
    statistic: number;
    p: number;
  }
  return golden<Case>('seed-rule').map((entry) => {
    const { statistic, p, details } = seedRule(entry.a, entry.b);
    const pretests = [...details.shapiroWilk, details.levene];
    return {
      actual: [...pretests, { statistic, p }].flatMap((result) => [result.statistic, result.p]),
      peer: [...entry.shapiroWilk.flat(), ...entry.levene, entry.statistic, entry.p],
    };
  });
}

function correlation(id: 'pearson' | 'spearman'): Compared[] {
  return each<Tailed & { level: number }>(id, ({ sample, alternative, level }) => {
    const { x, y } = variables[sample]!;
    const { value, p, interval } =
      id === 'pearson'
        ? pearson(x, y, { alternative, level })
        : spearman(x, y, { alternative, level, method: 't' });
    return [value, p, interval.low, interval.high];
  });
}

function worst<Key extends string>(
  key: Key,
  cases: readonly Compared[],
  reference: (entry: Compared) => readonly (number | null)[] | undefined,
): { readonly [key in Key]?: number } {
  const errors = cases.flatMap((entry) =>
    (reference(entry) ?? []).map((expected, at) => relativeError(entry.actual[at]!, expected!)),
  );
  return errors.length === 0 ? {} : ({ [key]: Math.max(...errors) } as { readonly [key in Key]: number });
}

/** The README, and what it should be. */
export function readmes(all: readonly Accuracy[]): { readonly present: string; readonly wanted: string } {
  const present = readFileSync(readme, 'utf8');
  const [before, rest] = present.split(begin) as [string, string];
  const after = rest.split(end)[1]!;
  return { present, wanted: `${before}${begin}\n\n${tableOf(all)}\n\n${end}${after}` };
}

const heads = ['function', 'what', 'cases', 'beside', 'worst error', 'against 40 digits'];

function tableOf(all: readonly Accuracy[]): string {
  const rows = all.map(({ name, what, peer, cases, againstPeer, againstExact }) => [
    ...[name, what, String(cases), peer],
    shown(againstPeer),
    shown(againstExact),
  ]);
  const widths = heads.map((_, at) => Math.max(...[heads, ...rows].map((cells) => cells[at]!.length)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [heads, rule, ...rows]
    .map((cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`)
    .join('\n');
}

/** One digit, rounded up. */
function shown(error: number | undefined): string {
  if (error === undefined || error === 0) return error === 0 ? '0' : '';
  const exponent = Math.floor(Math.log10(error));
  const digit = Math.ceil(error / 10 ** exponent);
  return digit === 10 ? `1e${exponent + 1}` : `${digit}e${exponent}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { wanted } = readmes(await accuracies());
  writeFileSync(readme, wanted);
  console.log(wanted.split(begin)[1]!.split(end)[0]!.trim());
}
