/** What a method is that needs nothing of a model but its predictions: it perturbs an image and watches the score. */
import type { Method } from './method';
import type { Tensor } from './tensor';

export interface Procedure {
  readonly kind: 'procedure';
  /** As at the command line: `occlusion`. */
  readonly id: string;
  /** The options in force, defaults included. */
  readonly options: Readonly<Record<string, unknown>>;
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

export interface ProcedureContext {
  /** How many variants one call of `predict` had best hold. */
  readonly batch: number;
  /** Masks of the image's regions, [R, H, W], not 0 inside, where whoever explains has regions. */
  readonly regions?: Tensor | undefined;
  /** Called as variants get done. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

export interface ProcedureResult {
  /** [1, C, H, W], or [1, 1, H, W] where a place has one value. */
  readonly relevance: Tensor;
  /** Of a sampling estimator, in the shape of the relevance. */
  readonly standardError?: Tensor | undefined;
}

export const isProcedure = (method: Method | Procedure): method is Procedure =>
  'kind' in method && method.kind === 'procedure';
