export { benjaminiHochberg } from './benjamini-hochberg';
export { bonferroni } from './bonferroni';
export { cohensD } from './cohens-d';
export type { Alternative } from './distributions';
export type { Effect, EffectOptions, EffectResult } from './effect';
export { hedgesG } from './hedges-g';
export { holm } from './holm';
export { type LeveneCenter, type LeveneOptions, type LeveneResult, levene } from './levene';
export { type MannWhitneyDetails, type MannWhitneyOptions, mannWhitney } from './mann-whitney';
export type { Correction } from './p-values';
export { type PairedTDetails, pairedT } from './paired-t';
export type { PairedOptions, PairedResult, PairedTest } from './paired-test';
export { type PermutationDetails, type PermutationOptions, permutation } from './permutation';
export {
  type CorrectionId,
  corrections,
  type EffectId,
  effects,
  type PairedTestId,
  pairedTests,
  type TestId,
  tests,
} from './registry';
export type { NdView, Sample } from './sample';
export { type RegionResult, type SeedRuleDetails, seedRule, seedRuleOverRegions } from './seed-rule';
export { type ShapiroWilkResult, shapiroWilk } from './shapiro-wilk';
export { student } from './student';
export type { TwoGroupOptions, TwoGroupResult, TwoGroupTest } from './two-group-test';
export { uncorrected } from './uncorrected';
export { welch } from './welch';
export { type WilcoxonDetails, type WilcoxonOptions, wilcoxon } from './wilcoxon';
