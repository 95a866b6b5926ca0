/** Every gradient rule over random geometries, for vitest: by differences in float64, and on a backend. */
import { type Backend, operators, SaliencyError } from '@regional-saliency/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCase } from '../check';
import { backwardCase, directionalError, GRADIENT_BOUND, type Rules, rulesOf } from '../gradient-check';
import type { Unsupported } from '../suite';
import type { Draw } from './draw';
import { gradientPrograms } from './programs';

export interface GradientOptions {
  /**
   * Programs that the backend may refuse, by their title (not each of them has to need what is missing); a wrong answer
   * is none.
   */
  readonly unsupported?: readonly Unsupported[];
  /** How many programs an operator gets (25). */
  readonly runs?: number;
}

const ruled = Object.keys(operators).filter((op) => operators[op]!.gradient);

const rulesFor = (op: string, { title, make }: Draw): Rules => rulesOf(`${op} ${title}`, make);

/** The generator's seed is another one at each run; where a test fails, fast-check prints it. */
function describeRules(
  title: string,
  check: (rules: Rules, draw: Draw) => Promise<void>,
  runs: number,
): void {
  describe(title, () => {
    it.each(ruled)('%s', async (op) => {
      const programs = gradientPrograms[op];
      if (!programs) throw new Error(`no programs are drawn for ${op}: add them to gradientPrograms`);
      const property = fc.asyncProperty(programs, (draw) => check(rulesFor(op, draw), draw));
      await fc.assert(property, { numRuns: runs });
    });
  });
}

/** The rules, in float64, against central differences along one direction an input. */
export function describeGradientRules({ runs = 50 }: Pick<GradientOptions, 'runs'> = {}): void {
  describeRules(
    'gradient rules over random geometries are what central differences give',
    async (rules, { smooth }) => {
      if (smooth) expect(directionalError(rules)).toBeLessThan(GRADIENT_BOUND);
    },
    runs,
  );
}

/** What a backend makes of the rules against what the interpreter makes of them. */
export function describeGradients(
  name: string,
  makeBackend: () => Backend | Promise<Backend>,
  { unsupported = [], runs = 25 }: GradientOptions = {},
): void {
  let backend: Backend;
  let programsRun = 0;
  const refused = new Map<Unsupported, number>();
  let worst = { error: 0, name: 'none' };
  beforeAll(async () => {
    backend = await makeBackend();
  });
  afterAll(() => {
    const count = [...refused.values()].reduce((sum, each) => sum + each, 0);
    console.log(
      `${name}: gradients of ${ruled.length} operators in ${programsRun} random programs, ${count} refused ` +
        `by declaration; largest error ${worst.error.toExponential(1)} (${worst.name})`,
    );
  });
  describeRules(
    `gradient rules over random geometries on ${name}`,
    async (rules) => {
      const one = backwardCase(rules);
      const entry = unsupported.find(({ cases }) => cases.test(one.name));
      const outcome = await checkCase(backend, one).catch((reason: unknown) => {
        if (!entry || !(reason instanceof SaliencyError)) throw reason;
        refused.set(entry, (refused.get(entry) ?? 0) + 1);
      });
      if (!outcome) return;
      const { error } = outcome;
      if (error > worst.error) worst = { error, name: one.name };
      programsRun++;
    },
    runs,
  );
  it.each(unsupported.map((entry) => [name, entry.cases, entry] as const))(
    '%s refuses some of the programs that match %s',
    (_name, _cases, entry) => {
      expect(refused.get(entry) ?? 0).toBeGreaterThan(0);
    },
  );
}
