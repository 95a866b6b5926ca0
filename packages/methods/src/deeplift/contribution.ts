/** DeepLIFT's one walk: the model at the input and at a baseline side by side, and back with the rules. */
import { type MethodContext, twinsAt, type Value } from '@regional-saliency/core';
import { ruleOf } from './rules';

/**
 * What a value adds to the score's difference from the baseline: its multiplier times its own difference, in its shape.
 *
 * @param at the input or a layer
 * @param baseline of each explained input; it broadcasts to the input's shape
 */
export function contribution(
  { g, model, inputs, backward }: MethodContext,
  at: Value,
  baseline: (input: Value) => Value,
): Value {
  const twin = twinsAt(
    g,
    Object.values(model.outputs),
    new Map(inputs.map((input) => [input, baseline(input)])),
  );
  const multipliers = backward([at], (node) => {
    const rule = ruleOf(node, twin);
    return rule && ((context, relevance) => rule({ ...context, twin }, relevance));
  });
  return g.mul(multipliers.get(at)!, g.sub(at, twin(at)));
}
