/** The one loop of a program: the same steps a fixed number of times, their results summed up. */
import type { Graph } from '../graph';
import type { Operator } from './operator';

/**
 * Attributes: `count`, at least 1, and `body`, a graph whose inputs are the number of the step (int64 scalar, from 0) and
 * then the node's own inputs, and whose outputs are what a step gives. Outputs: for each output of the body its sum over
 * all steps, added up in order. Only the sums outlive a step, so a loop takes the memory of one step.
 *
 * `repeat` makes it; no relevance passes through one, since loops stand behind what methods walk over.
 */
export const Repeat: Operator = {
  infer: (_inputs, { body }) =>
    Object.values((body as Graph).outputs).map(({ dtype, shape }) => ({ dtype, shape })),
};
