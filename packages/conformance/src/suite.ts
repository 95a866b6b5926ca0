/** The suite that every backend runs, for vitest. */
import { type Backend, SaliencyError } from '@regional-saliency/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conformanceCases } from './cases';
import { type Checks, checksOf, isChecks } from './checks';

/** Cases that a backend can't run: it must refuse them with a SaliencyError, never answer wrongly. */
export interface Unsupported {
  /** Matches the names of the cases. */
  readonly cases: RegExp;
  /** Why, in words that a reader of the test's title understands. */
  readonly reason: string;
}

/** Cases for which a platform promises less than float32: errors must stay below this bound, the suite's being out of reach. */
export interface Coarse extends Unsupported {
  readonly bound: number;
}

export interface ConformanceOptions {
  readonly unsupported?: readonly Unsupported[];
  readonly coarse?: readonly Coarse[];
  /** How many random programs are run (60). */
  readonly randomRuns?: number;
}

/**
 * Declares one test for every case, and one for random programs.
 *
 * @param makeSubject called once, before the first test: a backend, or what checks one elsewhere (a page of a browser)
 */
export function describeConformance(
  name: string,
  makeSubject: () => Backend | Checks | Promise<Backend | Checks>,
  { unsupported = [], coarse = [], randomRuns = 60 }: ConformanceOptions = {},
): void {
  describe(`${name} agrees with the float64 reference`, () => {
    const cases = conformanceCases();
    let checks: Checks;
    let worst = { error: 0, name: 'none' };
    const counts = { cases: 0, runs: 0, refused: 0, random: 0 };

    beforeAll(async () => {
      const subject = await makeSubject();
      checks = isChecks(subject) ? subject : checksOf(subject);
    });
    afterAll(() => {
      const { error, name: at } = worst;
      console.log(
        `${name}: ${counts.cases} of ${cases.length} cases passed in ${counts.runs} runs, ${counts.refused} refused ` +
          `by declaration, ${counts.random} random programs; largest error ${error.toExponential(1)} (${at})`,
      );
    });

    for (const one of cases) {
      const refusal = unsupported.find(({ cases: pattern }) => pattern.test(one.name));
      if (refusal) {
        it(`refuses ${one.name}: ${refusal.reason}`, async () => {
          await expect(checks.one(one.name)).rejects.toBeInstanceOf(SaliencyError);
          counts.refused++;
        });
        continue;
      }
      const less = coarse.find(({ cases: pattern }) => pattern.test(one.name));
      if (less) {
        it(`${one.name}, to ${less.bound}: ${less.reason}`, async () => {
          await expect(checks.one(one.name), 'it is exact now: take it off the list').rejects.toThrow(
            'differs',
          );
          counts.runs += (await checks.one(one.name, less.bound)).runs;
          counts.cases++;
        });
      } else {
        it(one.name, async () => {
          const { error, runs } = await checks.one(one.name);
          if (error > worst.error) worst = { error, name: one.name };
          counts.runs += runs;
          counts.cases++;
        });
      }
    }

    it('random programs of elementwise, movement and reduction operators', async () => {
      const found = await checks.random(randomRuns);
      if (found.worst.error > worst.error) worst = found.worst;
      counts.random = found.programs;
    });

    for (const { cases: pattern, reason } of [...unsupported, ...coarse]) {
      it(`has a case that matches ${pattern} (${reason})`, () => {
        expect(cases.some((one) => pattern.test(one.name))).toBe(true);
      });
    }
  });
}
