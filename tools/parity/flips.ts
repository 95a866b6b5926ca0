/**
 * Shows flipped gates, where a map is further from float64 than its bound.
 *
 * Maps jump where a rectifier's input crosses zero, a clipped one its bounds, or the largest value of a pool's window changes
 * places. The forward pass of the method's own program is run beside the model in float64 (the reference interpreter), and
 * the units are counted that stand on different sides; on how near to the edge they stand, in parts of the largest value
 * there, hangs whether that is rounding.
 */
import { referenceBackend } from '@regional-saliency/conformance';
import { type Backend, compile, type Graph, isProcedure, type Node, nodesOf } from '@regional-saliency/core';
import { method } from '@regional-saliency/methods';
import { firstOf, type Images } from './ours';
import type { Cell } from './peers';

export interface Flips {
  readonly count: number;
  /** How far the farthest stands from its edge, in parts of the largest value of its layer. */
  readonly farthest: number;
}

/** Where the slope of a function jumps; undefined for others. */
function edgesOf({ op, attributes }: Node): number[] | undefined {
  if (op === 'Relu' || op === 'LeakyRelu') return [0];
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

/** @returns undefined where the gates of one pass say nothing: methods of many passes */
export async function flipsOf(
  model: Graph,
  cell: Cell,
  all: Images,
  backend: Backend,
): Promise<Flips | undefined> {
  const made = method(cell.method, cell.options);
  if (isProcedure(made)) return undefined;
  const program = compile(model, { method: made, target: 'input' });
  if (program.draws.length > 0) return undefined;
  const images = firstOf(all, cell.shape[0]!);
  const [ours, exact] = [
    await valuesOf(program.graph, program.output, images, backend),
    await valuesOf(model, Object.keys(model.outputs)[0]!, images, referenceBackend()),
  ];
  if (ours.length !== exact.length) return undefined;
  let [count, farthest] = [0, 0];
  for (const [gate, { edges, data }] of ours.entries()) {
    const truth = exact[gate]!.data;
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
