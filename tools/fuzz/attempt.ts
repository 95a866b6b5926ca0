/** All that becomes of a model file, from bytes to a program that is written. */
import { canonize, compile, constantsOf, type Graph, SaliencyError } from '@regional-saliency/core';
import { gradient } from '@regional-saliency/methods';
import { readOnnx, writeOnnx } from '@regional-saliency/onnx';

export interface Outcome {
  readonly outcome: 'graph' | 'refused' | 'crashed';
  /** How far it came. */
  readonly stage: string;
  readonly error?: string;
}

const stages: [name: string, run: (graph: Graph) => unknown][] = [
  ['constants', (graph) => constantsOf(graph).map(({ constant }) => constant!.read().length)],
  ['canonize', (graph) => canonize(graph)],
  ['compile', (graph) => writeOnnx(compile(graph, { method: gradient() }).graph)],
];

export function attempt(bytes: Uint8Array): Outcome {
  let stage = 'read';
  try {
    const graph = readOnnx(bytes, { external: () => new Uint8Array(64) });
    for (const [name, run] of stages) {
      stage = name;
      run(graph);
    }
    return { outcome: 'graph', stage };
  } catch (error) {
    if (error instanceof SaliencyError) return { outcome: 'refused', stage, error: error.message };
    return { outcome: 'crashed', stage, error: error instanceof Error ? String(error.stack) : String(error) };
  }
}
