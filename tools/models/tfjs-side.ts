/** tfjs models in files: read as graphs, run by tfjs itself, and differentiated by its own tf.grad. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import type { Backend, Graph } from '@regional-saliency/core';
import { readGraphModel, readLayersModel, readWeights, tfjsBackend } from '@regional-saliency/tfjs';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { Explained } from './case';
import type { Entry } from './list';

tf.env().set('PROD', true);

/** The backend that graphs and models run on. */
export async function wasm(): Promise<Backend> {
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(entry) + sep);
  return tfjsBackend({ name: 'wasm' });
}

interface ModelJson {
  readonly modelTopology: object;
  readonly format?: string;
  readonly signature?: { readonly outputs?: Readonly<Record<string, { readonly name: string }>> };
  readonly userDefinedMetadata?: { readonly signature?: ModelJson['signature'] };
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly tf.io.WeightsManifestEntry[];
  }[];
}

const jsonOf = (folder: string) => JSON.parse(readFileSync(`${folder}model.json`, 'utf8')) as ModelJson;

export function readTfjs(format: Entry['format'], folder: string): Graph {
  const json = jsonOf(folder);
  const weights = readWeights(json.weightsManifest, (path) => new Uint8Array(readFileSync(folder + path)));
  return format === 'LayersModel' ? readLayersModel({ json, weights }) : readGraphModel({ json, weights });
}

export interface Live {
  /** One of the model's outputs. */
  run(x: tf.Tensor): tf.Tensor;
  /** Whether its images are of whole numbers, which tfjs would make of others. */
  readonly takesWhole: boolean;
  dispose(): void;
}

/** The model as tfjs loads it. @param wanted an output by its name in the signature; default the first */
export async function liveModel(format: Entry['format'], folder: string, wanted?: string): Promise<Live> {
  const { weightsManifest, ...json } = jsonOf(folder);
  const shards = weightsManifest.flatMap(({ paths }) => paths.map((path) => readFileSync(folder + path)));
  const bytes = Buffer.concat(shards);
  const handler = tf.io.fromMemory({
    ...(json as object),
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
    weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
  } as tf.io.ModelArtifacts);
  if (format === 'LayersModel') {
    const model = await tf.loadLayersModel(handler);
    return { run: (x) => [model.predict(x)].flat()[0]!, takesWhole: false, dispose: () => model.dispose() };
  }
  const model = await tf.loadGraphModel(handler);
  const outputs = (json.signature ?? json.userDefinedMetadata?.signature)?.outputs;
  const name =
    (wanted && outputs?.[wanted]?.name) ?? Object.values(outputs ?? {})[0]?.name ?? model.outputs[0]!.name;
  const type = model.inputs[0]!.dtype;
  return {
    run: (x) => [model.execute(x.cast(type), name)].flat()[0]!,
    takesWhole: type === 'int32',
    dispose: () => model.dispose(),
  };
}

/** Output and gradient of each image, one after another: the batch may be fixed. @param index of the last axis, to explain */
export function explainedBy(
  live: Live,
  images: Float32Array,
  shape: readonly number[],
  { explained, index }: { explained?: Explained; index?: number | undefined } = {},
) {
  const size = images.length / shape[0]!;
  const one = [1, ...shape.slice(1)];
  const imageAt = (at: number) => tf.tensor(images.subarray(at * size, (at + 1) * size), one);
  const outputs = Array.from({ length: shape[0]! }, (_, at) =>
    tf.tidy(() => live.run(imageAt(at)).dataSync().slice()),
  );
  const outputShape = tf.tidy(() => live.run(imageAt(0)).shape);
  const objective = explained ?? objectiveOf(outputs as Float32Array[], outputShape, index);
  return {
    output: outputs as Float32Array[],
    outputShape: [shape[0]!, ...outputShape.slice(1)],
    objective,
    gradient: () =>
      outputs.map((_, at) =>
        tf.tidy(() =>
          tf
            .grad((x) => scalarOf(live.run(x), objective, at))(imageAt(at))
            .dataSync()
            .slice(),
        ),
      ) as Float32Array[],
  };
}

function scalarOf(output: tf.Tensor, objective: Explained, image: number): tf.Scalar {
  if (objective.kind === 'class') return output.gather([objective.targets[image]!], 1).sum() as tf.Scalar;
  return output.gather([objective.index], objective.axis).mean() as tf.Scalar;
}

/** As truth.py has it: the predicted class, or a slice of the last axis, by default the one that is largest in the mean. */
function objectiveOf(
  outputs: readonly Float32Array[],
  shape: readonly number[],
  index: number | undefined,
): Explained {
  const largest = (values: readonly number[]) => values.indexOf(Math.max(...values));
  if (shape.length === 2) return { kind: 'class', targets: outputs.map((each) => largest([...each])) };
  if (index !== undefined) return { kind: 'slice', axis: shape.length - 1, index };
  const channels = shape.at(-1)!;
  const sums = new Array<number>(channels).fill(0);
  for (const output of outputs) for (const [at, value] of output.entries()) sums[at % channels]! += value;
  return { kind: 'slice', axis: shape.length - 1, index: largest(sums) };
}
