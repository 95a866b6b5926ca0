/** Relevance passes unchanged: activations, and normalisations that could not be folded. Zennit: Pass. */
import type { LrpRule } from '../context';

export const pass: LrpRule = (_context, [r]) => [r];

/** The Add of a bias that the MatMul before it already accounts for. */
export const passToProduct: LrpRule = ({ g, node, needs }, [r]) =>
  node.inputs.map((input, index) => (needs[index] ? g.sumTo(r!, input!.shape) : undefined));
