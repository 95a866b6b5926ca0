/** The page's side: the worker computes; the page shows how far it is, stops it, and paints what comes back. */
import { tensor } from '@regional-saliency/core';
import { reduceChannels } from '@regional-saliency/regions';
import { createWorkerExplainer, type WorkerExplainer } from '@regional-saliency/worker';

const find = <T extends Element>(selector: string) => document.querySelector<T>(selector)!;
const pen = find<HTMLCanvasElement>('canvas').getContext('2d', { willReadFrequently: true })!;
const [start, cancel] = [find<HTMLButtonElement>('#explain'), find<HTMLButtonElement>('#cancel')];
const bar = find<HTMLProgressElement>('progress');
const status = find('[role=status]');

const xray = new Image();
xray.src = new URL('../node/xray.png', import.meta.url).href;
await xray.decode();
pen.drawImage(xray, 0, 0, 128, 128);
const shown = pen.getImageData(0, 0, 128, 128);
// One channel, with the mean and deviation that the network was trained with.
const pixels = Float32Array.from({ length: 128 * 128 }, (_, at) => (shown.data[4 * at]! / 255 - 0.5) / 0.25);

let explainer: WorkerExplainer | undefined;
async function open(): Promise<WorkerExplainer> {
  const file = await fetch(new URL('../demo/models/fair.onnx', import.meta.url));
  if (!file.ok) throw new Error(`the model: HTTP ${file.status}`);
  const worker = new Worker(new URL('./saliency.worker.ts', import.meta.url), { type: 'module' });
  return createWorkerExplainer(worker, {
    model: { onnx: new Uint8Array(await file.arrayBuffer()) },
    backend: 'wasm',
    method: { occlusion: { window: 16, stride: 4 } },
    transfer: true,
  });
}

start.onclick = async () => {
  const stop = new AbortController();
  cancel.onclick = () => stop.abort();
  start.disabled = true;
  cancel.disabled = false;
  bar.value = 0;
  status.textContent = 'Explaining …';
  try {
    explainer ??= await open();
    const { target, relevance } = await explainer.explain(tensor(pixels, [1, 1, 128, 128]), {
      signal: stop.signal,
      progress(done, total) {
        bar.max = total;
        bar.value = done;
      },
    });
    paint(reduceChannels(relevance, 'positive').data);
    status.textContent = `Class ${target[0]}, by what ${bar.max} covered windows changed.`;
  } catch (error) {
    status.textContent = stop.signal.aborted
      ? `Stopped at ${bar.value} of ${bar.max} windows.`
      : `It can't be explained: ${(error as Error).message}`;
  } finally {
    start.disabled = false;
    cancel.disabled = true;
  }
};

/** The X-ray, the more orange the more a pixel spoke for the class. */
function paint(map: ArrayLike<number>): void {
  const strongest = Array.from(map).reduce((most, value) => Math.max(most, value), 0) || 1;
  const painted = new ImageData(Uint8ClampedArray.from(shown.data), 128, 128);
  for (let at = 0; at < map.length; at++)
    [255, 140, 0].forEach((colour, channel) => {
      painted.data[4 * at + channel]! +=
        ((0.7 * map[at]!) / strongest) * (colour - shown.data[4 * at + channel]!);
    });
  pen.putImageData(painted, 0, 0);
}
