/** Shapley values of an image's features, estimated from orders in which they are shown (shapley.ts has the arithmetic). */
import type { ProcedureResult, Tensor } from '@regional-saliency/core';
import { contentOf, generatorOf } from '../random';
import { type Game, scoreCoalitions } from './coalitions';
import { mapOf } from './features';
import { coalitionsOf, permutation, sampledShapley } from './shapley';

/** Orders of features that depend on the seed and the image's content only. */
export function randomOrders(image: Tensor, features: number, samples: number, seed: number): number[][] {
  const content = contentOf(image.data);
  return Array.from({ length: samples }, (_, sample) =>
    permutation(generatorOf(seed, content, sample), features),
  );
}

/** In each place of a feature the feature's value, and its standard error. */
export async function estimatedShapley(
  orders: readonly (readonly number[])[],
  game: Game,
): Promise<ProcedureResult> {
  const { features, image } = game;
  const count = features.length;
  const scores = await scoreCoalitions(coalitionsOf(orders, count), game);
  const { values, standardErrors } = sampledShapley(scores, orders, count);
  return {
    relevance: mapOf(features, values, image),
    standardError: mapOf(features, standardErrors, image),
  };
}
