/** Golden cases of permutationTest: p of all arrangements, counted by NumPy. */
import type { Alternative, PermutationDesign, PermutationStatistic } from '../src/index';

export interface ExactCase {
  kind: PermutationDesign['kind'];
  statistic: PermutationStatistic;
  alternative: Alternative;
  labels: number[];
  pairs?: number[];
  strata?: string[];
  scores: number[][];
  /** Whether scipy.stats.permutation_test has this design, and gave these p. */
  scipy: boolean;
  permutations: number;
  observed: number[];
  p: number[];
  pMaxT: number[];
  pStepDown: number[];
}

export function optionsOf({ kind, statistic, alternative, labels, pairs, strata, scores }: ExactCase) {
  const design: PermutationDesign =
    kind === 'correlation'
      ? { kind, y: labels, strata }
      : kind === 'paired'
        ? { kind, inA: labels, pairs: pairs! }
        : { kind, inA: labels, strata };
  const shape = [scores.length, scores[0]!.length] as const;
  return { scores: { data: scores.flat(), shape }, design, statistic, alternative };
}
