/** Relevance passes unchanged: activations, and normalisations that could not be folded. Zennit: Pass. */
import type { LrpRule } from '../context';

/** Relevance goes through unchanged. */
export const pass: LrpRule = (_context, [r]) => [r];

/**
 * Relevance passes to the one operand that is computed: through the Add of a bias that the MatMul before it already accounts
 * for, and through products and quotients with fixed numbers (ConvNeXt's layer scale, attention's 1/√d, the 1/6 of a
 * hard-swish written out), where an output has one input, which takes all. Zennit sees modules, not functions, and scales
 * relevance by such numbers, as the gradient does.
 */
export const passToComputed: LrpRule = ({ g, node, needs }, [r]) =>
  node.inputs.map((input, index) => (needs[index] ? g.sumTo(r!, input!.shape) : undefined));
