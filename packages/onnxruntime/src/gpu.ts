/**
 * The GPU behind onnxruntime-web's WebGPU provider, which the browser may take away at any time.
 *
 * onnxruntime 1.30 does not notice: what it then waits for never comes.
 */
import { SaliencyError } from '@regional-saliency/core';

/** What is used of a GPUDevice. */
interface Device {
  readonly lost: Promise<{ readonly message: string }>;
}

export interface Gpu {
  /** Whether it is gone, as far as is known now. */
  isLost(): boolean;
  /** Fails, as a SaliencyError, once it is gone. */
  readonly loss: Promise<never>;
  /** The sessions on it that are not disposed. While there are any, onnxruntime starts no other device. */
  readonly sessions: Set<object>;
  /** Ends when what was last begun on it ends. */
  last: Promise<unknown>;
}

const known = new WeakMap<object, Gpu>();

/** @param device what onnxruntime computes on; undefined where that is no GPU, or in Node */
export function gpuOf(device: unknown, name: string): Gpu | undefined {
  const { lost } = (device ?? {}) as Partial<Device>;
  if (!lost) return undefined;
  const found = known.get(device as Device);
  if (found) return found;
  let gone = false;
  const loss = lost.then(({ message }): never => {
    gone = true;
    throw new SaliencyError(
      'backend',
      `${name} lost the GPU${message && ` (${message})`}: dispose of all explainers on it, then create them again`,
    );
  });
  // Whether anybody waits for it or not.
  loss.catch(() => undefined);
  const gpu: Gpu = { isLost: () => gone, loss, sessions: new Set(), last: Promise.resolve() };
  known.set(device as Device, gpu);
  return gpu;
}

/** How long a failing run waits to learn whether the GPU is gone, in ms: the browser says so a little later. */
const PATIENCE = 200;

/**
 * Work on a GPU, one after another: while onnxruntime-web waits for one thing it can't wait for a second, and where the GPU is
 * lost then, it blocks the page for ever.
 *
 * @throws SaliencyError where the GPU is lost before or meanwhile, whatever else is the outcome
 */
export function inTurn<Result>(gpu: Gpu | undefined, work: () => Promise<Result>): Promise<Result> {
  if (!gpu) return work();
  const turn = gpu.last.then(() => whileThere(gpu, work));
  gpu.last = turn.catch(() => undefined);
  return turn;
}

async function whileThere<Result>(gpu: Gpu, work: () => Promise<Result>): Promise<Result> {
  if (gpu.isLost()) return gpu.loss;
  try {
    const result = await Promise.race([work(), gpu.loss]);
    return gpu.isLost() ? await gpu.loss : result;
  } catch (error) {
    await Promise.race([gpu.loss, new Promise((waited) => setTimeout(waited, PATIENCE))]);
    throw error;
  }
}
