/** What LRP's rules and composites know of the node at hand, besides what every rule does. */
import type { Node, Roles, Rule, RuleContext, Value } from '@regional-saliency/core';

export interface LrpContext extends RuleContext {
  readonly roles: Roles;
  /** Whether a value can never be negative. */
  readonly isNonNegative: (value: Value) => boolean;
}

export type LrpRule = Rule<LrpContext>;

/** Where a node stands, for composites. */
export interface Position {
  readonly roles: Roles;
  /** Whether no other linear layer lies between the input and this node. */
  readonly first: boolean;
}

/** From node to rule; undefined: the gradient. */
export type Composite = (node: Node, position: Position) => LrpRule | undefined;
