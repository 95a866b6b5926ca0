/** Scores of many variants of one image, a batch at a time, so that only one batch of them is in memory. */
import { type Predict, type ProcedureContext, sizeOf, type Tensor } from '@regional-saliency/core';

/**
 * @param image [1, C, H, W]
 * @param count how many variants there are
 * @param change turns a copy of the image ([C, H, W], in place) into a variant
 * @returns the explained score of each
 */
export async function scoreVariants(
  predict: Predict,
  image: Tensor,
  count: number,
  change: (variant: Float32Array, index: number) => void,
  { batch, progress }: Pick<ProcedureContext, 'batch' | 'progress'>,
): Promise<Float64Array> {
  const scores = new Float64Array(count);
  const size = sizeOf(image.shape);
  const variants = new Float32Array(Math.min(batch, count) * size);
  for (let start = 0; start < count; start += batch) {
    const held = Math.min(batch, count - start);
    for (let at = 0; at < held; at++) {
      const variant = variants.subarray(at * size, (at + 1) * size);
      variant.set(image.data as Float32Array);
      change(variant, start + at);
    }
    const shape = [held, ...image.shape.slice(1)];
    scores.set(await predict({ data: variants.subarray(0, held * size), shape, dtype: 'float32' }), start);
    progress?.(start + held, count);
  }
  return scores;
}
