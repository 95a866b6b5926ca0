/**
 * What a comparison could have found: the smallest effect that its test finds with a power of 80 %, given how many units
 * there are.
 */
import { SaliencyError } from '@regional-saliency/core';
import { powerAnalyses } from '@regional-saliency/stats';
import type { Detectable } from '../results';

const POWER = 0.8;

/**
 * By the power analysis of the test that was used; Student's for Welch's test and for permutation tests of means, of pairs
 * the paired t's for Wilcoxon's test too, all of which are close to it for normal scores.
 */
const analyses: Record<
  string,
  { readonly by: 'student' | 'mann-whitney' | 'paired-t'; readonly effect: string }
> = {
  student: { by: 'student', effect: 'cohens-d' },
  welch: { by: 'student', effect: 'cohens-d' },
  permutation: { by: 'student', effect: 'cohens-d' },
  'mann-whitney': { by: 'mann-whitney', effect: 'rank-biserial' },
  'paired-t': { by: 'paired-t', effect: 'cohens-dz' },
  wilcoxon: { by: 'paired-t', effect: 'cohens-dz' },
};

/**
 * @param test as chosen; `paired-t` for a permutation test of pairs
 * @param comparisons how many there are in the family
 * @returns undefined for a test without a power analysis, or where no effect is large enough
 */
export function detectableBy(
  test: string,
  n: readonly number[],
  alpha: number,
  comparisons: number,
): Detectable | undefined {
  const analysis = analyses[test];
  if (!analysis) return undefined;
  const { by, effect } = analysis;
  const value = smallest(by, n, alpha);
  if (value === undefined) return undefined;
  return { effect, value, corrected: smallest(by, n, alpha / comparisons) ?? null, power: POWER, by };
}

function smallest(
  by: 'student' | 'mann-whitney' | 'paired-t',
  n: readonly number[],
  alpha: number,
): number | undefined {
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
