/** Runs a procedure on one image after another, whatever answers it: a graph, or a function. */
import { SaliencyError } from './errors';
import type { ExplainOptions } from './explainer';
import type { Predict, Procedure, ProcedureResult, RunPart } from './procedure';
import { joinAlong, takeRows } from './rows';
import type { Tensor } from './tensor';

/** What answers a procedure. */
export interface Asking {
  /** How many variants one call had best hold. */
  readonly batch: number;
  /** Scores variants of an image, given by its place among the images, each by the image's target. */
  predict(index: number): Predict;
  /** Runs parts on an image; absent where there is no graph to make them of. */
  readonly part?: ((index: number, image: Tensor) => RunPart) | undefined;
}

export async function proceed(
  procedure: Procedure,
  { batch, predict, part }: Asking,
  images: Tensor,
  { regions, progress }: ExplainOptions,
): Promise<{ relevance: Tensor; standardError: Tensor | undefined }> {
  const count = images.shape[0]!;
  if (regions && regions.length !== count) {
    throw new SaliencyError(
      'bad-input',
      `regions of ${regions.length} images were given for ${count} images`,
    );
  }
  const results: ProcedureResult[] = [];
  for (let index = 0; index < count; index++) {
    const image = takeRows(images, [index]);
    const done = (variants: number, all: number) =>
      progress?.(index * all + variants, count * all, procedure.id);
    const context = { batch, regions: regions?.[index], progress: done, part: part?.(index, image) };
    results.push(await procedure.run(predict(index), image, context));
  }
  const errors = results.flatMap(({ standardError }) => standardError ?? []);
  return {
    relevance: joinAlong(
      results.map(({ relevance }) => relevance),
      0,
    ),
    standardError: errors.length === count ? joinAlong(errors, 0) : undefined,
  };
}
