/** What a method is: given the model's graph and where relevance starts, it builds the relevance of the input. */
import type { Builder } from './builder';
import type { Graph, Node, Value } from './graph';
import type { Rule } from './operators/operator';
import type { Roles } from './roles';

export interface Method {
  /** As at the command line: `grad-cam`. */
  readonly id: string;
  /** The options in force, defaults included; they go into the program's metadata. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Names of layers that the method reads. */
  readonly layers?: readonly string[] | undefined;
  /** Whether its rules presuppose batch norms folded into linear layers (LRP's do; a gradient's don't care). */
  readonly mergesNorms?: boolean | undefined;
  /** Builds the relevance: [N, C, H, W] like the input, or [N, 1, H, W] for class activation maps. */
  build(context: MethodContext): Value;
}

export interface MethodContext {
  readonly g: Builder;
  readonly model: Graph;
  readonly input: Value;
  readonly output: Value;
  readonly roles: Roles;
  /** The value of a layer by name. */
  layer(name: string): Value;
  /** The layer class activation maps use where none is named. */
  defaultLayer(): Value;
  /**
   * Walks back from the objective.
   *
   * @param wrt the values whose relevance is wanted
   * @param ruleOf the rule for a node; undefined: its gradient
   */
  backward(wrt: readonly Value[], ruleOf?: (node: Node) => Rule | undefined): ReadonlyMap<Value, Value>;
}
