/**
 * Counts flipped gates of a model as its file has it, where a map is further from float64 than its bound.
 *
 * Maps jump where a rectifier's input crosses zero, or a clipped one its bounds. A forward pass is run beside the model in
 * float64 (the reference interpreter), and the units are counted that stand on different sides; on how far apart the two put
 * them, in parts of the largest value there, hangs whether that is rounding. causes.ts looks at all that a program decides by,
 * loops and pools too, and proves its finds.
 */
import { referenceBackend } from '@regional-saliency/conformance';
import { type Backend, type Graph, type Node, nodesOf } from '@regional-saliency/core';
import type { Images } from './ours';

export interface Flips {
  readonly count: number;
  /** How far the farthest stands from its edge, in parts of the largest value of its layer. */
  readonly farthest: number;
}

/** Where the slope of a function jumps; undefined for others. */
function edgesOf({ op, attributes }: Node): number[] | undefined {
  if (op === 'Relu' || op === 'LeakyRelu' || op === 'PRelu') return [0];
  if (op === 'HardSwish' || op === 'HardSigmoid') return [-3, 3];
  if (op !== 'Clip') return undefined;
  return [attributes.min, attributes.max].filter(
    (edge): edge is number => typeof edge === 'number' && Number.isFinite(edge),
  );
}

/** The gates of a forward pass: the values they read and their edges. */
function gatesOf(graph: Graph, output: string) {
  const forward = nodesOf({ ...graph, outputs: { [output]: graph.outputs[output]! } });
  return forward.flatMap((node) => {
    const edges = edgesOf(node);
    return edges ? [{ value: node.inputs[0]!, edges }] : [];
  });
}

async function valuesOf(graph: Graph, output: string, images: Images, backend: Backend) {
  const gates = gatesOf(graph, output);
  const outputs = Object.fromEntries(gates.map(({ value }, at) => [`gate${at}`, value]));
  const session = await backend.load({
    ...graph,
    outputs: { ...graph.outputs, ...outputs },
  });
  try {
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name }) => [
        name!,
        name === 'target'
          ? {
              data: BigInt64Array.from(images.targets, BigInt),
              shape: [images.targets.length],
              dtype: 'int64' as const,
            }
          : images.tensor,
      ]),
    );
    const found = await session.run(feeds);
    return gates.map(({ edges }, at) => ({ edges, data: found[`gate${at}`]!.data as Float32Array }));
  } finally {
    await session.dispose();
  }
}

/** A forward pass, by the output it ends in. */
interface Pass {
  readonly graph: Graph;
  readonly output: string;
}

/** The gates that a backend's own pass over images puts on another side than the exact one; undefined if they have not the same gates. */
export async function flipsAt(
  own: Pass,
  exact: Pass,
  images: Images,
  backend: Backend,
): Promise<Flips | undefined> {
  const ours = await valuesOf(own.graph, own.output, images, backend);
  const truths = await valuesOf(exact.graph, exact.output, images, referenceBackend());
  if (ours.length !== truths.length) return undefined;
  let [count, farthest] = [0, 0];
  for (const [gate, { edges, data }] of ours.entries()) {
    const truth = truths[gate]!.data;
    const largest = truth.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let at = 0; at < data.length; at++) {
      for (const edge of edges) {
        if (data[at]! > edge === truth[at]! > edge) continue;
        count++;
        farthest = Math.max(farthest, Math.abs(data[at]! - truth[at]!) / largest);
      }
    }
  }
  return { count, farthest };
}
