/**
 * Products and quotients of two computed values (gates, attention, written-out norms).
 *
 * The change of a · b is shared as Shapley's value of the two factors: Δ(ab) = Δa · (b + b₀)/2 + Δb · (a + a₀)/2. That is
 * the gradient midway between input and baseline, and so for every operator that is linear in each of its operands.
 * Captum passes the gradient at the input here, which is not complete.
 */
import { type Value, vjp } from '@regional-saliency/core';
import { type DeepLiftRule, half, middle } from '../context';

/** Complete for Mul, MatMul and whatever else is linear in each operand. */
export const product: DeepLiftRule = (context, [r]) =>
  vjp(
    context,
    context.node.inputs.map((value) => value && middle(context, value)),
    r!,
  );

/** a / b as the product of a and 1/b, whose change is -Δb / (b · b₀). */
export const quotient: DeepLiftRule = (context, [r]) => {
  const { g, node, twin, needs } = context;
  const [a, b] = node.inputs as [Value, Value];
  const inverses = [b, twin(b)].map((value) => g.op('Reciprocal', [value])) as [Value, Value];
  const inverse = half(g, g.add(...inverses));
  const slope = g.neg(g.mul(...inverses));
  return [
    needs[0] ? g.sumTo(g.mul(r!, inverse), a.shape) : undefined,
    needs[1] ? g.sumTo(g.mul(r!, g.mul(middle(context, a), slope)), b.shape) : undefined,
  ];
};

/** x²: Δ(x²)/Δx is the sum of both x, without a division. */
export const square: DeepLiftRule = ({ g, node, twin }, [r]) => {
  const [x] = node.inputs as [Value];
  return [g.sumTo(g.mul(r!, g.add(x, twin(x))), x.shape)];
};

/** √x: Δy/Δx is 1 / (y + y₀). */
export const root: DeepLiftRule = ({ g, node, twin }, [r]) => {
  const [y] = node.outputs as [Value];
  return [g.div(r!, g.add(y, twin(y)))];
};

/** 1/x: Δy/Δx is -y · y₀. */
export const reciprocal: DeepLiftRule = ({ g, node, twin }, [r]) => {
  const [y] = node.outputs as [Value];
  return [g.neg(g.mul(r!, g.mul(y, twin(y))))];
};

/**
 * Layer normalisation, c · s with c = x - mean(x) and s = 1/σ, σ = √(mean(c²) + ε): the rules above one after another. As
 * Δσ² = mean((c + c₀) · Δc), the change of s is -s·s₀/(σ + σ₀) times that.
 */
export const layerNorm: DeepLiftRule = (context, [r]) => {
  const { g, node, twin } = context;
  const [x, scale] = node.inputs as [Value, Value];
  const { axis, epsilon } = node.attributes as Record<string, number>;
  const axes = x.shape.map((_, at) => at).slice(axis);
  const mean = (value: Value) => g.op('ReduceMean', [value], { axes, keepdims: 1 });
  const [own, other] = [x, twin(x)].map((value) => {
    const centred = g.sub(value, mean(value));
    const deviation = g.op('Sqrt', [g.add(mean(g.mul(centred, centred)), g.scalar(epsilon!))]);
    return { centred, deviation, inverse: g.op('Reciprocal', [deviation]) };
  }) as [Part, Part];
  const scaled = g.mul(r!, scale);
  const centres = g.add(own.centred, other.centred);
  const inverses = g.add(own.inverse, other.inverse);
  const slope = g.div(g.mul(own.inverse, other.inverse), g.add(own.deviation, other.deviation));
  const toCentred = half(
    g,
    g.sub(g.mul(scaled, inverses), g.mul(g.mul(centres, slope), mean(g.mul(scaled, centres)))),
  );
  return [g.sub(toCentred, mean(toCentred))];
};

interface Part {
  readonly centred: Value;
  readonly deviation: Value;
  readonly inverse: Value;
}
