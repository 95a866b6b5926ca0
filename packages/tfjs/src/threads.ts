/**
 * Threads of tfjs's wasm backend, in pages whose policy forbids them.
 *
 * On a cross-origin isolated page tfjs 4.22 starts its threads as workers from `blob:` addresses, and waits for them for
 * ever where the page's Content-Security-Policy (`worker-src`) does not allow those. It is told to do without, then.
 */
import * as tf from '@tensorflow/tfjs-core';

const FLAG = 'WASM_HAS_MULTITHREAD_SUPPORT';

/** To be called before the wasm backend starts. A caller's own setting of the flag is kept if it is false. */
export async function withoutForbiddenThreads(): Promise<void> {
  if (typeof Worker === 'undefined' || typeof URL.createObjectURL !== 'function') return;
  if (!(await tf.env().getAsync(FLAG))) return;
  if (!(await blobWorkersRun())) tf.env().set(FLAG, false);
}

function blobWorkersRun(): Promise<boolean> {
  const url = URL.createObjectURL(new Blob(['postMessage(0)'], { type: 'text/javascript' }));
  return new Promise<boolean>((settle) => {
    const worker = new Worker(url);
    const end = (runs: boolean) => {
      worker.terminate();
      URL.revokeObjectURL(url);
      settle(runs);
    };
    worker.onmessage = () => end(true);
    worker.onerror = () => end(false);
  }).catch(() => false);
}
