/** What drives a number that a model predicts: an age, a volume, a severity. */
import type { Objective } from '../target';
import { entryOf, flatOutput, named, type OutputOption } from './output';

/**
 * One number of a regression's output, [N] or [N, …]; `index` counts through all that an image has, row by row.
 *
 * Explains the number itself, in its own units: positive relevance raises it, negative lowers it. (Where the output is
 * [N, numbers], `target: index` says the same.)
 *
 * @throws SaliencyError `bad-input` when compiled, for an index that the output does not have
 */
export const regression = (index = 0, { output }: OutputOption = {}): Objective =>
  named(`regression=${index}`, (g, outputs, target) =>
    entryOf(g, flatOutput(g, outputs, 'regression', output), 1, index, target, 'regression'),
  );
