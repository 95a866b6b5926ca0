/** `compile`: an explanation as a plain ONNX file that any runtime serves. */
import { basename } from 'node:path';
import {
  compile,
  type Graph,
  type Program,
  SaliencyError,
  showShape,
  type Target,
} from '@regional-saliency/core';
import { type MethodOptions, method } from '@regional-saliency/methods';
import { writeOnnx } from '@regional-saliency/onnx';
import { openBackend } from '../backends';
import { settledObjective } from '../embedding';
import { writeWhole } from '../files';
import { readImage } from '../images/decode';
import { preprocess } from '../images/preprocess';
import { type InputShapes, readModel } from '../model';
import { type ChosenObjective, refuseIdleTarget } from '../objective';
import { version } from '../version';
import { normalisation, type PreprocessingOptions, preprocessingFor } from './options';

export interface CompileCommand extends PreprocessingOptions {
  readonly method: string;
  readonly layer?: string | undefined;
  readonly set?: MethodOptions | undefined;
  readonly target: Target;
  readonly objective?: ChosenObjective | undefined;
  readonly shape?: InputShapes | undefined;
  /** Layers that become the model's outputs. */
  readonly outputs?: readonly string[] | undefined;
  readonly capture?: readonly string[] | undefined;
  readonly withPreprocessing?: boolean | undefined;
  readonly portable?: boolean | undefined;
  readonly opset?: number | undefined;
  readonly output: string;
}

/** Compiles and writes. @returns lines that say what the file takes and gives */
export async function compileModel(modelPath: string, options: CompileCommand): Promise<string[]> {
  if (options.objective) refuseIdleTarget(options.objective, options.target, '--target');
  const { graph, sha256 } = await readModel(modelPath, { shapes: options.shape, outputs: options.outputs });
  const program = compile(graph, {
    method: method(options.method, { ...options.set, ...(options.layer && { layer: options.layer }) }),
    target: options.target,
    ...(options.objective && {
      output: options.objective.output,
      objective: await objectiveOf(options.objective, graph, options),
    }),
    capture: options.capture,
    preprocessing: preprocessingOf(graph.inputs[0]!.shape[1], options),
  });
  const bytes = writeOnnx(program.graph, {
    ...(options.portable && { portable: true }),
    ...(options.opset !== undefined && { opset: options.opset }),
    metadata: {
      'regional-saliency.version': version,
      'regional-saliency.model': basename(modelPath),
      'regional-saliency.model-sha256': sha256,
    },
  });
  await writeWhole(options.output, bytes);
  return describe(program, options.output, bytes.length);
}

/** A reference image is prepared as the images that the model takes, at its own size. */
async function objectiveOf(chosen: ChosenObjective, graph: Graph, options: CompileCommand) {
  if (chosen.reference === undefined) return chosen.make();
  const preprocessing = preprocessingFor(graph, options);
  const { backend } = await openBackend('onnxruntime');
  return settledObjective(
    chosen,
    graph,
    backend,
    async (path) => preprocess(await readImage(path), preprocessing, path).tensor,
  );
}

function preprocessingOf(channels: unknown, options: CompileCommand) {
  if (options.withPreprocessing) {
    if (typeof channels !== 'number') {
      throw new SaliencyError(
        'unsupported',
        'the model’s number of channels is open, so it has no preprocessing',
      );
    }
    return { scale: 1 / 255, ...normalisation(options, channels) };
  }
  const forReference = options.objective?.reference !== undefined;
  if (!forReference && (options.mean || options.std || options.imagenet)) {
    throw new SaliencyError(
      'bad-input',
      '--mean, --std and --imagenet go into the file only together with --with-preprocessing',
    );
  }
  return undefined;
}

function describe({ graph, notes }: Program, path: string, bytes: number): string[] {
  return [
    `${path}  ${(bytes / 2 ** 20).toFixed(1)} MiB`,
    ...graph.inputs.map((value) => `  input   ${value.name}  ${value.dtype} ${showShape(value.shape)}`),
    ...Object.entries(graph.outputs).map(
      ([name, value]) => `  output  ${name}  ${value.dtype} ${showShape(value.shape)}`,
    ),
    ...notes.map((note) => `note: ${note}`),
  ];
}
