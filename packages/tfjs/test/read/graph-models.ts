/** Writes GraphModels as tensorflowjs_converter does: a topology in protobuf's JSON form, and weights in one shard. */
import { type Graph, type Tensor, tensor } from '@regional-saliency/core';
import { type GraphModel, loadGraphModelSync } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { arraysOf } from '../../src/arrays';
import { loadSession } from '../../src/backend';
import { type ReadGraphModelOptions, readGraphModel } from '../../src/read/graph-model';
import { readWeights } from '../../src/read/weights';

type Given = number | boolean | string | readonly number[] | readonly string[];

/** What an attribute is written as; types and shapes are told by their form. */
function attributeOf(key: string, value: Given): object {
  if (typeof value === 'boolean') return { b: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { i: String(value) } : { f: value };
  if (typeof value === 'string') return value.startsWith('DT_') ? { type: value } : { s: btoa(value) };
  if (key === 'shape') return { shape: { dim: value.map((size) => ({ size: String(size) })) } };
  if (typeof value[0] === 'string') return { list: { s: (value as string[]).map((text) => btoa(text)) } };
  return { list: value.length > 0 ? { i: value.map(String) } : {} };
}

export interface ModelJson {
  format: string;
  modelTopology: { node: object[]; versions: object };
  weightsManifest: { paths: string[]; weights: object[] }[];
  signature?: { inputs: Record<string, object>; outputs: Record<string, object> };
  userDefinedMetadata?: object;
  [key: string]: unknown;
}

/** Numbers that look random and are the same every time. */
export function noise(size: number, seed = 1, scale = 1): Float32Array {
  let state = seed * 2654435761;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return scale * (state / 2 ** 31 - 1);
  });
}

/** A model under construction; each method gives the name of the node that it adds. */
export class ModelWriter {
  private readonly nodes: object[] = [];
  private readonly specs: object[] = [];
  private readonly bytes: Uint8Array[] = [];
  private readonly shapes: Record<string, readonly number[]> = {};
  private readonly positive: boolean;

  /** @param options whether weights are positive and biases 0, so that relevance is neither absorbed nor cut off */
  constructor({ positive = false } = {}) {
    this.positive = positive;
  }

  node(op: string, inputs: readonly string[], attributes: Record<string, Given> = {}, name?: string): string {
    const own = name ?? `${op}_${this.nodes.length}`;
    const attr = Object.fromEntries(
      Object.entries(attributes).map(([key, value]) => [key, attributeOf(key, value)]),
    );
    this.nodes.push({ name: own, op, ...(inputs.length > 0 && { input: inputs }), attr });
    return own;
  }

  input(shape: readonly number[], name = 'image', dtype = 'DT_FLOAT'): string {
    this.shapes[name] = shape;
    return this.node('Placeholder', [], { dtype, shape }, name);
  }

  private weight(
    data: Float32Array | Int32Array | Uint8Array,
    shape: readonly number[],
    dtype: string,
    name?: string,
  ) {
    const own = this.node(
      'Const',
      [],
      { dtype: `DT_${dtype === 'float32' ? 'FLOAT' : dtype.toUpperCase()}` },
      name,
    );
    this.specs.push({ name: own, shape, dtype });
    this.bytes.push(new Uint8Array(data.buffer));
    return own;
  }

  floats(data: readonly number[] | Float32Array, shape: readonly number[], name?: string): string {
    return this.weight(Float32Array.from(data), shape, 'float32', name);
  }

  /** Weights that look random. */
  weights(shape: readonly number[], name?: string): string {
    const size = shape.reduce((a, b) => a * b, 1);
    const inner = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const values = noise(size, this.nodes.length + 7, Math.sqrt(6 / inner));
    return this.floats(this.positive ? values.map(Math.abs) : values, shape, name);
  }

  bias(size: number): string {
    return this.positive ? this.floats(new Float32Array(size), [size]) : this.weights([size]);
  }

  ints(data: readonly number[], shape: readonly number[] = [data.length]): string {
    return this.weight(Int32Array.from(data), shape, 'int32');
  }

  int(value: number): string {
    return this.ints([value], []);
  }

  /** The model of everything so far; `outputs` by the keys of its signature. */
  json(outputs?: Readonly<Record<string, string>>): ModelJson {
    const entry = (name: string) => ({ name: /:\d+$/.test(name) ? name : `${name}:0`, dtype: 'DT_FLOAT' });
    const named = (names: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(names).map(([key, name]) => [key, entry(name)]));
    return {
      format: 'graph-model',
      generatedBy: 'a test',
      modelTopology: { node: this.nodes, versions: { producer: 1 } },
      weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights: this.specs }],
      ...(outputs && {
        signature: {
          inputs: named(Object.fromEntries(Object.keys(this.shapes).map((name) => [name, name]))),
          outputs: named(outputs),
        },
      }),
    };
  }

  /** All weights, one behind another. */
  shard(): Uint8Array {
    const length = this.bytes.reduce((sum, { length }) => sum + length, 0);
    const all = new Uint8Array(length);
    let at = 0;
    for (const part of this.bytes) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** As tfjs loads it. */
  load(outputs?: Readonly<Record<string, string>>): GraphModel {
    const json = this.json(outputs);
    return loadGraphModelSync({
      ...(json as object),
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest[0]!.weights as tf.io.WeightsManifestEntry[],
      weightData: this.shard().buffer as ArrayBuffer,
      signature: json.signature,
    }) as unknown as GraphModel;
  }

  read(outputs?: Readonly<Record<string, string>>, options?: ReadGraphModelOptions): Graph {
    const json = this.json(outputs);
    return readGraphModel({ json, weights: readWeights(json.weightsManifest, () => this.shard()) }, options);
  }
}

/** An image [batch, H, W, C] as a model takes it, and the same as a graph takes it. */
export function images(shape: readonly number[], seed = 5): { last: tf.Tensor; first: Tensor } {
  const [n, h, w, c] = shape as [number, number, number, number];
  const data = noise(n * h * w * c, seed);
  const turned = data.map((_, at) => {
    const [column, row] = [at % w, Math.floor(at / w) % h];
    const [channel, image] = [Math.floor(at / (w * h)) % c, Math.floor(at / (w * h * c))];
    return data[((image * h + row) * w + column) * c + channel]!;
  });
  return { last: tf.tensor(data, [n, h, w, c]), first: tensor(turned, [n, c, h, w]) };
}

/** Runs a graph of one input on a tfjs backend. */
export async function run(graph: Graph, image: Tensor, name = 'cpu'): Promise<Record<string, Tensor>> {
  const session = await loadSession(graph, { name, arrays: arraysOf(name) });
  try {
    return await session.run({ [graph.inputs[0]!.name!]: image });
  } finally {
    session.dispose();
  }
}

/** The largest difference between two lists of numbers, which must be equally long. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let at = 0; at < a.length; at++) {
    const difference = Math.abs(a[at]! - b[at]!);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
