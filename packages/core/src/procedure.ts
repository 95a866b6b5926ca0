/**
 * What a method is that no single program computes: it perturbs an image, or a layer, and watches the score.
 *
 * Most need nothing of a model but its predictions, so anything that predicts will do. One that looks inside a model says
 * which programs it runs there, its parts. It brings along what asks a graph, so that apps without procedures do not load that.
 */
import { askGraph } from './ask-graph';
import type { Value } from './graph';
import type { Method, MethodContext } from './method';
import type { DType, Tensor } from './tensor';

/** What `procedure` makes. */
export interface Procedure extends ProcedureDefinition {
  readonly kind: 'procedure';
  /** What an explainer of a graph asks by. */
  readonly ask: typeof askGraph;
}

export interface ProcedureDefinition {
  /** As at the command line: `occlusion`. */
  readonly id: string;
  /** The options in force, defaults included. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What it runs of the model besides `predict`, by name. */
  readonly parts?: Readonly<Record<string, Part>> | undefined;
  /** Whether it can't do without them, so that it can't explain a model that only predicts. */
  readonly needsParts?: boolean | undefined;
  /**
   * Explains one image. The result depends on the image, the options and the model alone: not on the batch size, nor on
   * other images.
   *
   * @param predict the explained score of variants of the image
   * @param image [1, C, H, W]
   */
  run(predict: Predict, image: Tensor, context: ProcedureContext): Promise<ProcedureResult>;
}

/**
 * The scalar that is explained (the target's score, or the objective), for each variant of an image.
 *
 * @param variants [n, C, H, W], any n from 1
 * @returns n numbers
 */
export type Predict = (variants: Tensor) => Promise<Float64Array>;

/**
 * A program that a procedure runs on the image. Every method is one, whose relevance it computes; others compute a layer's
 * activation, or the score with a layer replaced.
 */
export interface Part extends Omit<Method, 'build'> {
  /** Builds what is computed, of any shape [N, …]. */
  build(context: PartContext): Value;
}

export interface PartContext extends MethodContext {
  /** The scalar that is explained, [N]; behind `at`, that of the model there. */
  score(): Value;
  /** An input of the program, [N, …shape], that the procedure feeds at each run; float32 unless said. */
  feed(name: string, shape: readonly number[], dtype?: DType): Value;
  at(elsewhere: Value | ((input: Value) => Value), value?: Value): PartContext;
}

export interface ProcedureContext {
  /** How many variants one call of `predict`, or rows one call of `part`, had best hold. */
  readonly batch: number;
  /** Masks of the image's regions, [R, H, W], not 0 inside, where whoever explains has regions. */
  readonly regions?: Tensor | undefined;
  /** Called as variants get done. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
  /** Runs the procedure's parts; absent where there is no graph to make them of, as of a black box. */
  readonly part?: RunPart | undefined;
}

/**
 * Runs one of a procedure's parts on the image.
 *
 * @param feeds what the part asked to be fed, [n, …] each; one of [1, …] goes into every row, as the image does
 * @returns what the part computes, [n, …], in the backend's own type (float32, usually)
 */
export type RunPart = (name: string, feeds?: Readonly<Record<string, Tensor>>) => Promise<Tensor>;

export interface ProcedureResult {
  /** [1, C, H, W], or [1, 1, H, W] where a place has one value. */
  readonly relevance: Tensor;
  /** Of a sampling estimator, in the shape of the relevance. */
  readonly standardError?: Tensor | undefined;
}

/**
 * Makes a method of what asks for predictions.
 *
 * @example
 * const halves = procedure({ id: 'halves', options: {}, run: async (predict, image) => ({ relevance: … }) });
 */
export const procedure = (definition: ProcedureDefinition): Procedure => ({
  ...definition,
  kind: 'procedure',
  ask: askGraph,
});

/** Whether a method asks for predictions, and is no program. */
export const isProcedure = (method: Method | Procedure): method is Procedure =>
  'kind' in method && method.kind === 'procedure';
