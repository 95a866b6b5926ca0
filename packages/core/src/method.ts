/** What a method is: given the model's graph and where relevance starts, it builds the relevance of the input. */
import type { Builder } from './builder';
import type { Graph, Node, Value } from './graph';
import type { Rule } from './operators/operator';
import type { Roles } from './roles';
import type { TypedArray } from './tensor';

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
  /** The input whose relevance is built. */
  readonly input: Value;
  /** All inputs that are explained together, `input` among them; the method is asked for one after another. */
  readonly inputs: readonly Value[];
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
  /**
   * The same at another input, of the same shape: the model run there, and relevance that starts there. What is explained
   * stays what the image itself decided: the target, where it is the predicted one.
   *
   * @param elsewhere from each explained input to where it is moved; a value moves `input` alone, or the layer
   * @param value a layer that has another value, instead of the inputs
   */
  at(elsewhere: Value | ((input: Value) => Value), value?: Value): MethodContext;
  /**
   * An input of the program that holds random numbers, [N, …shape]; equal draws are one input.
   *
   * @param of which of `inputs` the numbers are drawn from; default `input`
   */
  draw(draw: Draw, of?: Value): Value;
}

/** Random numbers that a program reads: an input of its own, so that every backend and runtime gets the same ones. */
export interface Draw {
  /** What the input is called where the name is free. */
  readonly name: string;
  /** For one image. */
  readonly shape: readonly number[];
  /** How the numbers are drawn, in words and figures: goes into the program's metadata, and tells draws apart. */
  readonly about: Readonly<Record<string, string | number>>;
  /**
   * The numbers for one image, a pure function of its elements: so they do not depend on the batch it comes in.
   */
  numbers(image: TypedArray): Float32Array;
}

/** What a method's relevance is called: its id; several of one id are told apart by their place. */
export function uniqueId(methods: readonly { readonly id: string }[], index: number): string {
  const { id } = methods[index]!;
  const before = methods.slice(0, index).filter((method) => method.id === id).length;
  return before === 0 ? id : `${id}-${before + 1}`;
}
