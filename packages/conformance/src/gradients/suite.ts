/** Every gradient rule over random geometries, for vitest: by differences in float64, and on a backend. */
import type { Backend } from '@regional-saliency/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checks, checksOf, drawsFor, isChecks, ruled, rulesFor } from '../checks';
import { directionalError, GRADIENT_BOUND } from '../gradient-check';
import type { Coarse, Unsupported } from '../suite';

export interface GradientOptions {
  /**
   * Programs that the backend may refuse, by their title (not each of them has to need what is missing); a wrong answer
   * is none.
   */
  readonly unsupported?: readonly Unsupported[];
  /** Operators for which a platform promises less than float32, by name. */
  readonly coarse?: readonly Coarse[];
  /** How many programs an operator gets (25). */
  readonly runs?: number;
}

/** What checks the rules of one operator. */
type Check = (op: string) => Promise<void>;

function describeRules(title: string, check: Check): void {
  describe(title, () => {
    it.each(ruled)('%s', check);
  });
}

/** The rules, in float64, against central differences along one direction an input. */
export function describeGradientRules({ runs = 50 }: Pick<GradientOptions, 'runs'> = {}): void {
  describeRules('gradient rules over random geometries are what central differences give', async (op) => {
    const property = fc.asyncProperty(drawsFor(op), async (draw) => {
      if (draw.smooth) expect(directionalError(rulesFor(op, draw))).toBeLessThan(GRADIENT_BOUND);
    });
    await fc.assert(property, { numRuns: runs });
  });
}

/**
 * What a backend makes of the rules against what the interpreter makes of them.
 *
 * @param makeSubject called once, before the first test: a backend, or what checks one elsewhere (a page of a browser)
 */
export function describeGradients(
  name: string,
  makeSubject: () => Backend | Checks | Promise<Backend | Checks>,
  { unsupported = [], coarse = [], runs = 25 }: GradientOptions = {},
): void {
  let checks: Checks;
  let programsRun = 0;
  const refused = unsupported.map(() => 0);
  let worst = { error: 0, name: 'none' };
  beforeAll(async () => {
    const subject = await makeSubject();
    checks = isChecks(subject) ? subject : checksOf(subject);
  });
  afterAll(() => {
    const count = refused.reduce((sum, each) => sum + each, 0);
    console.log(
      `${name}: gradients of ${ruled.length} operators in ${programsRun} random programs, ${count} refused ` +
        `by declaration; largest error ${worst.error.toExponential(1)} (${worst.name})`,
    );
  });
  const refusable = unsupported.map(({ cases }) => cases);
  describeRules(`gradient rules over random geometries on ${name}`, async (op) => {
    const less = coarse.find(({ cases }) => cases.test(op));
    const found = await checks.gradients(op, runs, refusable, less?.bound);
    if (!less && found.worst.error > worst.error) worst = found.worst;
    programsRun += found.programs;
    for (const [entry, count] of found.refused.entries()) refused[entry]! += count;
  });
  it.each(unsupported.map(({ cases }, entry) => [name, cases, entry] as const))(
    '%s refuses some of the programs that match %s',
    (_name, _cases, entry) => {
      expect(refused[entry]).toBeGreaterThan(0);
    },
  );
}
