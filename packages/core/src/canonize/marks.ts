/** Whether a graph may hold functions in primitives: what looks for them is loaded only then. */
import { type Graph, nodesOf } from '../graph';

/** Of each pattern the operators without one of which it finds nothing. */
const marks = new Set([
  ...['Erf', 'Tanh'], // Gelu
  'Sigmoid', // Swish
  ...['HardSigmoid', 'Clip'], // HardSwish
  'Sqrt', // LayerNormalization
  'Abs', // PRelu
]);

export const mayHoldFunctions = (graph: Graph): boolean => nodesOf(graph).some(({ op }) => marks.has(op));
