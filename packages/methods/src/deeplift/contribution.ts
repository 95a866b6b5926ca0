/** DeepLIFT's one walk: the model at the input and at a baseline side by side, and back with the rules. */
import { type MethodContext, twinsAt, type Value } from '@regional-saliency/core';
import { type Baseline, baselineValue } from './baseline';
import { ruleOf } from './rules';

/**
 * What a value adds to the score's difference from the baseline: its multiplier times its own difference, in its shape.
 *
 * @param at the input or a layer
 */
export function contribution(context: MethodContext, at: Value, baseline: Baseline): Value {
  const { g, model, input, backward } = context;
  const twin = twinsAt(g, Object.values(model.outputs), input, baselineValue(g, input, baseline));
  const multipliers = backward([at], (node) => {
    const rule = ruleOf(node, twin);
    return rule && ((own, relevance) => rule({ ...own, twin }, relevance));
  });
  return g.mul(multipliers.get(at)!, g.sub(at, twin(at)));
}
