/** All that becomes of a model file, from bytes to a program that is written. */
import { canonize, compile, constantsOf, type Graph, SaliencyError } from '@regional-saliency/core';
import { gradient } from '@regional-saliency/methods';
import { readOnnx, writeOnnx } from '@regional-saliency/onnx';
import { readGraphModel, readLayersModel, readWeights } from '@regional-saliency/tfjs';
import type { TfjsFile } from './json';

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

/** A tfjs model begins with it, `{ json, weights }`; no ONNX file does. */
const BRACE = '{'.charCodeAt(0);

/** As the command reads a model.json and what lies beside it. */
function readTfjs(bytes: Uint8Array): Graph {
  const { json, weights: text } = JSON.parse(new TextDecoder().decode(bytes)) as TfjsFile;
  if (typeof json !== 'object' || json === null) throw new SaliencyError('bad-file', 'no JSON object');
  const { format, modelTopology, weightsManifest } = json as Record<string, unknown>;
  const shard = new Uint8Array(Buffer.from(text, 'base64'));
  const weights = readWeights(weightsManifest, () => shard);
  const isGraph =
    format === 'graph-model' ||
    (!format && (modelTopology as { node?: unknown } | undefined)?.node !== undefined);
  return (isGraph ? readGraphModel : readLayersModel)({ json, weights });
}

export function attempt(bytes: Uint8Array): Outcome {
  let stage = 'read';
  try {
    const graph =
      bytes[0] === BRACE ? readTfjs(bytes) : readOnnx(bytes, { external: () => new Uint8Array(64) });
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
