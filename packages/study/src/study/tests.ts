/** What a study's file says of its tests, checked, with what the test settles filled in. */
import { SaliencyError } from '@regional-saliency/core';
import { effects } from '@regional-saliency/stats';
import { z } from 'zod';
import { correctionNames, effectNames, kindOf, postHocNames, settled, testNames } from '../compare/settings';
import type { StudyResults } from '../results';

export const testsSchema = z
  .strictObject({
    rule: z.enum(testNames).default('seed-rule'),
    correction: z.enum(correctionNames).default('bonferroni'),
    family: z.enum(['method', 'all']).default('method'),
    effect: z.enum(effectNames).optional(),
    postHoc: z.enum(postHocNames).optional(),
    alpha: z.number().gt(0).lt(1).default(0.05),
    seed: z.int().min(0).default(0),
    permutations: z.int().min(1).max(1e7).default(9999),
    unit: z.enum(['image', 'patient']).optional(),
  })
  .prefault({});

/** A study's tests before it is known whether its images have patients. */
export type StudyTests = Omit<StudyResults['tests'], 'unit'> & {
  /** What counts once; default: the patient where the study names patients, else the image. */
  readonly unit?: 'image' | 'patient' | undefined;
};

/**
 * @throws SaliencyError `bad-input` for a correction or an effect that the test has not
 */
export function settledTests(asked: z.infer<typeof testsSchema>): StudyTests {
  const kind = kindOf(asked.rule, false);
  const { rule: test, ...rest } = asked;
  if (kind !== 'several') {
    if (asked.postHoc) {
      throw new SaliencyError(
        'bad-input',
        `"tests.postHoc" goes with tests of several groups, not with ${test}: leave it out`,
      );
    }
    return { ...asked, effect: settled({ ...rest, test }, kind).effect };
  }
  // Of several groups, the effect is that of their pairs; all of them together have one of their own.
  const effect = asked.effect ?? (test === 'kruskal-wallis' ? 'cliffs-delta' : 'cohens-d');
  if (!(effect in effects)) {
    throw new SaliencyError(
      'bad-input',
      `the effect ${effect} is none of two groups: use ${Object.keys(effects).join(' or ')}`,
    );
  }
  const { postHoc, effect: overallEffect } = settled({ ...rest, test, effect: undefined }, kind);
  return { ...asked, effect, postHoc: postHoc!, overallEffect };
}
