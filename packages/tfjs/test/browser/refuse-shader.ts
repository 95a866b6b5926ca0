/** Has WebGPU refuse the shaders of one run, as a browser may with any that tfjs writes, and runs again without that. */
import { Builder, N, type SaliencyError, tensor } from '@regional-saliency/core';
import { findBackend } from '@tensorflow/tfjs-core';
import { tfjsBackend } from '../../src/index';

export interface Refusal {
  readonly error: { readonly code: string; readonly message: string };
  /** What the next run gave. */
  readonly next: readonly number[];
}

export async function refuseShader(): Promise<Refusal> {
  const g = new Builder();
  const x = g.input('x', [N, 2]);
  const program = g.finish({ inputs: [x], outputs: { y: g.op('Relu', [x]) } });
  const session = await tfjsBackend({ name: 'webgpu' }).load(program);
  const backend = findBackend('webgpu') as unknown as { readonly device: GPUDevice; pipelineCache: object };
  const { device } = backend;
  const compile = device.createShaderModule;
  const run = () => {
    backend.pipelineCache = {};
    return session.run({ x: tensor([-1, 2], [1, 2]) });
  };
  device.createShaderModule = (descriptor) =>
    compile.call(device, { ...descriptor, code: `${descriptor.code} none of WGSL` });
  const error: unknown = await run().then(
    () => new Error('it gave a result'),
    (reason: unknown) => reason,
  );
  device.createShaderModule = compile;
  const { y } = await run();
  await session.dispose();
  const { code, message } = error as SaliencyError;
  return { error: { code, message }, next: [...y!.data].map(Number) };
}
