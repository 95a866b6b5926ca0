/** The suite that every backend runs, for vitest. */
import { type Backend, SaliencyError } from '@regional-saliency/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Case } from './case';
import { conformanceCases } from './cases';
import { randomPrograms } from './cases/random-programs';
import { checkCase } from './check';

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
 * @param makeBackend called once, before the first test
 */
export function describeConformance(
  name: string,
  makeBackend: () => Backend | Promise<Backend>,
  { unsupported = [], coarse = [], randomRuns = 60 }: ConformanceOptions = {},
): void {
  describe(`${name} agrees with the float64 reference`, () => {
    const cases = conformanceCases();
    let backend: Backend;
    let worst = { error: 0, name: 'none' };
    const counts = { cases: 0, runs: 0, refused: 0, random: 0 };

    beforeAll(async () => {
      backend = await makeBackend();
    });
    afterAll(() => {
      const { error, name: at } = worst;
      console.log(
        `${name}: ${counts.cases} of ${cases.length} cases passed in ${counts.runs} runs, ${counts.refused} refused ` +
          `by declaration, ${counts.random} random programs; largest error ${error.toExponential(1)} (${at})`,
      );
    });

    async function check(one: Case): Promise<void> {
      const { error, runs } = await checkCase(backend, one);
      if (error > worst.error) worst = { error, name: one.name };
      counts.runs += runs;
    }

    for (const one of cases) {
      const refusal = unsupported.find(({ cases: pattern }) => pattern.test(one.name));
      if (refusal) {
        it(`refuses ${one.name}: ${refusal.reason}`, async () => {
          await expect(checkCase(backend, one)).rejects.toBeInstanceOf(SaliencyError);
          counts.refused++;
        });
        continue;
      }
      const less = coarse.find(({ cases: pattern }) => pattern.test(one.name));
      if (less) {
        it(`${one.name}, to ${less.bound}: ${less.reason}`, async () => {
          await expect(checkCase(backend, one), 'it is exact now: take it off the list').rejects.toThrow(
            'differs',
          );
          counts.runs += (await checkCase(backend, one, less.bound)).runs;
          counts.cases++;
        });
      } else {
        it(one.name, async () => {
          await check(one);
          counts.cases++;
        });
      }
    }

    it('random programs of elementwise, movement and reduction operators', async () => {
      await fc.assert(
        fc.asyncProperty(randomPrograms(), async (program) => {
          await check(program);
          counts.random++;
        }),
        { seed: 20240229, numRuns: randomRuns },
      );
    });

    for (const { cases: pattern, reason } of [...unsupported, ...coarse]) {
      it(`has a case that matches ${pattern} (${reason})`, () => {
        expect(cases.some((one) => pattern.test(one.name))).toBe(true);
      });
    }
  });
}
