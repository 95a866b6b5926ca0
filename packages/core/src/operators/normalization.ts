/** Normalisation with fixed statistics. */
import { intOf } from '../attributes';
import type { Value } from '../graph';
import { type Operator, required } from './operator';

/** Inference form: inputs x [N, C, …], scale, bias, mean, variance [C]; attribute `epsilon`. */
export const BatchNormalization: Operator = {
  normalize: (attributes) => ({ epsilon: intOf(attributes, 'epsilon', 1e-5) }),
  infer: (inputs) => [{ dtype: required(inputs, 0).dtype, shape: required(inputs, 0).shape }],
  gradient: ({ g, node, needs }, [r]) => {
    const [x, scale, , , variance] = node.inputs as [Value, Value, Value, Value, Value];
    if (!needs[0]) return [];
    const deviation = g.op('Sqrt', [g.add(variance, g.scalar(intOf(node.attributes, 'epsilon')))]);
    const factor = g.div(scale, deviation);
    return [g.mul(r!, g.reshape(factor, [factor.shape[0]!, ...x.shape.slice(2).map(() => 1)]))];
  },
};
