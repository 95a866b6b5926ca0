/**
 * What the library knows of an operator: the shapes it makes and its gradient rule. One entry in one file a family;
 * `operators/index.ts` is the table.
 */
import type { Builder } from '../builder';
import type { Dim } from '../dimension';
import type { Attributes, Node, Value } from '../graph';
import type { DType } from '../tensor';

/** Integer and scalar tensors up to this size are folded; larger ones stay in the graph for the backend. */
export const FOLD_LIMIT = 1024;

export interface OutputType {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** A small tensor during folding: its elements are plain numbers (bool: 0 or 1) or multiples of the batch. */
export interface Small {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly elements: readonly Dim[];
}

/** What a rule is given besides the relevance: the node, where to build, and which inputs matter. */
export interface RuleContext {
  readonly g: Builder;
  readonly node: Node;
  /** For each input, whether relevance for it leads anywhere; a rule may skip the others. */
  readonly needs: readonly boolean[];
}

/**
 * Given the relevance arriving at a node's outputs (undefined where none does, at least one is defined), returns the
 * relevance for its inputs (undefined: none), as values of the same graph. A gradient is such a rule.
 */
export type Rule<Context extends RuleContext = RuleContext> = (
  context: Context,
  relevance: readonly (Value | undefined)[],
) => readonly (Value | undefined)[];

export interface Operator {
  /** Fills in defaults and makes attributes canonical (SAME pads become numbers, axes count from the front). */
  normalize?(attributes: Attributes, inputs: readonly (Value | undefined)[]): Attributes;
  /** Types of the outputs. Throws where the inputs don't fit. */
  infer(inputs: readonly (Value | undefined)[], attributes: Attributes): readonly OutputType[];
  /**
   * Vector-Jacobian product. `null`: the derivative is zero or meaningless everywhere (comparisons, shapes, indices),
   * so no relevance passes. Absent: there is no rule, and asking for one is an error.
   */
  gradient?: Rule | null;
  /** The result on small known inputs; undefined where it can't be known (N + 1). */
  evaluate?(inputs: readonly (Small | undefined)[], attributes: Attributes): Small | undefined;
}

/** The input that must be there. */
export function required(inputs: readonly (Value | undefined)[], index: number): Value {
  const value = inputs[index];
  if (!value) throw new Error(`input ${index} is missing`);
  return value;
}

/** The rule of operators with one output and one input that matters. */
export function unaryRule(derivative: (g: Builder, r: Value, node: Node) => Value): Rule {
  return ({ g, node }, [r]) => [derivative(g, r!, node)];
}
