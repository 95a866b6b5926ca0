/** Takes the GPU away from onnxruntime-web, between runs and during one, and tries again. */
import { Builder, N, type SaliencyError, type Session, tensor } from '@regional-saliency/core';
import * as ort from 'onnxruntime-web/webgpu';
import { onnxruntimeBackend } from '../../src/index';

export interface Losses {
  /** What the program gave before, after the first loss and after the second. */
  readonly results: readonly (readonly number[])[];
  /** What runs ended in: during the loss, after it, and of another session made while the first is there. */
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

export async function loseGpu(): Promise<Losses> {
  const g = new Builder();
  const x = g.input('x', [N, 2]);
  const program = g.finish({ inputs: [x], outputs: { y: g.op('Relu', [x]) } });
  const run = async (session: Session) => {
    const { y } = await session.run({ x: tensor([-1, 2], [1, 2]) });
    return [...y!.data].map(Number);
  };
  const results: number[][] = [];
  const errors: { code: string; message: string }[] = [];
  for (const when of ['between', 'during', 'never']) {
    const session = await onnxruntimeBackend(ort, { executionProviders: ['webgpu'] }).load(program);
    results.push(await run(session));
    if (when === 'never') break;
    const running = when === 'during' ? run(session) : undefined;
    const device = (await ort.env.webgpu.device) as unknown as { destroy(): void };
    device.destroy();
    const another = async () =>
      run(await onnxruntimeBackend(ort, { executionProviders: ['webgpu'] }).load(program));
    for (const attempt of [running ?? run(session), run(session), another()]) {
      const error: unknown = await attempt.then(
        () => new Error('it gave a result'),
        (reason: unknown) => reason,
      );
      const { code, message } = error as SaliencyError;
      errors.push({ code, message });
    }
    await session.dispose();
  }
  return { results, errors };
}
