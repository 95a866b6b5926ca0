/**
 * The GPU behind onnxruntime-web's WebGPU provider, which the browser may take away at any time.
 *
 * onnxruntime 1.30 then fails in words of its own, and goes on failing until the last session on that device is released.
 */
import { SaliencyError } from '@regional-saliency/core';

/** What is used of a GPUDevice. */
interface Device {
  readonly lost: Promise<{ readonly message: string }>;
}

export interface Gpu {
  /** Why it is gone; undefined where it is not, as far as is known now. */
  lost(): SaliencyError | undefined;
  /** The same, after giving the browser a moment to say so: a run fails a little before it does. */
  lostSoon(): Promise<SaliencyError | undefined>;
}

/** How long is waited for the word, in ms. */
const PATIENCE = 200;

export function gpuOf(device: unknown, name: string): Gpu | undefined {
  const { lost } = (device ?? {}) as Partial<Device>;
  if (!lost) return undefined;
  let error: SaliencyError | undefined;
  const known = lost.then(({ message }) => {
    error = new SaliencyError(
      'backend',
      `${name} lost the GPU${message && ` (${message})`}: dispose of all explainers on it, then create them again`,
    );
    return error;
  });
  return {
    lost: () => error,
    lostSoon: () =>
      Promise.race([known, new Promise<undefined>((waited) => setTimeout(waited, PATIENCE, undefined))]),
  };
}
