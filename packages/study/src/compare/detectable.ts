/**
 * What a comparison could have found: the smallest effect that its test finds with a power of 80 %, given how many units
 * there are.
 */
import { SaliencyError } from '@regional-saliency/core';
import { powerAnalyses } from '@regional-saliency/stats';
import type { Detectable } from '../results';

const POWER = 0.8;

type Analysis = 'student' | 'mann-whitney' | 'paired-t';

/**
 * By the power analysis of the test that was used; Student's for Welch's test and for permutation tests of means, of pairs
 * the paired t's for Wilcoxon's test too, all of which are close to it for normal scores.
 */
const analyses: Record<string, { readonly by: Analysis; readonly effect: string }> = {
  student: { by: 'student', effect: 'cohens-d' },
  welch: { by: 'student', effect: 'cohens-d' },
  permutation: { by: 'student', effect: 'cohens-d' },
  'mann-whitney': { by: 'mann-whitney', effect: 'rank-biserial' },
  'paired-t': { by: 'paired-t', effect: 'cohens-dz' },
  wilcoxon: { by: 'paired-t', effect: 'cohens-dz' },
};

/**
 * What comparisons at one level could have found.
 *
 * @returns a function of the test as chosen (`paired-t` for a permutation test of pairs), the units of each group, and how many
 *   comparisons the family has; undefined for a test without a power analysis, or where no effect is large enough
 */
export function detectableAt(
  alpha: number,
): (test: string, n: readonly number[], comparisons: number) => Detectable | undefined {
  // Most comparisons have as many units as the one before.
  const known = new Map<string, number | undefined>();
  const smallest = (by: Analysis, n: readonly number[], level: number) => {
    const key = JSON.stringify([by, n, level]);
    if (!known.has(key)) known.set(key, smallestBy(by, n, level));
    return known.get(key);
  };
  return (test, n, comparisons) => {
    const analysis = analyses[test];
    if (!analysis) return undefined;
    const { by, effect } = analysis;
    const value = smallest(by, n, alpha);
    if (value === undefined) return undefined;
    return { effect, value, corrected: smallest(by, n, alpha / comparisons) ?? null, power: POWER, by };
  };
}

function smallestBy(by: Analysis, n: readonly number[], alpha: number): number | undefined {
  // A level of a half and above has no power analysis, nor one at which nothing is large enough.
  try {
    const options = { alpha, power: POWER };
    return by === 'paired-t'
      ? powerAnalyses[by].detectableEffect(n[0]!, options)
      : powerAnalyses[by].detectableEffect([n[0]!, n[1]!], options);
  } catch (error) {
    if (error instanceof SaliencyError) return undefined;
    throw error;
  }
}
