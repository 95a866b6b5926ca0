/** The interpreter: a graph's nodes one after another, every value in doubles. */
import {
  type Backend,
  constantsOf,
  describeNode,
  type Graph,
  isBatch,
  nodesOf,
  SaliencyError,
  shapeAt,
  showShape,
  type Tensor,
  type Value,
} from '@regional-saliency/core';
import { conv } from './conv';
import { elementwise } from './elementwise';
import type { Kernel } from './kernel';
import { matrix } from './matrix';
import { movement } from './movement';
import { pool } from './pool';
import { reductions } from './reduction';
import { Resize } from './resize';
import { shapes } from './shape';
import { filled, tensorOf, type Values, valuesOf } from './values';

export const kernels: Readonly<Record<string, Kernel>> = {
  ...conv,
  ...elementwise,
  ...matrix,
  ...movement,
  ...pool,
  ...reductions,
  Resize,
  ...shapes,
  Repeat: (...call) => Repeat(...call),
};

/** The batch size that the feeds have, checked against the shapes of the graph's inputs. */
function batchOf(graph: Graph, feeds: Readonly<Record<string, Tensor>>): number {
  let batch: number | undefined;
  for (const input of graph.inputs) {
    const feed = feeds[input.name!];
    if (!feed) throw new SaliencyError('bad-input', `nothing is fed to the input "${input.name}"`);
    const open = input.shape.findIndex(isBatch);
    const dim = input.shape[open];
    if (dim !== undefined && isBatch(dim)) batch ??= feed.shape[open]! / dim.batch;
    if (!sameSizes(feed.shape, shapeAt(input.shape, batch ?? 1))) {
      throw new SaliencyError(
        'bad-input',
        `the input "${input.name}" takes ${showShape(input.shape)}, not ${showShape(feed.shape)}`,
      );
    }
  }
  return batch ?? 1;
}

function sameSizes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/**
 * Computes a graph's outputs in float64. Floats of any width, fed or computed, are doubles here; float outputs have
 * dtype `float64`.
 *
 * @throws SaliencyError `bad-input` where feeds don't fit; Error where the shapes that core inferred are not the shapes
 * that came out, which is a bug in core
 */
export function evaluate(graph: Graph, feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const batch = batchOf(graph, feeds);
  const fed = graph.inputs.map((input) => valuesOf(feeds[input.name!]!));
  const results = valuesOfOutputs(graph, fed, batch);
  const outputs = Object.entries(graph.outputs);
  return Object.fromEntries(outputs.map(([name, value], at) => [name, tensorOf(results[at]!, value.dtype)]));
}

/** The outputs of a graph, in order, for its inputs in order. */
function valuesOfOutputs(graph: Graph, inputs: readonly Values[], batch: number): Values[] {
  const known = new Map<Value, Values>();
  for (const [at, input] of graph.inputs.entries()) known.set(input, inputs[at]!);
  for (const value of constantsOf(graph)) {
    const { dtype, shape } = value.constant!;
    known.set(value, valuesOf({ dtype, shape, data: value.constant!.read() }));
  }
  for (const node of nodesOf(graph)) {
    const kernel = kernels[node.op];
    if (!kernel)
      throw new SaliencyError('unsupported', `the reference interpreter has no kernel for ${node.op}`);
    const results = kernel(
      node.inputs.map((input) => input && known.get(input)!),
      node,
      batch,
    );
    for (const [index, output] of node.outputs.entries()) {
      const result = results[index]!;
      if (!sameSizes(result.shape, shapeAt(output.shape, batch))) {
        const inferred = showShape(output.shape);
        throw new Error(
          `${describeNode(node)}: core infers ${inferred}, but it has ${showShape(result.shape)}`,
        );
      }
      known.set(output, result);
    }
  }
  return Object.values(graph.outputs).map((value) => known.get(value)!);
}

/** The loop: its body once a step, the results added up. */
const Repeat: Kernel = (inputs, { attributes }, batch) => {
  let sums: Values[] | undefined;
  for (let step = 0; step < (attributes.count as number); step++) {
    const index = filled([], () => step);
    const results = valuesOfOutputs(attributes.body as Graph, [index, ...(inputs as Values[])], batch);
    const before = sums;
    sums = results.map((result, output) =>
      filled(result.shape, (at) => (before?.[output]?.data[at] ?? 0) + result.data[at]!),
    );
  }
  return sums!;
};

/** The truth that other backends are measured against; slow, and plain enough to be checked by reading. */
export function referenceBackend(): Backend {
  return {
    name: 'reference',
    load: async (program) => ({
      run: async (feeds) => evaluate(program, feeds),
      dispose: () => {},
    }),
  };
}
