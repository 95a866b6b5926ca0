/** Replaces the backward operators of our own by standard ONNX operators, for writers and backends that know only those. */
import type { Graph } from '../graph';
import { rewrite } from '../rewrite';
import { lowerConvGrad } from './conv-grad';
import { scatterMaxPoolGrad, windowMaxPoolGrad } from './max-pool-grad';

export interface LowerOptions {
  /** Use only forms that every execution provider runs, at some cost in speed. */
  readonly portable?: boolean | undefined;
}

export function lower(graph: Graph, options: LowerOptions = {}): Graph {
  return rewrite(graph, (g, node, inputs) => {
    switch (node.op) {
      case 'ConvGrad':
        return [lowerConvGrad(g, node, inputs)];
      case 'MaxPoolGrad':
        return [(options.portable ? windowMaxPoolGrad : scatterMaxPoolGrad)(g, node, inputs)];
      default:
        return undefined;
    }
  });
}
