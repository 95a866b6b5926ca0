/** The tfjs backends that tests run on, and why tfjs-node is missing where it is. */
import type { Backend } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { arraysOf } from '../src/arrays';
import { loadSession } from '../src/backend';

async function nodeAddonLoads(): Promise<boolean> {
  try {
    await import('@tensorflow/tfjs-node');
    return true;
  } catch {
    return false;
  }
}

const hasNode = await nodeAddonLoads();

export const backends = [
  { name: 'cpu', title: 'tfjs cpu', here: true },
  { name: 'wasm', title: 'tfjs wasm', here: true },
  {
    name: 'tensorflow',
    title: hasNode ? 'tfjs-node' : 'tfjs-node (its addon is missing: run node tools/tfjs-node/build.mjs)',
    here: hasNode,
  },
] as const;

/** The cpu backend treated as a GPU is: what it holds can't be read as arrays between the steps. */
export const withoutArrays: Backend = {
  name: 'tfjs cpu without arrays',
  async load(program) {
    await tf.setBackend('cpu');
    return loadSession(program, { name: 'cpu', arrays: undefined });
  },
};

/** The wasm backend as it is with threads, which our own kernels can't be used with. */
export const withoutSimd: Backend = {
  name: 'tfjs wasm without kernels of our own',
  async load(program) {
    await tf.setBackend('wasm');
    return loadSession(program, { name: 'wasm', arrays: arraysOf('wasm') });
  },
};

await tf.setBackend('cpu');
