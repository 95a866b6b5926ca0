/** Normalisation: with fixed statistics, and with those of each example. */
import { axisOf, intOf } from '../attributes';
import { broadcastShapes, type Dim, fixedSize, sameShape, showShape } from '../dimension';
import { SaliencyError } from '../errors';
import type { Value } from '../graph';
import { type Operator, required } from './operator';
import { standardize } from './standardize';

/** Inference form: inputs x [N, C, …], scale, bias, mean, variance [C]; attribute `epsilon`. */
export const BatchNormalization: Operator = {
  normalize: (attributes) => ({ epsilon: intOf(attributes, 'epsilon', 1e-5) }),
  infer: (inputs) => {
    const { dtype, shape } = required(inputs, 0);
    for (let at = 1; at <= 4; at++) {
      const parameter = required(inputs, at).shape;
      if (!sameShape(parameter, shape.slice(1, 2)))
        throw new SaliencyError(
          'bad-input',
          `a parameter of ${showShape(parameter)} does not fit ${showShape(shape)}`,
        );
    }
    return [{ dtype, shape }];
  },
  gradient: ({ g, node, needs }, [r]) => {
    const [x, scale, , , variance] = node.inputs as [Value, Value, Value, Value, Value];
    if (!needs[0]) return [];
    const deviation = g.op('Sqrt', [g.add(variance, g.scalar(intOf(node.attributes, 'epsilon')))]);
    const factor = g.div(scale, deviation);
    return [g.mul(r!, g.reshape(factor, [factor.shape[0]!, ...x.shape.slice(2).map(() => 1)]))];
  },
};

/**
 * Inputs x, scale and (optional) bias, which broadcast against the axes from `axis` on; attributes `axis`, `epsilon`.
 * Ba, Kiros and Hinton 2016, arXiv 1607.06450.
 */
export const LayerNormalization: Operator = {
  normalize: (attributes, inputs) => ({
    axis: axisOf(intOf(attributes, 'axis', -1), required(inputs, 0).shape.length),
    epsilon: intOf(attributes, 'epsilon', 1e-5),
  }),
  infer: (inputs, attributes) => {
    const { dtype, shape } = required(inputs, 0);
    const normalized: readonly Dim[] = shape.slice(intOf(attributes, 'axis'));
    for (const dim of normalized) fixedSize(dim, 'a normalised axis');
    for (const parameter of [required(inputs, 1), inputs[2]]) {
      if (parameter && !sameShape(broadcastShapes(shape, parameter.shape), shape))
        throw new SaliencyError(
          'bad-input',
          `a parameter of ${showShape(parameter.shape)} does not fit ${showShape(shape)}`,
        );
    }
    return [{ dtype, shape }];
  },
  gradient: ({ g, node, needs }, [r]) => {
    const [x, scale, bias] = node.inputs as [Value, Value, Value | undefined];
    const { axis, epsilon } = node.attributes as Record<string, number>;
    const axes = x.shape.map((_, at) => at).slice(axis!);
    const mean = (value: Value) => g.op('ReduceMean', [value], { axes, keepdims: 1 });
    const { standard, inverseDeviation } = standardize(g, x, axis!, epsilon!);
    const scaled = g.mul(r!, scale);
    // What would only shift or stretch x changes nothing behind the norm, so those two parts are taken away.
    const stretch = g.mul(standard, mean(g.mul(scaled, standard)));
    return [
      needs[0] ? g.mul(g.sub(g.sub(scaled, mean(scaled)), stretch), inverseDeviation) : undefined,
      needs[1] ? g.sumTo(g.mul(r!, standard), scale.shape) : undefined,
      needs[2] && bias ? g.sumTo(r!, bias.shape) : undefined,
    ];
  },
};
