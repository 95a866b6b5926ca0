/** Takes the GPU away from a tfjs backend, between runs and during one, and tries again. */
import {
  Builder,
  createExplainer,
  type Graph,
  type Method,
  N,
  type SaliencyError,
  tensor,
} from '@regional-saliency/core';
import { findBackend } from '@tensorflow/tfjs-core';
import { tfjsBackend } from '../../src/index';

const gradient: Method = {
  id: 'gradient',
  options: {},
  build: ({ input, backward }) => backward([input]).get(input)!,
};

function model(): Graph {
  const g = new Builder();
  const x = g.input('x', [N, 2]);
  const y = g.op('Relu', [g.matMul(x, g.constant([1, -1, 2, 3, 1, 1], [2, 3]))]);
  return g.finish({ inputs: [x], outputs: { y } });
}

function takeAway(name: string): void {
  const backend = findBackend(name) as unknown as {
    readonly gpgpu?: { readonly gl: WebGL2RenderingContext };
    readonly device?: { destroy(): void };
  };
  backend.gpgpu?.gl.getExtension('WEBGL_lose_context')?.loseContext();
  backend.device?.destroy();
}

export interface Losses {
  /** The gradient before, after the first loss and after the second. */
  readonly relevance: readonly (readonly number[])[];
  /** What runs ended in: during the loss, and after it. */
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

export async function loseGpu(name: string): Promise<Losses> {
  const image = tensor([1, 2], [1, 2]);
  const relevance: number[][] = [];
  const errors: { code: string; message: string }[] = [];
  for (const when of ['between', 'during', 'never']) {
    const explainer = await createExplainer(model(), { backend: tfjsBackend({ name }), method: gradient });
    relevance.push([...(await explainer.explain(image)).relevance.data].map(Number));
    if (when === 'never') break;
    const running = when === 'during' ? explainer.explain(image) : undefined;
    takeAway(name);
    for (const run of [running ?? explainer.explain(image), explainer.explain(image)]) {
      const error: unknown = await run.then(
        () => new Error('it gave a result'),
        (reason: unknown) => reason,
      );
      const { code, message } = error as SaliencyError;
      errors.push({ code, message });
    }
    await explainer.dispose();
  }
  return { relevance, errors };
}
