/** Everything that needs no TensorFlow.js, as TypeScript sees it: with `skipLibCheck: false`, so declarations are checked too. */
import { chestRegions } from '@regional-saliency/chest';
import { createExplainer, type Explanation, type Method, tensor } from '@regional-saliency/core';
import { gradCam, gradient } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { grid, type Region, reduceChannels, scoreRegions } from '@regional-saliency/regions';
import { bootstrap } from '@regional-saliency/stats';
import { type Item, SaliencyViewer } from '@regional-saliency/viewer';
import { createWorkerExplainer, type WorkerExplainer } from '@regional-saliency/worker';
import * as ort from 'onnxruntime-node';

const methods: Method[] = [gradient(), gradCam({ layer: 'layer3' })];
export async function explain(bytes: Uint8Array): Promise<Explanation> {
  const explainer = await createExplainer(readOnnx(bytes), {
    backend: onnxruntimeBackend(ort),
    method: methods,
  });
  return explainer.explain(tensor(new Float32Array(128 * 128), [1, 1, 128, 128]));
}
export function scores(
  { relevance }: Explanation,
  regions: Region[] = grid({ rows: 1, columns: 3 }),
): number[] {
  return scoreRegions(reduceChannels(relevance, 'sum-abs'), regions, { aggregate: 'mean' }).map(
    ({ score }) => score,
  );
}
export const interval = bootstrap([1, 2, 3, 4], (values) => values[0]!).interval;
export const viewer = (items: readonly Item[]): SaliencyViewer =>
  Object.assign(new SaliencyViewer(), { items });
export const elsewhere = (worker: Worker): Promise<WorkerExplainer> =>
  createWorkerExplainer(worker, {
    model: { onnx: new Uint8Array() },
    backend: 'wasm',
    method: { gradient: {} },
  });
export const chest: typeof chestRegions = chestRegions;
// @ts-expect-error: no method is called so; what a typo gives is an error and not `any`.
export { gradCamm } from '@regional-saliency/methods';
