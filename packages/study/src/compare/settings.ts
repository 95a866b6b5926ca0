/**
 * How groups are compared: the names that a study's file and the command line accept, and what goes with what.
 */
import { SaliencyError } from '@regional-saliency/core';
import {
  corrections,
  effects,
  groupEffects,
  groupTests,
  pairedEffects,
  pairedTests,
  postHocTests,
  tests,
} from '@regional-saliency/stats';

/** What a test compares: two groups, pairs, or several groups at once. `permutation` does the first two. */
export type Kind = 'two' | 'pairs' | 'several';

const namesOf = <T extends object>(...registries: T[]) => registries.flatMap((each) => Object.keys(each));

export const testNames = namesOf<object>(tests, pairedTests, groupTests);
export const correctionNames = [...namesOf(corrections), 'max-t'];
export const effectNames = namesOf<object>(effects, pairedEffects, groupEffects);
export const postHocNames = namesOf(postHocTests);

export interface ComparisonSettings {
  readonly test: string;
  readonly correction: string;
  readonly effect: string;
  /** Which groups differ, where a test looks at several at once. */
  readonly postHoc?: string | undefined;
  readonly alpha: number;
  readonly seed: number;
  readonly permutations: number;
}

/** What is taken where nothing is said. */
const usual: Record<string, { readonly effect: string; readonly postHoc: string }> = {
  anova: { effect: 'omega-squared', postHoc: 'tukey-hsd' },
  'welch-anova': { effect: 'omega-squared', postHoc: 'games-howell' },
  'kruskal-wallis': { effect: 'epsilon-squared', postHoc: 'dunn' },
};

/** @param paired whether it is said which scores are pairs */
export function kindOf(test: string, paired: boolean): Kind {
  if (test in groupTests) return 'several';
  return test in pairedTests || (paired && test === 'permutation') ? 'pairs' : 'two';
}

/**
 * The settings with every default filled in.
 *
 * @param given checked to be names of the registries
 * @throws SaliencyError `bad-input` for a correction or an effect that the test has not
 */
export function settled(
  given: Omit<ComparisonSettings, 'effect'> & { readonly effect?: string | undefined },
  kind: Kind,
): ComparisonSettings {
  const { test, correction } = given;
  const of = { two: effects, pairs: pairedEffects, several: groupEffects }[kind];
  const effect =
    given.effect ??
    { two: 'cohens-d', pairs: 'matched-rank-biserial', several: usual[test]?.effect }[kind] ??
    '';
  if (!(effect in of)) {
    throw new SaliencyError(
      'bad-input',
      `the effect ${effect} does not go with ${test}${kind === 'pairs' ? ' of pairs' : ''}: use ${Object.keys(of).join(' or ')}`,
    );
  }
  if (kind === 'several' && correction === 'max-t') {
    throw new SaliencyError(
      'bad-input',
      `max-t compares two groups at a time: with ${test} use another correction, such as holm`,
    );
  }
  return {
    ...given,
    effect,
    postHoc: kind === 'several' ? (given.postHoc ?? usual[test]!.postHoc) : undefined,
  };
}
