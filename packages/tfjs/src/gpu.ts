/**
 * The GPU behind tfjs's webgl and webgpu backends, which the browser may take away at any time: a driver is reset, a
 * laptop changes cards, a page in the background is told to give memory back.
 *
 * tfjs 4.22 does not notice: on webgl it then computes zeros, or waits for ever, and it starts neither of them again.
 */
import { SaliencyError } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';

export interface Gpu {
  /** Whether it is gone, as far as is known now. */
  isLost(): boolean;
  /** Fails, as a SaliencyError, once it is gone. */
  readonly loss: Promise<never>;
  /**
   * Listens from now on to what WebGPU refuses to run. tfjs does not: whatever a refused shader shares a submission with
   * leaves its outputs as they were, and what they hold is taken for the result.
   *
   * @returns ends the listening, and says as an error what was refused meanwhile, if anything was
   */
  listen?(): () => Promise<SaliencyError | undefined>;
}

/** What is used of tfjs's own backends. */
interface Parts {
  readonly gpgpu?: { readonly gl: WebGLRenderingContext };
  readonly device?: {
    readonly lost?: Promise<{ readonly message: string }>;
    pushErrorScope(filter: 'validation'): void;
    popErrorScope(): Promise<{ readonly message: string } | null>;
  };
}

const known = new WeakMap<object, Gpu>();

/** The GPU of a tfjs backend that has started; undefined where it has none. */
export function gpuOf(backend: object | undefined, name: string): Gpu | undefined {
  if (!backend) return undefined;
  const found = known.get(backend);
  if (found) return found;
  const { gpgpu, device } = backend as Parts;
  let lost = false;
  const lose = (reason: string) => {
    lost = true;
    return new SaliencyError(
      'backend',
      `tfjs's ${name} backend lost the GPU${reason && ` (${reason})`}: create the explainer again, which starts it anew; models and tensors of your own that lay there must be loaded again`,
    );
  };
  let gpu: Gpu | undefined;
  if (gpgpu) {
    const { gl } = gpgpu;
    const loss = new Promise<never>((_, reject) => {
      gl.canvas.addEventListener('webglcontextlost', () => reject(lose('its WebGL context')));
    });
    gpu = { isLost: () => lost || gl.isContextLost(), loss };
  } else if (device?.lost) {
    const loss = device.lost.then(({ message }) => Promise.reject<never>(lose(message)));
    const listen = () => {
      device.pushErrorScope('validation');
      // Of a device that was lost the scopes are gone too.
      return () =>
        device.popErrorScope().then(
          (refused) =>
            refused
              ? new SaliencyError(
                  'backend',
                  `the GPU refused what tfjs's ${name} backend asked of it: ${refused.message}`,
                )
              : undefined,
          () => undefined,
        );
    };
    gpu = { isLost: () => lost, loss, listen };
  }
  if (!gpu) return undefined;
  // Whether anybody waits for it or not.
  gpu.loss.catch(() => undefined);
  known.set(backend, gpu);
  return gpu;
}

/**
 * Awaits work that begins at once, up to its last command to the GPU.
 *
 * @throws SaliencyError `backend` where the GPU refused any of the commands
 */
export function heard<Result>(gpu: Gpu | undefined, begin: () => Promise<Result>): Promise<Result> {
  const stop = gpu?.listen?.();
  const running = begin();
  // A device's listeners are a stack: this one stops before another can start.
  const stopped = stop?.();
  return running.finally(async () => {
    const refusal = await stopped;
    if (refusal) throw refusal;
  });
}

/** How long a failing run waits to learn whether the GPU is gone, in ms: the browser says so a little later. */
const PATIENCE = 200;

/** Work on a GPU: where that is lost meanwhile, fails with a word about it, whatever else was the outcome. */
export async function whileThere<Result>(gpu: Gpu | undefined, work: () => Promise<Result>): Promise<Result> {
  if (!gpu) return work();
  if (gpu.isLost()) return gpu.loss;
  try {
    const result = await Promise.race([work(), gpu.loss]);
    return gpu.isLost() ? await gpu.loss : result;
  } catch (error) {
    await Promise.race([gpu.loss, new Promise((waited) => setTimeout(waited, PATIENCE))]);
    throw error;
  }
}

/** Makes tfjs forget a started backend, so that it starts again when next set. */
export function forget(name: string): void {
  const engine = tf.engine();
  const { factory, priority } = engine.registryFactory[name]!;
  try {
    tf.removeBackend(name);
  } catch {
    // What it would free went with the GPU.
    delete engine.registry[name];
    delete engine.registryFactory[name];
  }
  tf.registerBackend(name, factory, priority);
}
