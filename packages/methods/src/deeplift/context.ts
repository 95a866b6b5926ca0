/** What DeepLIFT's rules know of the node at hand, besides what every rule does. */
import type { Builder, Rule, RuleContext, Value } from '@regional-saliency/core';

export interface DeepLiftContext extends RuleContext {
  /** The same value at the baseline; a value that does not depend on the input is its own twin. */
  readonly twin: (value: Value) => Value;
}

/**
 * Multipliers instead of gradients: a rule is complete if the multipliers of its inputs, times how much these differ from
 * the baseline, add up to the multiplier of its output times how much that differs.
 */
export type DeepLiftRule = Rule<DeepLiftContext>;

/** How much a value differs from the baseline's. */
export function change({ g, twin }: DeepLiftContext, value: Value): Value {
  return g.sub(value, twin(value));
}

/** Midway between a value and the baseline's. */
export function middle({ g, twin }: DeepLiftContext, value: Value): Value {
  const other = twin(value);
  return other === value ? value : half(g, g.add(value, other));
}

export function half(g: Builder, value: Value): Value {
  return g.mul(value, g.scalar(0.5, value.dtype));
}
