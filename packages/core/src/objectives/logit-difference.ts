/** Why one class and not another: what speaks for both is left out. */
import type { Objective } from '../target';
import { entryOf, type Index, named, type OutputOption, outputOfShape } from './output';

/**
 * The score of class `a` less that of class `b`, of an output [N, classes].
 *
 * Explains what tells the two apart. LRP starts with 1 at `a` and -1 at `b`.
 *
 * @throws SaliencyError `bad-input` when compiled, for an index that the output does not have
 */
export const logitDifference = (a: Index, b: Index, { output }: OutputOption = {}): Objective =>
  named(`logit-difference=${a},${b}`, (g, outputs, target) => {
    const scores = outputOfShape(outputs, 'logitDifference', ['N', 'classes'], output);
    const [first, second] = [a, b].map((index) => entryOf(g, scores, 1, index, target, 'logitDifference'));
    return g.sub(first!, second!);
  });
