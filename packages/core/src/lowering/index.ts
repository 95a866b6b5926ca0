/** Replaces the backward operators of our own by standard ONNX operators, for writers and backends that know only those. */
import type { Graph, Node } from '../graph';
import { nonNegativity } from '../nonnegative';
import { windowOf } from '../operators/window';
import { namesOf, rewrite } from '../rewrite';
import { lowerConvGrad } from './conv-grad';
import { gateBeforePool, lowerGate } from './gate';
import { scatterMaxPoolGrad, windowMaxPoolGrad } from './max-pool-grad';

export interface LowerOptions {
  /** Use only forms that every execution provider runs, at some cost in speed. */
  readonly portable?: boolean | undefined;
}

/** A graph with its backward operators, loops and gates said in operators that a backend has. */
export function lower(graph: Graph, options: LowerOptions = {}): Graph {
  const isNonNegative = nonNegativity();
  const early = rewrite(graph, (g, node, inputs) => {
    const gated = gateBeforePool(g, node, inputs);
    return gated && [gated];
  });
  return rewrite(early, (g, node, inputs) => {
    switch (node.op) {
      case 'ConvGrad':
        return [lowerConvGrad(g, node, inputs, options.portable === true)];
      case 'MaxPoolGrad':
        return [
          (options.portable || hasWidePads(node) ? windowMaxPoolGrad : scatterMaxPoolGrad)(g, node, inputs),
        ];
      case 'Where': {
        const gated = options.portable ? undefined : lowerGate(g, node, inputs, isNonNegative);
        return gated && [gated];
      }
      case 'Repeat': {
        const body = lower(node.attributes.body as Graph, options);
        return g.node('Repeat', inputs, { ...node.attributes, body }, { ...node, outputs: namesOf(node) })
          .outputs;
      }
      default:
        return undefined;
    }
  });
}

/** onnxruntime refuses a pool whose pads reach its kernel's size; padding first would shift the Indices. */
function hasWidePads(node: Node): boolean {
  const { kernel, pads } = windowOf(node.attributes);
  return pads.some((pad, axis) => pad >= kernel[axis % kernel.length]!);
}
