/** The suites on tfjs-node-gpu, where it is installed and there is a GPU. */
import { spawnSync } from 'node:child_process';
import { describeConformance, describeGradients } from '@regional-saliency/conformance';
import { describe } from 'vitest';
import { tfjsBackend } from '../src/index';

// TensorFlow would round what it multiplies to 10 bits (TF32). Read when it starts.
process.env.NVIDIA_TF32_OVERRIDE = '0';

async function missing(): Promise<string | undefined> {
  const { status } = spawnSync('nvidia-smi', ['-L'], { stdio: 'ignore' });
  if (status !== 0) return 'no GPU of NVIDIA’s: nvidia-smi finds none';
  // Not among the dependencies: its install script fetches TensorFlow for CUDA.
  const name = '@tensorflow/tfjs-node-gpu';
  return import(name).then(
    () => undefined,
    (reason: unknown) => `${name} can't be loaded: ${(reason as Error).message.split('\n')[0]}`,
  );
}

const reason = await missing();
const title = 'tfjs-node-gpu';
describe.runIf(!reason)(reason ? `${title} is left out: ${reason}` : title, () => {
  const backend = () => tfjsBackend({ name: 'tensorflow' });
  describeConformance(title, backend, { randomRuns: 20 });
  describeGradients(title, backend, { runs: 5 });
});
