/** Layer normalisation in plain operators: what its gradient and opsets without such a node need. */
import type { Builder } from '../builder';
import type { Node, Value } from '../graph';

/** What layer normalisation computes on its way: x brought to mean 0 and variance 1, and the factor that did it. */
export interface Standardized {
  readonly mean: Value;
  readonly standard: Value;
  readonly inverseDeviation: Value;
}

/** Standardizes along the axes from `axis` on, in plain operators. */
export function standardize(g: Builder, x: Value, axis: number, epsilon: number): Standardized {
  const axes = x.shape.map((_, at) => at).slice(axis);
  const average = (value: Value) => g.op('ReduceMean', [value], { axes, keepdims: 1 });
  const mean = average(x);
  const centred = g.sub(x, mean);
  const variance = average(g.mul(centred, centred));
  const inverseDeviation = g.op('Reciprocal', [g.op('Sqrt', [g.add(variance, g.scalar(epsilon))])]);
  return { mean, standard: g.mul(centred, inverseDeviation), inverseDeviation };
}

/** Layer normalisation in plain operators: its definition, for opsets that have no such node. */
export function defineLayerNorm(g: Builder, node: Node, inputs: readonly (Value | undefined)[]): Value {
  const [x, scale, bias] = inputs as [Value, Value, Value | undefined];
  const { axis, epsilon } = node.attributes as Record<string, number>;
  const scaled = g.op('Mul', [standardize(g, x, axis!, epsilon!).standard, scale]);
  return bias ? g.op('Add', [scaled, bias]) : scaled;
}
