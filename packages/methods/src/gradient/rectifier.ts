/** What methods that change only how rectifiers are passed on the way back have in common. */
import { type Method, type Node, nodesOf, type Rule, SaliencyError } from '@regional-saliency/core';

/** A node that is zero for negative inputs and the identity above (up to a bound). */
export function isRectifier(node: Node): boolean {
  return node.op === 'Relu' || (node.op === 'Clip' && node.attributes.min === 0);
}

/**
 * The gradient with another rule at rectifiers.
 *
 * @throws SaliencyError `unsupported` when built for a model that has none, which would get its gradient under another name
 */
export function atRectifiers(
  id: string,
  rule: Rule,
  options: Readonly<Record<string, unknown>> = {},
): Method {
  return {
    id,
    options,
    build: ({ input, model, backward }) => {
      if (!nodesOf(model).some(isRectifier)) {
        throw new SaliencyError(
          'unsupported',
          `${id} needs a Relu (or Clip from 0), whose rule it changes, and the model has no Relu; use gradient`,
        );
      }
      return backward([input], (node) => (isRectifier(node) ? rule : undefined)).get(input)!;
    },
  };
}
