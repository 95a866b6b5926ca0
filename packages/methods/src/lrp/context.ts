/** What LRP's rules and composites know of the node at hand, besides what every rule does. */
import type { Graph, Node, Roles, Rule, RuleContext, Value } from '@regional-saliency/core';

export interface LrpContext extends RuleContext {
  readonly roles: Roles;
  /** Whether a value can never be negative. */
  readonly isNonNegative: (value: Value) => boolean;
  /** Whether biases are left out of the sums that share relevance. */
  readonly ignoresBias?: boolean | undefined;
}

export type LrpRule = Rule<LrpContext>;

/** Where a node stands, for composites. */
export interface Position {
  readonly model: Graph;
  readonly roles: Roles;
  /** Whether no other linear layer lies between the input and this node. */
  readonly first: boolean;
}

/** From node to rule; undefined: the gradient. */
export type Composite = (node: Node, position: Position) => LrpRule | undefined;
