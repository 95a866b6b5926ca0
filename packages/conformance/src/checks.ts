/** What the suites ask of a backend, wherever it runs: in this process, or in a page of a browser. */
import { type Backend, operators, SaliencyError } from '@regional-saliency/core';
import fc from 'fast-check';
import type { Case } from './case';
import { conformanceCases } from './cases';
import { randomPrograms } from './cases/random-programs';
import { checkCase, type Outcome } from './check';
import { backwardCase, type Rules, rulesOf } from './gradient-check';
import type { Draw } from './gradients/draw';
import { gradientPrograms } from './gradients/programs';

/** What many programs gave. */
export interface Programs {
  readonly programs: number;
  /** Programs that the backend refused, by the place in the list of what it may refuse. */
  readonly refused: readonly number[];
  readonly worst: { readonly error: number; readonly name: string };
}

export interface Checks {
  /** One case of the suite, by its name. */
  one(name: string, bound?: number): Promise<Outcome>;
  /** Random programs of elementwise, movement and reduction operators. */
  random(runs: number): Promise<Programs>;
  /**
   * The gradient rule of an operator over random geometries; the generator's seed is another one at each run.
   *
   * @param refusable patterns of the programs that the backend may refuse
   * @param bound what floats may be off by; that of the suite unless said
   */
  gradients(op: string, runs: number, refusable: readonly RegExp[], bound?: number): Promise<Programs>;
}

/** Checks of a backend in this process. Each throws an error that says what differs and how. */
export function checksOf(backend: Backend): Checks {
  const cases = new Map(conformanceCases().map((one) => [one.name, one]));
  return {
    one: async (name, bound) => checkCase(backend, cases.get(name)!, bound),
    random: (runs) =>
      manyPrograms(
        (count) => fc.asyncProperty(randomPrograms(), count),
        { seed: 20240229, numRuns: runs },
        { backend, refusable: [] },
      ),
    gradients: (op, runs, refusable, bound) =>
      manyPrograms(
        (count) => fc.asyncProperty(drawsFor(op), (draw) => count(backwardCase(rulesFor(op, draw)))),
        { numRuns: runs },
        { backend, refusable, bound },
      ),
  };
}

interface Terms {
  readonly backend: Backend;
  readonly refusable: readonly RegExp[];
  readonly bound?: number | undefined;
}

async function manyPrograms<Drawn>(
  property: (count: (program: Case) => Promise<void>) => fc.IAsyncProperty<Drawn>,
  parameters: { readonly seed?: number; readonly numRuns: number },
  { backend, refusable, bound }: Terms,
): Promise<Programs> {
  let programs = 0;
  const refused = refusable.map(() => 0);
  let worst = { error: 0, name: 'none' };
  await fc.assert(
    property(async (program) => {
      const entry = refusable.findIndex((pattern) => pattern.test(program.name));
      const outcome = await checkCase(backend, program, bound).catch((reason: unknown) => {
        if (entry < 0 || !(reason instanceof SaliencyError)) throw reason;
        refused[entry]!++;
      });
      if (!outcome) return;
      if (outcome.error > worst.error) worst = { error: outcome.error, name: program.name };
      programs++;
    }),
    parameters,
  );
  return { programs, refused, worst };
}

/** Operators that have a gradient rule. */
export const ruled = Object.keys(operators).filter((op) => operators[op]!.gradient);

export const rulesFor = (op: string, { title, make }: Draw): Rules => rulesOf(`${op} ${title}`, make);

/** What an operator's programs are drawn from. */
export function drawsFor(op: string): fc.Arbitrary<Draw> {
  const programs = gradientPrograms[op];
  if (!programs) throw new Error(`no programs are drawn for ${op}: add them to gradientPrograms`);
  return programs;
}

/** Whether something runs checks itself, and is no backend to run them on. */
export const isChecks = (subject: Backend | Checks): subject is Checks => 'gradients' in subject;
