/** Whether onnxruntime's CUDA provider can run here: a GPU of NVIDIA's, and the provider's library. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Why CUDA can't run here; undefined where it can. */
export function withoutCuda(): string | undefined {
  const { status } = spawnSync('nvidia-smi', ['-L'], { stdio: 'ignore' });
  if (status !== 0) return 'no GPU of NVIDIA’s: nvidia-smi finds none';
  const module = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const library = join(
    module,
    `bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime_providers_cuda.so`,
  );
  if (existsSync(library)) return undefined;
  return 'the provider’s library is missing: run node_modules/onnxruntime-node/script/install.js';
}
