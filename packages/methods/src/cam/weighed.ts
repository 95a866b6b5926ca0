/**
 * What class activation maps have in common that need no gradient: each channel of a layer is weighed by the scores that the
 * model gives when it is asked about that channel. The map is then made of channels and weights as every other.
 */
import {
  arrayOf,
  type Part,
  type PartContext,
  type Procedure,
  type ProcedureContext,
  procedure,
  SaliencyError,
  type Tensor,
  type Value,
} from '@regional-saliency/core';
import { type CamLayer, type CamOptions, camFrame, camLayers, camOf } from './cam';

/** How the channels of a layer are weighed. */
export interface Weighing {
  /** The layer with its channels right behind the batch: [N, channels, …]. */
  channels(context: PartContext, layer: CamLayer): Value;
  /** The score for each row of what is fed, [N]. */
  score(context: PartContext, layer: CamLayer): Value;
  /** How many scores there are to be. */
  count(channels: number): number;
  /** What the scores from `start` to `end` are asked with. @param channels [1, channels, …] */
  feeds(channels: Tensor, start: number, end: number): Readonly<Record<string, Tensor>>;
  /** @returns one weight a channel */
  weights(scores: Float64Array): Float64Array;
}

/** A class activation map as a procedure. Relevance [N, 1, H, W]; of the layer's size with `upsample: 'none'`. */
export function weighedCam(
  id: string,
  options: CamOptions,
  weighing: Weighing,
  own: Readonly<Record<string, unknown>> = {},
): Procedure {
  const frame = camFrame(id, options);
  const layers = Array.from({ length: frame.layers?.length || 1 }, (_, at) => at);
  const part = (build: Part['build']): Part => ({ ...frame, build });
  const parts: Record<string, Part> = {
    map: part((context) =>
      camOf(id, context, options, (g, activation, _, at) => {
        const [batch, channels] = activation.shape as [number, number];
        const weights = g.cast(context.feed(`weights.${at}`, [channels]), activation.dtype);
        return g.reduceSum(g.mul(g.reshape(weights, [batch, channels, 1, 1]), activation), [1]);
      }),
    ),
  };
  for (const at of layers) {
    const layerOf = (context: PartContext) => camLayers(id, context, options)[at]!;
    parts[`channels.${at}`] = part((context) => weighing.channels(context, layerOf(context)));
    parts[`score.${at}`] = part((context) => weighing.score(context, layerOf(context)));
  }
  return procedure({
    id,
    options: { ...frame.options, ...own },
    parts,
    needsParts: true,
    run: async (_, __, context) => {
      const run = runOf(id, context);
      const channels: Tensor[] = [];
      for (const at of layers) channels.push(await run(`channels.${at}`));
      const counts = channels.map(({ shape }) => weighing.count(shape[1]!));
      const total = counts.reduce((sum, count) => sum + count, 0);
      const feeds: Record<string, Tensor> = {};
      let done = 0;
      for (const at of layers) {
        const scores = new Float64Array(counts[at]!);
        let dtype: 'float32' | 'float64' = 'float32';
        for (let start = 0; start < scores.length; start += context.batch) {
          const end = Math.min(start + context.batch, scores.length);
          const some = await run(`score.${at}`, weighing.feeds(channels[at]!, start, end));
          scores.set(some.data as Float32Array, start);
          // What computes in doubles is given doubles.
          if (some.dtype === 'float64') dtype = 'float64';
          done += end - start;
          context.progress?.(done, total);
        }
        const weights = weighing.weights(scores);
        feeds[`weights.${at}`] = { data: arrayOf[dtype].from(weights), shape: [1, weights.length], dtype };
      }
      return { relevance: await run('map', feeds) };
    },
  });
}

function runOf(id: string, { part }: ProcedureContext) {
  if (part) return part;
  throw new SaliencyError(
    'unsupported',
    `${id} reads a layer, which a model that only predicts does not show; take a method such as occlusion or rise for it`,
  );
}
