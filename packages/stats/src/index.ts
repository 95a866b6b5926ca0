export { type AnovaDetails, anova } from './anova';
export { benjaminiHochberg } from './benjamini-hochberg';
export { benjaminiYekutieli } from './benjamini-yekutieli';
export { bonferroni } from './bonferroni';
export {
  type BootstrapOptions,
  type BootstrapResult,
  bootstrap,
  bootstrapGroups,
  bootstrapPairs,
  type OneSampleStatistic,
  type TwoSampleStatistic,
} from './bootstrap';
export { cliffsDelta } from './cliffs-delta';
export { cohensD } from './cohens-d';
export type { Correlation, CorrelationOptions, CorrelationResult } from './correlation';
export type { Alternative } from './distributions';
export { type DunnDetails, type DunnOptions, dunn } from './dunn';
export type { Effect, EffectOptions, EffectResult } from './effect';
export {
  type EquivalenceOptions,
  type EquivalenceResult,
  equivalence,
  pairedEquivalence,
  type TwoGroupEquivalenceOptions,
} from './equivalence';
export { type GamesHowellDetails, gamesHowell } from './games-howell';
export {
  epsilonSquared,
  etaSquared,
  type GroupEffect,
  type GroupEffectResult,
  omegaSquared,
} from './group-effects';
export type { GroupResult, GroupTest, PairComparison, PostHocResult, PostHocTest } from './group-test';
export { hedgesG } from './hedges-g';
export { hochberg } from './hochberg';
export { holm } from './holm';
export { type KruskalWallisDetails, kruskalWallis } from './kruskal-wallis';
export { type LeveneCenter, type LeveneOptions, type LeveneResult, levene } from './levene';
export { type MannWhitneyDetails, type MannWhitneyOptions, mannWhitney } from './mann-whitney';
export { matchedRankBiserial } from './matched-rank-biserial';
export type { Correction } from './p-values';
export { type PairedTDetails, pairedT } from './paired-t';
export type { PairedOptions, PairedResult, PairedTest } from './paired-test';
export { pearson } from './pearson';
export type { PermutationScores } from './permutation/columns';
export type { Label, PermutationDesign } from './permutation/design';
export {
  type PermutationStatistic,
  type PermutationTestOptions,
  type PermutationTestResult,
  permutationTest,
} from './permutation/permutation-test';
export { type PermutationDetails, type PermutationOptions, permutation } from './permutation/two-groups';
export type {
  InversePowerOptions,
  PowerAnalysis,
  PowerOptions,
  SampleSize,
  SampleSizeOptions,
  Sizes,
} from './power/analysis';
export { rankBiserial } from './rank-biserial';
export {
  type CorrectionId,
  type CorrelationId,
  corrections,
  correlations,
  type EffectId,
  effects,
  type GroupEffectId,
  type GroupTestId,
  groupEffects,
  groupTests,
  type PairedEffectId,
  type PairedTestId,
  type PostHocTestId,
  type PowerAnalysisId,
  pairedEffects,
  pairedTests,
  postHocTests,
  powerAnalyses,
  type TestId,
  tests,
} from './registry';
export type { NdView, Sample } from './sample';
export { type RegionResult, type SeedRuleDetails, seedRule, seedRuleOverRegions } from './seed-rule';
export { type ShapiroWilkResult, shapiroWilk } from './shapiro-wilk';
export { sidak } from './sidak';
export { type SpearmanDetails, type SpearmanOptions, spearman } from './spearman';
export { student } from './student';
export { type PostHocOptions, tukeyHsd } from './tukey';
export type { TwoGroupOptions, TwoGroupResult, TwoGroupTest } from './two-group-test';
export { uncorrected } from './uncorrected';
export { welch } from './welch';
export { type WelchAnovaDetails, welchAnova } from './welch-anova';
export { type WilcoxonDetails, type WilcoxonOptions, wilcoxon } from './wilcoxon';
