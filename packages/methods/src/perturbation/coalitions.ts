/** The game that regional methods play: the score of an image of which only some features are shown. */
import type { Predict, ProcedureContext, Tensor } from '@regional-saliency/core';
import type { Features } from './features';
import { type Fill, filling } from './fill';
import { scoreVariants } from './variants';

/** Whether a feature is shown in a coalition: `coalitions[i][feature]` is not 0. */
export type Coalition = ArrayLike<number>;

export interface Game {
  readonly predict: Predict;
  readonly image: Tensor;
  readonly features: Features;
  readonly fill: Fill;
  readonly context: Pick<ProcedureContext, 'batch' | 'progress'>;
}

/**
 * The score of each coalition: its features are as in the image, the others filled. A place of several features is shown with
 * any of them; one of none stays as it is.
 */
export function scoreCoalitions(
  coalitions: readonly Coalition[],
  { predict, image, features, fill, context }: Game,
): Promise<Float64Array> {
  const [, channels, height, width] = image.shape as [number, number, number, number];
  const size = height * width;
  const own = image.data as Float32Array;
  const filled = filling(fill, image);
  const copy = (from: Float32Array, to: Float32Array, places: Int32Array) => {
    for (let channel = 0; channel < channels; channel++) {
      const start = channel * size;
      for (const at of places) to[start + at] = from[start + at]!;
    }
  };
  return scoreVariants(
    predict,
    image,
    coalitions.length,
    (variant, index) => {
      const coalition = coalitions[index]!;
      for (const [at, places] of features.entries()) if (!coalition[at]) copy(filled, variant, places);
      for (const [at, places] of features.entries()) if (coalition[at]) copy(own, variant, places);
    },
    context,
  );
}
