/**
 * Softmax and log-softmax: exponential, sum and logarithm, each with the rescale rule, in a closed form that is complete
 * and that no common shift of the logits changes.
 *
 * With p, p₀ the probabilities and ℓᵢ = Δpᵢ / Δ(log pᵢ), their logarithmic mean (which lies between the two):
 * Σ ℓᵢ Δ(log pᵢ) = Σ Δpᵢ = 0 and Δ(log pᵢ) = Δxᵢ - ΔL for the log-sum-exp L, hence ΔL = Σ ℓᵢ Δxᵢ / Σ ℓᵢ. So both
 * rules are the gradient's with ℓ, normalised, in the place of p.
 *
 * Captum divides Δpᵢ by Δxᵢ, as if a probability depended on its own logit alone, takes the mean off over the whole batch,
 * and passes log-softmax as a gradient: neither is complete.
 */
import type { Value } from '@regional-saliency/core';
import { type DeepLiftContext, type DeepLiftRule, half } from '../context';

export const softmax: DeepLiftRule = (context, [r]) => {
  const { g, node, twin } = context;
  const [p] = node.outputs as [Value];
  const [x] = node.inputs as [Value];
  const { axis } = node.attributes as { axis: number };
  const log = (logits: Value) => g.op('LogSoftmax', [logits], { axis });
  const means = logarithmicMeans(context, [p, twin(p)], [log(x), log(twin(x))]);
  const average = g.div(g.reduceSum(g.mul(r!, means), [axis]), g.reduceSum(means, [axis]));
  return [g.mul(means, g.sub(r!, average))];
};

export const logSoftmax: DeepLiftRule = (context, [r]) => {
  const { g, node, twin } = context;
  const [y] = node.outputs as [Value];
  const { axis } = node.attributes as { axis: number };
  const exp = (value: Value) => g.op('Exp', [value]);
  const means = logarithmicMeans(context, [exp(y), exp(twin(y))], [y, twin(y)]);
  const weights = g.div(means, g.reduceSum(means, [axis]));
  return [g.sub(r!, g.mul(weights, g.reduceSum(r!, [axis])))];
};

/** Below this change of the logarithm, the arithmetic mean is the logarithmic one to 1e-7. */
const NEAR = 1e-3;

/** No float has a logarithm below this, but that of 0 (where a mask has put -∞), whose change would be no number. */
const LOWEST = -1e4;

function logarithmicMeans(
  { g }: DeepLiftContext,
  [p, p0]: readonly [Value, Value],
  logarithms: readonly [Value, Value],
): Value {
  const [log, log0] = logarithms.map((value) => g.op('Clip', [value], { min: LOWEST })) as [Value, Value];
  const dlog = g.sub(log, log0);
  const isNear = g.less(g.op('Abs', [dlog]), g.scalar(NEAR, p.dtype));
  return g.where(isNear, half(g, g.add(p, p0)), g.div(g.sub(p, p0), dlog));
}
