/**
 * Tests, corrections and effect sizes by name, as a study's file and the command line say them. A new one is a file
 * of its own and a line here.
 */
import { benjaminiHochberg } from './benjamini-hochberg';
import { bonferroni } from './bonferroni';
import { cohensD } from './cohens-d';
import type { Effect } from './effect';
import { hedgesG } from './hedges-g';
import { holm } from './holm';
import { mannWhitney } from './mann-whitney';
import type { Correction } from './p-values';
import { pairedT } from './paired-t';
import type { PairedTest } from './paired-test';
import { permutation } from './permutation';
import { seedRule } from './seed-rule';
import { student } from './student';
import type { TwoGroupTest } from './two-group-test';
import { uncorrected } from './uncorrected';
import { welch } from './welch';
import { wilcoxon } from './wilcoxon';

/** Tests of two groups. */
export const tests = {
  'seed-rule': seedRule,
  student,
  welch,
  'mann-whitney': mannWhitney,
  permutation,
} satisfies Record<string, TwoGroupTest>;

/** Tests of pairs: two measurements of the same images. */
export const pairedTests = {
  'paired-t': pairedT,
  wilcoxon,
} satisfies Record<string, PairedTest>;

/** Corrections for the number of comparisons. */
export const corrections = {
  none: uncorrected,
  bonferroni,
  holm,
  'benjamini-hochberg': benjaminiHochberg,
} satisfies Record<string, Correction>;

/** Effect sizes of two groups. */
export const effects = {
  'cohens-d': cohensD,
  'hedges-g': hedgesG,
} satisfies Record<string, Effect>;

export type TestId = keyof typeof tests;
export type PairedTestId = keyof typeof pairedTests;
export type CorrectionId = keyof typeof corrections;
export type EffectId = keyof typeof effects;
