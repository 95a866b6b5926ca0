/**
 * How often the analysis finds what is planted, and what isn't: 1,000 simulated studies.
 *
 * `npx tsx examples/faces/operating.ts` writes operating.json, which the page of run.ts shows. Four methods stand for
 * the fifteen: one of each form of marginal, and the blind one. A study is the unit: where a figure is over several cells
 * of a study, their correlation would make a binomial interval too short, so that each cell is counted by itself and
 * false positives by whether a study has any.
 */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { type Method, regions, syndromes } from './names';
import { decide } from './rq1';
import { follow } from './rq2';
import { blind, differences, simulate, trends } from './simulate';
import { chainedChoice, meantChoice, slippedCounts } from './slips';
import { severitiesOf } from './tables';

/** A share of studies with its 95 % interval: Wilson 1927, doi:10.1080/01621459.1927.10502953. */
export interface Rate {
  readonly of: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Cell {
  readonly question: 'RQ1' | 'RQ2';
  readonly method: string;
  readonly syndrome: string;
  readonly region: string;
  readonly planted: number;
  /** In how many of the studies it is significant after correction. */
  readonly found: Rate;
}

export interface Operating {
  readonly studies: number;
  readonly methods: readonly string[];
  readonly cells: readonly Cell[];
  /** Studies in which a method has any false positive, by question and method; nominal 0.001 and 0.05. */
  readonly familyWise: readonly {
    readonly question: string;
    readonly method: string;
    readonly found: Rate;
  }[];
  /** The same as p below 0.05 before correction, in one cell where nothing is planted. */
  readonly uncorrected: readonly {
    readonly question: string;
    readonly method: string;
    readonly found: Rate;
  }[];
  /** Comparisons whose test the chained comparison of the published code would choose otherwise. */
  readonly choicesChanged: { readonly changed: number; readonly of: number };
  /** Studies whose table of counts has a wrong column KS by `KS += val2`. */
  readonly countsWrong: Rate;
}

export const standIns = [
  'Gradient',
  'SmoothGrad',
  'IntegratedGradients',
  'DeconvNet',
] as const satisfies Method[];

export function operate(studies: number, progress: (done: number) => void = () => undefined): Operating {
  const found = new Map<string, number>();
  const count = (key: string, hit: boolean) => found.set(key, (found.get(key) ?? 0) + Number(hit));
  let [changed, choices] = [0, 0];
  for (let study = 0; study < studies; study++) {
    const { scores, phenotypes } = simulate({ seed: 10_000 + study, only: standIns });
    const severities = severitiesOf(phenotypes, regions);
    const compared = decide(scores, severities);
    const followed = follow(scores, severities).filter((each) => 'p' in each);
    for (const { pretests } of compared) {
      choices++;
      if (chainedChoice(pretests) !== meantChoice(pretests)) changed++;
    }
    for (const [question, rows] of [
      ['RQ1', compared],
      ['RQ2', followed],
    ] as const) {
      for (const method of standIns) {
        const own = rows.filter((row) => row.method === method);
        const empty = own.filter((row) => plantedIn(question, row) === 0);
        for (const row of own) count([question, method, row.syndrome, row.region].join(), row.significant);
        count(
          [question, method, 'any'].join(),
          empty.some(({ significant }) => significant),
        );
        count([question, method, 'p'].join(), empty[0]!.p < 0.05);
      }
    }
    const counts = Object.fromEntries(
      regions.map((region) => [
        region,
        Object.fromEntries(
          syndromes.map((syndrome) => [
            syndrome,
            compared.filter((row) => row.significant && row.region === region && row.syndrome === syndrome)
              .length,
          ]),
        ),
      ]),
    );
    const slipped = slippedCounts(counts);
    count(
      'counts',
      regions.some((region) => slipped[region]!.KS !== counts[region]!.KS),
    );
    progress(study + 1);
  }
  const rate = (key: string) => wilson(found.get(key) ?? 0, studies);
  const questions = ['RQ1', 'RQ2'] as const;
  const families = (what: string) =>
    questions.flatMap((question) =>
      standIns.map((method) => ({ question, method, found: rate([question, method, what].join()) })),
    );
  return {
    studies,
    methods: standIns,
    cells: questions.flatMap((question) =>
      standIns.flatMap((method) =>
        syndromes.flatMap((syndrome) =>
          regions.flatMap((region) => {
            const key = [question, method, syndrome, region].join();
            if (!found.has(key)) return [];
            const planted = plantedIn(question, { method, syndrome, region });
            return [{ question, method, syndrome, region, planted, found: rate(key) }];
          }),
        ),
      ),
    ),
    familyWise: families('any'),
    uncorrected: families('p'),
    choicesChanged: { changed, of: choices },
    countsWrong: rate('counts'),
  };
}

/** The effect that a cell was given; zero for one that is none. */
export function plantedIn(
  question: 'RQ1' | 'RQ2',
  {
    method,
    syndrome,
    region,
  }: { readonly method: string; readonly syndrome: string; readonly region: string },
): number {
  if (blind.has(method)) return 0;
  const of: Readonly<Record<string, Readonly<Record<string, number>>>> =
    question === 'RQ1' ? differences : trends;
  return of[syndrome]?.[region] ?? 0;
}

export function wilson(hits: number, of: number): Rate {
  const z = 1.959963984540054;
  const value = hits / of;
  const middle = (value + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const half = (z / (1 + z ** 2 / of)) * Math.sqrt((value * (1 - value)) / of + z ** 2 / (4 * of ** 2));
  return { of, value, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const studies = Number(process.argv[2] ?? 1000);
  const result = operate(studies, (done) => {
    if (done % 100 === 0) console.log(`${done} of ${studies} studies`);
  });
  await writeFile(new URL('./operating.json', import.meta.url), `${JSON.stringify(result)}\n`);
  for (const { question, method, syndrome, region, planted, found } of result.cells) {
    if (planted !== 0) console.log(question, method, syndrome, region, planted, found.value.toFixed(3));
  }
  console.log(
    JSON.stringify(result.familyWise),
    JSON.stringify(result.uncorrected),
    result.choicesChanged,
    result.countsWrong,
  );
}
