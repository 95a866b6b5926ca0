/** How sure the model is of a class, all others considered. */
import type { Objective } from '../target';
import { entryOf, type Index, named, type OutputOption, outputOfShape } from './output';

/**
 * The logarithm of a class's softmax probability, of logits [N, classes]; never above 0. By default of the target.
 *
 * Explains the class's score against all others', each weighed by its probability: what raises the score of every class
 * counts for nothing. For a model whose output is probabilities already, choose the output that holds the logits. LRP starts
 * with what the softmax left to be won: 1 - p at the class, -p at the others.
 *
 * @throws SaliencyError `bad-input` when compiled, for an index that the output does not have
 */
export const logProbability = (index: Index = 'target', { output }: OutputOption = {}): Objective =>
  named(`log-probability=${index}`, (g, outputs, target) => {
    const logits = outputOfShape(outputs, 'logProbability', ['N', 'classes'], output);
    return entryOf(g, g.op('LogSoftmax', [logits], { axis: 1 }), 1, index, target, 'logProbability');
  });
