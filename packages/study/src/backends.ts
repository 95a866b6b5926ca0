/** Backends by the names of the command line; each package is loaded only when it is asked for. */
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { type Backend, SaliencyError } from '@regional-saliency/core';

export interface OpenBackend {
  readonly backend: Backend;
  /** Of the package that computes. */
  readonly version: string;
}

async function onnxruntime(provider: string): Promise<OpenBackend> {
  const ort = await import('onnxruntime-node');
  const { onnxruntimeBackend } = await import('@regional-saliency/onnxruntime');
  const backend = onnxruntimeBackend(ort, { executionProviders: [provider] });
  return { backend, version: ort.env.versions.node ?? ort.env.versions.common };
}

async function tfjs(name: string, register: () => Promise<unknown>): Promise<OpenBackend> {
  const { env, version_core: version } = await import('@tensorflow/tfjs-core');
  // Without it tfjs prints advertisements for its other packages.
  env().set('PROD', true);
  await register();
  const { tfjsBackend } = await import('@regional-saliency/tfjs');
  return { backend: tfjsBackend({ name }), version };
}

async function registerWasm(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  // The package's .wasm files lie beside its entry; in Node they are read from there.
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(entry) + sep);
}

async function registerNode(): Promise<void> {
  // TensorFlow's own notes on the processor are no news here.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  await import('@tensorflow/tfjs-node').catch((cause) => {
    throw new SaliencyError(
      'backend',
      '@tensorflow/tfjs-node is not installed, or its native addon is not built: install it beside this package',
      { cause },
    );
  });
}

const backends = {
  onnxruntime: () => onnxruntime('cpu'),
  'onnxruntime-webgpu': () => onnxruntime('webgpu'),
  'tfjs-cpu': () => tfjs('cpu', () => import('@tensorflow/tfjs-backend-cpu')),
  'tfjs-wasm': () => tfjs('wasm', registerWasm),
  'tfjs-node': () => tfjs('tensorflow', registerNode),
} satisfies Record<string, () => Promise<OpenBackend>>;

export type BackendName = keyof typeof backends;

/** The backends that the command line knows. */
export const backendNames = Object.keys(backends) as [BackendName, ...BackendName[]];

/** @throws SaliencyError `unknown-name`, or `backend` where it can't be loaded */
export async function openBackend(name: string): Promise<OpenBackend> {
  const open = (backends as Record<string, () => Promise<OpenBackend>>)[name];
  if (!open) {
    throw new SaliencyError(
      'unknown-name',
      `no backend is called "${name}": choose ${backendNames.join(', ')}`,
    );
  }
  return await open();
}
