/** The tfjs backends that tests run on, and why tfjs-node is missing where it is. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';

async function nodeAddonLoads(): Promise<boolean> {
  try {
    await import('@tensorflow/tfjs-node');
    return true;
  } catch {
    return false;
  }
}

export const hasNode = await nodeAddonLoads();

export const backends = [
  { name: 'cpu', title: 'tfjs cpu', here: true },
  { name: 'wasm', title: 'tfjs wasm', here: true },
  {
    name: 'tensorflow',
    title: hasNode ? 'tfjs-node' : 'tfjs-node (its addon is missing: run node tools/tfjs-node/build.mjs)',
    here: hasNode,
  },
] as const;

await tf.setBackend('cpu');
