/** Keeps a denominator away from zero: z + ε·sign(z), where the sign of 0 is +1. Zennit: Stabilizer. */
import type { Builder, Value } from '@regional-saliency/core';

/**
 * A sum that may be divided by: `epsilon` further away from 0.
 *
 * @param nonNegative whether z is known never to be negative, which spares the sign
 */
export function stabilize(g: Builder, z: Value, epsilon: number, nonNegative = false): Value {
  if (nonNegative) return g.add(z, g.scalar(epsilon));
  return g.add(z, g.where(g.less(z, g.scalar(0)), g.scalar(-epsilon), g.scalar(epsilon)));
}
