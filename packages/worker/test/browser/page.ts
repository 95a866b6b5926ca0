/** What the tests ask of a page that explains in a worker. */
import { offer } from '@regional-saliency/conformance/in-page';
import { createExplainer, type SaliencyError, type Tensor, tensor } from '@regional-saliency/core';
import { gradCam, gradient, occlusion } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-web/wasm';
import { createWorkerExplainer } from '../../src/index';

ort.env.wasm.wasmPaths = '/ort/';
ort.env.wasm.numThreads = 1;

let runs = 0;
const worker = new Worker(new URL('./saliency.worker.js', import.meta.url), { type: 'module' });
worker.addEventListener('message', ({ data }) => {
  if (data === 'run') runs++;
});

const address = '/fair.onnx';
const fetched = async () => new Uint8Array(await (await fetch(address)).arrayBuffer());
const image = (): Tensor =>
  tensor(
    Float32Array.from({ length: 128 * 128 }, (_, at) => Math.sin(at / 99)),
    [1, 1, 128, 128],
  );
/** Windows that make some hundred variants. */
const windows = { window: 16, stride: 8 };

/** How long each task of the main thread took that was longer than 50 ms, while something ran. */
async function longTasksDuring(work: () => Promise<unknown>): Promise<number[]> {
  const seen: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.push(duration);
  });
  observer.observe({ type: 'longtask' });
  await work();
  // Entries come a little later.
  await new Promise((waited) => setTimeout(waited, 300));
  observer.disconnect();
  return seen;
}

offer({
  /** The maps of several methods, from the worker and from here. */
  async maps() {
    const there = await createWorkerExplainer(worker, {
      model: { onnx: await fetched() },
      backend: 'wasm',
      method: ['gradient', { 'grad-cam': { layer: 'layer3' } }, { occlusion: windows }],
    });
    const here = await createExplainer(readOnnx(await fetched()), {
      backend: onnxruntimeBackend(ort, { executionProviders: ['wasm'] }),
      method: [gradient(), gradCam({ layer: 'layer3' }), occlusion(windows)],
    });
    const [a, b] = [await there.explain(image()), await here.explain(image())];
    await there.dispose();
    await here.dispose();
    return Object.entries(a.relevances).map(([id, map]) => {
      const other = b.relevances[id]!;
      const same = map.data.length > 0 && map.data.every((value, at) => value === other.data[at]);
      return [id, map.shape, same];
    });
  },

  /** Long tasks of the main thread: while the worker explains, and while the page does it itself. */
  async longTasks(where: 'worker' | 'page') {
    const method = { occlusion: { window: 16, stride: 4 } };
    const progress: number[] = [];
    const options = { progress: (done: number) => progress.push(done) };
    const explainer =
      where === 'worker'
        ? await createWorkerExplainer(worker, { model: { url: address }, backend: 'wasm', method })
        : await createExplainer(readOnnx(await fetched()), {
            backend: onnxruntimeBackend(ort, { executionProviders: ['wasm'] }),
            method: occlusion(method.occlusion),
          });
    const tasks = await longTasksDuring(() => explainer.explain(image(), options));
    await explainer.dispose();
    return { tasks, progress };
  },

  /** Runs of the worker when it was told to stop, and when the next thing asked for was done. */
  async stop() {
    const explainer = await createWorkerExplainer(worker, {
      model: { url: address },
      backend: 'wasm',
      method: { occlusion: { window: 16, stride: 2 } },
      batch: 1,
    });
    const controller = new AbortController();
    let atStop = 0;
    let total = 0;
    const error = await explainer
      .explain(image(), {
        signal: controller.signal,
        progress: (done, all) => {
          total = all;
          if (done < 5 || controller.signal.aborted) return;
          controller.abort();
          atStop = runs;
        },
      })
      .then(
        () => undefined,
        (reason: unknown) => reason as DOMException,
      );
    await explainer.dispose();
    return { name: error?.name, after: runs - atStop, total };
  },

  async error(kind: 'method' | 'image' | 'file' | 'model') {
    const wanted = { model: { url: address }, backend: 'wasm', method: 'gradient' };
    const attempt = async () => {
      if (kind === 'method') return createWorkerExplainer(worker, { ...wanted, method: 'lrp' });
      if (kind === 'model')
        return createWorkerExplainer(worker, { ...wanted, model: { onnx: new Uint8Array(9) } });
      if (kind === 'file') {
        const missing = new Worker('/nowhere.js', { type: 'module' });
        return createWorkerExplainer(missing, wanted);
      }
      const explainer = await createWorkerExplainer(worker, wanted);
      return explainer.explain(tensor(new Float32Array(128 * 128).fill(Number.NaN), [1, 1, 128, 128]));
    };
    const error = await attempt().then(
      () => undefined,
      (reason: unknown) => reason as SaliencyError,
    );
    return { name: error?.name, code: error?.code, message: error?.message };
  },
});
