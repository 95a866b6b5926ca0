/** A model whose images are [N, H, W, C] as one of [N, C, H, W], which is what methods take images for. */
import { Builder, type Graph, rewrite, type Value } from '@regional-saliency/core';

/** tf2onnx keeps TensorFlow's layout at the input, unless it was told `--inputs-as-nchw`. */
export function isChannelsLast({ inputs }: Graph): boolean {
  const [, height, , channels] = inputs[0]!.shape;
  return inputs[0]!.shape.length === 4 && Number(channels) <= 4 && Number(height) > 4;
}

export function channelsFirst(graph: Graph): Graph {
  const [old] = graph.inputs as [Value];
  const [batch, height, width, channels] = old.shape as [number, number, number, number];
  const g = new Builder(graph);
  const images: Value = { ...g.input(old.name!, [batch, channels, height, width], old.dtype) };
  const moved = g.op('Transpose', [images], { perm: [0, 2, 3, 1] });
  const rewritten = rewrite(graph, () => undefined, g, new Map([[old, moved]]));
  return { ...rewritten, inputs: graph.inputs.map((value) => (value === old ? images : value)) };
}
