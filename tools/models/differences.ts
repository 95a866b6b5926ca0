/**
 * The gradient beside central differences, in double arithmetic: the truth where a framework has no gradient of a model.
 *
 * Along a random direction d the score changes by gradient · d. Directions are of normal numbers, so that what the gradient is
 * wrong by shows in that number in proportion: errors are in parts of the gradient's length, which is what gradient · d is
 * large by.
 */
import { normal, randomTensor, referenceBackend } from '@regional-saliency/conformance';
import {
  compile,
  compileScore,
  type Graph,
  type Objective,
  SCORE,
  type Tensor,
  tensor,
} from '@regional-saliency/core';
import { gradient } from '@regional-saliency/methods';

const DIRECTIONS = 3;
/**
 * Of the range of the images, which are doubles as well: hardly a rectifier opens or closes within it, and double arithmetic
 * still sees it.
 */
const STEP = 1e-9;

export interface Explaining {
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly objective?: Objective | undefined;
  readonly target?: readonly number[] | undefined;
}

/** For each image, the largest difference over the directions. */
export async function differencesOf(graph: Graph, images: Tensor, explained: Explaining): Promise<number[]> {
  const { target, ...options } = explained;
  const scores = compileScore(graph, options);
  const gradients = compile(graph, { ...options, method: gradient(), ...(target && { target: 'input' }) });
  const backend = referenceBackend();
  const [forward, whole] = [await backend.load(scores.graph), await backend.load(gradients.graph)];
  const feeds = (program: typeof scores, image: Tensor, at: number) => ({
    [program.input]: image,
    ...(program.graph.inputs.some(({ name }) => name === 'target') && {
      target: { data: BigInt64Array.of(BigInt(target![at]!)), shape: [1], dtype: 'int64' as const },
    }),
  });
  const scoreAt = async (image: Tensor, at: number) =>
    Number((await forward.run(feeds(scores, image, at)))[SCORE]!.data[0]);
  const [count, ...shape] = images.shape as [number, ...number[]];
  const size = images.data.length / count;
  const pixels = images.data as Float32Array;
  const range = pixels.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const errors: number[] = [];
  for (let at = 0; at < count; at++) {
    const own = pixels.slice(at * size, (at + 1) * size);
    const image = tensor(own, [1, ...shape]);
    const { relevance } = await whole.run(feeds(gradients, image, at));
    const found = Float64Array.from(relevance!.data as ArrayLike<number>);
    const length = Math.sqrt(found.reduce((sum, value) => sum + value * value, 0));
    let worst = 0;
    for (let direction = 0; direction < DIRECTIONS; direction++) {
      const along = randomTensor(`direction ${direction}`, [size], normal, 'float32').data as Float32Array;
      const moved = (by: number) =>
        Float64Array.from(own, (value, place) => value + by * range * along[place]!);
      const [up, down] = [moved(STEP), moved(-STEP)];
      const scores: number[] = [];
      for (const data of [up, down])
        scores.push(await scoreAt({ data, shape: [1, ...shape], dtype: 'float64' }, at));
      const change = scores[0]! - scores[1]!;
      // What rounding has made of the steps is what was stepped.
      const expected = found.reduce((sum, value, place) => sum + value * (up[place]! - down[place]!), 0);
      worst = Math.max(worst, Math.abs(change - expected) / (2 * STEP * range * length));
    }
    errors.push(worst);
  }
  await forward.dispose();
  await whole.dispose();
  return errors;
}
