/**
 * Effect sizes of several groups: how much of the spread of all values is spread between groups.
 *
 * η² is that share in the sample, and is above zero even where groups don't differ; ω² takes off what is expected then,
 * and may fall below zero. ε² is the like for ranks, Kruskal and Wallis' H over the largest it could be. All describe the
 * sample and assume nothing; ties are those of the test beside them, and missing values are errors.
 *
 * Pearson 1905 (η²), On the General Theory of Skew Correlation; Hays 1963 (ω²), Statistics for Psychologists; Kelley
 * 1935, doi:10.1073/pnas.21.9.554, and for H Tomczak and Tomczak 2014, Trends in Sport Sciences 21, 19-25 (ε²).
 */
import { partition } from './anova';
import { rankGroups, rankStatistic } from './kruskal-wallis';
import type { Sample } from './sample';

/** A plain object, ready for JSON. */
export interface GroupEffectResult {
  /** The effect's id in the registry `groupEffects`. */
  effect: string;
  value: number;
}

export type GroupEffect = (groups: readonly Sample[]) => GroupEffectResult;

/**
 * η², in [0, 1]: the squares between groups over all squares.
 *
 * @param groups as for `anova`, with the same errors
 */
export const etaSquared: GroupEffect = (groups) => {
  const { between, within } = partition(groups, 'η²');
  return { effect: 'eta-squared', value: between / (between + within) };
};

/**
 * ω², up to 1: (between − df₁ s²) / (all + s²), with s² the variance within groups.
 *
 * @param groups as for `anova`, with the same errors
 */
export const omegaSquared: GroupEffect = (groups) => {
  const { between, within, df } = partition(groups, 'ω²');
  const variance = within / df[1];
  return { effect: 'omega-squared', value: (between - df[0] * variance) / (between + within + variance) };
};

/**
 * ε², in [0, 1]: H / (N − 1), with H corrected for ties.
 *
 * @param groups as for `kruskalWallis`, with the same errors
 */
export const epsilonSquared: GroupEffect = (groups) => {
  const ranked = rankGroups(groups, 'ε²');
  return { effect: 'epsilon-squared', value: rankStatistic(ranked) / (ranked.count - 1) };
};
