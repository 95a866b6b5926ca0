/** What a model makes of one image: the embedding that others are compared with. */
import {
  type Backend,
  createExplainer,
  type Graph,
  type Method,
  regression,
  type Tensor,
} from '@regional-saliency/core';
import type { ChosenObjective } from './objective';

/** An explainer without a method: it runs the model alone, also one whose batch its file has fixed. */
const nothing: Method = { id: 'embedding', options: {}, build: ({ output }) => output };

/** @param image [1, C, H, W] @param output which of the model's outputs; default the first */
export async function embeddingOf(
  model: Graph,
  image: Tensor,
  { backend, output }: { readonly backend: Backend; readonly output?: string | undefined },
): Promise<Tensor> {
  // With an objective, an output may have any shape.
  const explainer = await createExplainer(model, {
    backend,
    method: nothing,
    objective: regression(),
    output,
  });
  try {
    return (await explainer.explain(image)).output;
  } finally {
    await explainer.dispose();
  }
}

/** The objective itself, for which the reference image is run once. @param prepare reads an image as the model takes it */
export async function settledObjective(
  chosen: ChosenObjective,
  model: Graph,
  backend: Backend,
  prepare: (path: string) => Promise<Tensor>,
) {
  if (chosen.reference === undefined) return chosen.make();
  const image = await prepare(chosen.reference);
  return chosen.make(await embeddingOf(model, image, { backend, output: chosen.output }));
}
