/**
 * Counts the windows of max pools whose largest element is another one than in float64: a gradient jumps there as it does where a
 * rectifier opens. tools/parity/flips.ts does it for gates.
 */
import { referenceBackend } from '@regional-saliency/conformance';
import { type Backend, canonize, type Graph, type Node, nodesOf, type Tensor } from '@regional-saliency/core';
import type { Flips } from '../parity/flips';

/** @param image of one image */
export async function poolsAt(graph: Graph, output: string, image: Tensor, backend: Backend): Promise<Flips> {
  const [ours, truths] = [
    await poolsOf(canonize(graph), output, image, backend),
    await poolsOf(graph, output, image, referenceBackend()),
  ];
  let [count, farthest] = [0, 0];
  for (const [at, { node, data, shape }] of truths.entries()) {
    const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const window of windowsOf(node, shape)) {
      const [here, exact] = [largestOf(ours[at]!.data, window), largestOf(data, window)];
      if (here === exact) continue;
      count++;
      farthest = Math.max(farthest, (data[exact]! - data[here]!) / largest);
    }
  }
  return { count, farthest };
}

/** What the max pools of a forward pass read. */
async function poolsOf(graph: Graph, output: string, image: Tensor, backend: Backend) {
  const forward = nodesOf({ ...graph, outputs: { [output]: graph.outputs[output]! } });
  const pools = forward.filter(({ op }) => op === 'MaxPool');
  const read = Object.fromEntries(pools.map(({ inputs }, at) => [`pool${at}`, inputs[0]!]));
  const session = await backend.load({ ...graph, outputs: { ...graph.outputs, ...read } });
  try {
    const found = await session.run({ [graph.inputs[0]!.name!]: image });
    return pools.map((node, at) => {
      const { data, shape } = found[`pool${at}`]!;
      return { node, shape, data: Float64Array.from(data as ArrayLike<number>) };
    });
  } finally {
    await session.dispose();
  }
}

/** The places that each window of a pool over [N, C, H, W] reads; those in the padding are left out. */
function* windowsOf({ attributes, outputs }: Node, shape: readonly number[]): Generator<number[]> {
  const [count, channels, height, width] = shape as readonly [number, number, number, number];
  const numbers = (name: string) => attributes[name] as readonly [number, number];
  const [[kernelY, kernelX], [strideY, strideX], [dilationY, dilationX], [top, left]] = [
    numbers('kernel_shape'),
    numbers('strides'),
    numbers('dilations'),
    numbers('pads'),
  ];
  const [rows, columns] = outputs[0]!.shape.slice(2) as [number, number];
  for (let plane = 0; plane < count * channels; plane++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const window: number[] = [];
        for (let i = 0; i < kernelY; i++)
          for (let j = 0; j < kernelX; j++) {
            const [y, x] = [row * strideY - top + i * dilationY, column * strideX - left + j * dilationX];
            if (y >= 0 && y < height && x >= 0 && x < width) window.push((plane * height + y) * width + x);
          }
        yield window;
      }
}

/** The first place of the largest value. */
const largestOf = (data: Float64Array, window: readonly number[]) =>
  window.reduce((best, place) => (data[place]! > data[best]! ? place : best));
