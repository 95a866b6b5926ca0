/** Runs programs on onnxruntime: each is written as an ONNX model in memory and loaded as a session. */
import {
  type Backend,
  type DType,
  type Graph,
  isBatch,
  SaliencyError,
  type Session,
  showShape,
  type Tensor,
  type TypedArray,
  type Value,
} from '@regional-saliency/core';
import { writeOnnx } from '@regional-saliency/onnx';
import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-common';
import { type Gpu, gpuOf, inTurn } from './gpu';

/** What is used of the module `onnxruntime-node` or `onnxruntime-web`. */
export interface Onnxruntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
  /** onnxruntime-web has the device here that it computes on, once it has one. */
  readonly env?: { readonly webgpu?: { readonly device?: unknown } };
}

/** A provider's name, or its name with its own options. */
export type ExecutionProvider = InferenceSession.ExecutionProviderConfig;

export interface OnnxruntimeOptions {
  /** What runs the operators, in order of preference: `cpu`, `webgpu`, `cuda`, `wasm` …; default onnxruntime's own. */
  readonly executionProviders?: readonly ExecutionProvider[];
  /** Threads of one operator; default onnxruntime's own. In the browser set `ort.env.wasm.numThreads` instead. */
  readonly threads?: number;
  /** Use only forms that every provider runs; default only where `webgpu` is asked for, which has no MaxPool indices. */
  readonly portable?: boolean;
  /** More options of onnxruntime's session. */
  readonly sessionOptions?: InferenceSession.SessionOptions;
}

/**
 * A backend on onnxruntime.
 *
 * @param ort the module: `import * as ort from 'onnxruntime-node'` (or `onnxruntime-web`)
 */
export function onnxruntimeBackend(ort: Onnxruntime, options: OnnxruntimeOptions = {}): Backend {
  const providers = options.executionProviders;
  const names = providers?.map((provider) => (typeof provider === 'string' ? provider : provider.name));
  const portable = options.portable ?? names?.includes('webgpu') ?? false;
  const name = `onnxruntime (${names?.join(', ') ?? 'default'})`;
  const sessionOptions: InferenceSession.SessionOptions = {
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    ...(providers && { executionProviders: [...providers] }),
    ...(options.threads !== undefined && { intraOpNumThreads: options.threads, interOpNumThreads: 1 }),
    ...options.sessionOptions,
  };
  return {
    name,
    load: async (program) => {
      // A loop's convolutions are laid out for the processor only where their weights are the body's own.
      const model = writeOnnx(program, { portable, loopWeights: 'own' });
      const gpuNow = async () =>
        names?.includes('webgpu') ? gpuOf(await deviceOf(ort, providers!), name) : undefined;
      const before = await gpuNow();
      // A device without sessions is left behind: onnxruntime takes another, or the same if it is still there.
      const inUse = before && before.sessions.size > 0 ? before : undefined;
      const session = await inTurn(inUse, () =>
        attempt(`${name} can't load the program`, () => ort.InferenceSession.create(model, sessionOptions)),
      );
      const gpu = await gpuNow();
      gpu?.sessions.add(session);
      return sessionOf(ort, { name, session, gpu }, program);
    },
  };
}

/** The GPU device that sessions compute on: the caller's, or onnxruntime-web's own. */
async function deviceOf(ort: Onnxruntime, providers: readonly ExecutionProvider[]): Promise<unknown> {
  const own = providers.find((provider) => typeof provider !== 'string' && provider.name === 'webgpu');
  return (own as { readonly device?: unknown } | undefined)?.device ?? ort.env?.webgpu?.device;
}

interface Loaded {
  readonly name: string;
  readonly session: InferenceSession;
  readonly gpu: Gpu | undefined;
}

function sessionOf(ort: Onnxruntime, { name, session, gpu }: Loaded, program: Graph): Session {
  let open = true;
  return {
    run: async (feeds) => {
      if (!open) throw new SaliencyError('backend', 'this session was disposed: load the program again');
      const tensors: Record<string, OrtTensor> = {};
      checkFeeds(program.inputs, feeds);
      for (const input of program.inputs) {
        const { data, dtype, shape } = feeds[input.name!]!;
        tensors[input.name!] = new ort.Tensor(dtype as 'float32', data as Float32Array, shape);
      }
      const outputs = await inTurn(gpu, async () => {
        const results = await attempt(`${name} can't run the program`, () => session.run(tensors));
        return takeResults(results);
      });
      for (const tensor of Object.values(tensors)) tensor.dispose();
      return outputs;
    },
    dispose: async () => {
      if (!open) return;
      open = false;
      gpu?.sessions.delete(session);
      await session.release();
    },
  };
}

/** onnxruntime copies each result into memory of JavaScript's, which stays ours when its tensor is gone. */
async function takeResults(
  results: Awaited<ReturnType<InferenceSession['run']>>,
): Promise<Record<string, Tensor>> {
  const outputs: Record<string, Tensor> = {};
  for (const [key, tensor] of Object.entries(results)) {
    const data = (await tensor.getData()) as TypedArray;
    outputs[key] = { data, dtype: tensor.type as DType, shape: [...tensor.dims] };
    tensor.dispose();
  }
  return outputs;
}

async function attempt<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SaliencyError('backend', `${what}: ${reason}`, { cause });
  }
}

/** Every input must be given, in its type and shape, with one batch for all. */
function checkFeeds(inputs: readonly Value[], feeds: Readonly<Record<string, Tensor>>): void {
  let batch: number | undefined;
  for (const { name, dtype, shape } of inputs) {
    const tensor = feeds[name!];
    if (!tensor) throw new SaliencyError('bad-input', `the program's input "${name}" was not given`);
    if (tensor.dtype !== dtype) {
      throw new SaliencyError('bad-input', `the input "${name}" must be ${dtype}, not ${tensor.dtype}`);
    }
    const settled = batch;
    const fits =
      tensor.shape.length === shape.length &&
      shape.every((dim, axis) => {
        const size = tensor.shape[axis]!;
        if (!isBatch(dim)) return size === dim;
        batch ??= size / dim.batch;
        return size === dim.batch * batch && Number.isInteger(batch);
      });
    if (!fits) {
      throw new SaliencyError(
        'bad-input',
        `the input "${name}" must have the shape ${showShape(shape)}, not ${showShape(tensor.shape)}${settled === undefined ? '' : ` (the batch N is ${settled})`}`,
      );
    }
  }
}
