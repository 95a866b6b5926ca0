/**
 * The gate of a rectifier, `Where(a > 0, r, 0)`, as a product: `r · HardSigmoid(a)` with the steepest slope there is.
 *
 * For an `a` that is never negative, min(1, 3.4e38 · a) is 0 or 1 for every normal number (only subnormal ones, below
 * 3e-39, count in part). Runtimes compute Where in several passes on one thread; and onnxruntime keeps convolutions in a
 * blocked layout as long as nothing but products, sums and such activations lies between them, so a gradient's chain of
 * convolutions and gates is then never converted back (measured: gradient of ResNet-18 46 to 40 ms on two threads).
 */
import type { Builder } from '../builder';
import type { Node, Value } from '../graph';

const STEEPEST = 3.4028234663852886e38;

/**
 * A gate of what a pool hands back, `Where(a > 0, MaxPoolGrad(a, r), 0)`, as the pool's gradient of a gate: the winner of
 * a window is positive where the pooled value is, so relevance can be stopped before it is scattered, where there is
 * less of it (a quarter in ResNet's first layer). Undefined where the node is no such gate.
 */
export function gateBeforePool(
  g: Builder,
  node: Node,
  [condition, r, otherwise]: readonly (Value | undefined)[],
): Value | undefined {
  const [greater, pool] = [condition?.node, r?.node];
  if (node.op !== 'Where' || greater?.op !== 'Greater' || pool?.op !== 'MaxPoolGrad') return undefined;
  const [a, bound] = greater.inputs as [Value, Value];
  const [pooled, relevance] = pool.inputs as [Value, Value];
  if (a !== pooled || !isZero(bound) || !isZero(otherwise)) return undefined;
  const most = g.op('MaxPool', [a], pool.attributes);
  const passing = g.where(g.greater(most, bound), relevance, otherwise!);
  return g.op('MaxPoolGrad', [a, passing], pool.attributes);
}

/** Undefined where the node is no such gate. */
export function lowerGate(
  g: Builder,
  node: Node,
  [condition, r, otherwise]: readonly (Value | undefined)[],
  isNonNegative: (value: Value) => boolean,
): Value | undefined {
  const greater = condition?.node;
  if (greater?.op !== 'Greater' || !r || !isZero(otherwise) || node.outputs[0]!.dtype !== 'float32')
    return undefined;
  const [a, bound] = greater.inputs as [Value, Value];
  if (a.dtype !== 'float32' || !isZero(bound) || !isNonNegative(a)) return undefined;
  return g.mul(r, g.op('HardSigmoid', [a], { alpha: STEEPEST, beta: 0 }));
}

function isZero(value: Value | undefined): boolean {
  return value?.content?.length === 1 && value.content[0] === 0;
}
