/**
 * Tests, corrections and effect sizes by name, as a study's file and the command line say them. A new one is a file
 * of its own and a line here.
 */
import { anova } from './anova';
import { benjaminiHochberg } from './benjamini-hochberg';
import { benjaminiYekutieli } from './benjamini-yekutieli';
import { bonferroni } from './bonferroni';
import { cliffsDelta } from './cliffs-delta';
import { cohensD } from './cohens-d';
import type { Correlation } from './correlation';
import { dunn } from './dunn';
import type { Effect } from './effect';
import { gamesHowell } from './games-howell';
import { epsilonSquared, etaSquared, type GroupEffect, omegaSquared } from './group-effects';
import type { GroupTest, PostHocTest } from './group-test';
import { hedgesG } from './hedges-g';
import { hochberg } from './hochberg';
import { holm } from './holm';
import { kruskalWallis } from './kruskal-wallis';
import { mannWhitney } from './mann-whitney';
import { matchedRankBiserial } from './matched-rank-biserial';
import type { Correction } from './p-values';
import { pairedT } from './paired-t';
import type { PairedTest } from './paired-test';
import { pearson } from './pearson';
import { permutation } from './permutation/two-groups';
import type { PowerAnalysis } from './power/analysis';
import { fisherZPower, pearsonPower, spearmanPower } from './power/correlation';
import { mannWhitneyPower } from './power/mann-whitney';
import { pairedTPower } from './power/paired-t';
import { studentPower } from './power/student';
import { rankBiserial } from './rank-biserial';
import { seedRule } from './seed-rule';
import { sidak } from './sidak';
import { spearman } from './spearman';
import { student } from './student';
import { tukeyHsd } from './tukey';
import type { TwoGroupTest } from './two-group-test';
import { uncorrected } from './uncorrected';
import { welch } from './welch';
import { welchAnova } from './welch-anova';
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

/** Tests of several groups at once. */
export const groupTests = {
  anova,
  'welch-anova': welchAnova,
  'kruskal-wallis': kruskalWallis,
} satisfies Record<string, GroupTest>;

/** Which of several groups differ: all pairs, with p corrected for their number. */
export const postHocTests = {
  'tukey-hsd': tukeyHsd,
  'games-howell': gamesHowell,
  dunn,
} satisfies Record<string, PostHocTest>;

/** How closely two variables of the same images go together. */
export const correlations = {
  pearson,
  spearman,
} satisfies Record<string, Correlation>;

/** Corrections for the number of comparisons. */
export const corrections = {
  none: uncorrected,
  bonferroni,
  sidak,
  holm,
  hochberg,
  'benjamini-hochberg': benjaminiHochberg,
  'benjamini-yekutieli': benjaminiYekutieli,
} satisfies Record<string, Correction>;

/** Effect sizes of two groups. */
export const effects = {
  'cohens-d': cohensD,
  'hedges-g': hedgesG,
  'cliffs-delta': cliffsDelta,
  'rank-biserial': rankBiserial,
} satisfies Record<string, Effect>;

/** Effect sizes of pairs. */
export const pairedEffects = {
  'matched-rank-biserial': matchedRankBiserial,
} satisfies Record<string, Effect>;

/** Effect sizes of several groups. */
export const groupEffects = {
  'eta-squared': etaSquared,
  'omega-squared': omegaSquared,
  'epsilon-squared': epsilonSquared,
} satisfies Record<string, GroupEffect>;

/** Power, sample size and detectable effect, by the test that is planned. */
export const powerAnalyses = {
  student: studentPower,
  'paired-t': pairedTPower,
  'mann-whitney': mannWhitneyPower,
  pearson: pearsonPower,
  spearman: spearmanPower,
  'fisher-z': fisherZPower,
} satisfies Record<string, PowerAnalysis<number> | PowerAnalysis<readonly [a: number, b: number]>>;

export type TestId = keyof typeof tests;
export type PairedTestId = keyof typeof pairedTests;
export type GroupTestId = keyof typeof groupTests;
export type PostHocTestId = keyof typeof postHocTests;
export type CorrelationId = keyof typeof correlations;
export type CorrectionId = keyof typeof corrections;
export type EffectId = keyof typeof effects;
export type PowerAnalysisId = keyof typeof powerAnalyses;
export type PairedEffectId = keyof typeof pairedEffects;
export type GroupEffectId = keyof typeof groupEffects;
