/**
 * `tsx tools/models/same.ts [NETWORK]`: one network of keras.applications as LayersModel, GraphModel and ONNX, on tfjs and on
 * onnxruntime: the same gradient, Grad-CAM and EpsilonPlus to 1e-4 of the largest value, or an exit code of 1.
 *
 * The default network has smooth activations and no sum that cancels. Elsewhere a rectifier may open on one backend and not on
 * another by rounding: MobileNetV2's gradient differs by 1e-2 for two or three gates (run.ts counts them). And where the branches
 * of a residual sum cancel, EpsilonPlus shares its relevance in proportions that rounding decides. MobileNetV2's is the same to
 * 6e-6; with weights whose statistics another processor had computed, unit 3363 of block_5_add was 0.8421169 - 0.8421132 = 3.7e-6
 * in the first image, so that its shares of relevance were off by up to 3e-2 of their layer's largest, and the map by 5e-4 at the
 * pixels below it.
 */
import { readFileSync } from 'node:fs';
import { createExplainer, tensor } from '@regional-saliency/core';
import { gradCam, gradient, lrpEpsilonPlus } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';
import { errorsOf, worst } from '../parity/compare';
import { floats } from './case';
import { entries } from './list';
import { cache, caseOf } from './make';
import { readTfjs, wasm } from './tfjs-side';

const network = process.argv[2] ?? 'efficientnetb0';
const forms = ['layers', 'graph', 'onnx'].map((form) => {
  const entry = entries.find(({ name }) => name === `keras-${network}.${form}`);
  if (!entry) throw new Error(`there is no keras-${network}.${form}: run.ts --list lists them`);
  return entry;
});
const backends = [await wasm(), onnxruntimeBackend(ort, { threads: 1 })];

let first: Readonly<Record<string, Float32Array>> | undefined;
let far = false;
for (const entry of forms) {
  const about = await caseOf(entry);
  if (about.objective.kind !== 'class') throw new Error(`${entry.name} is no classifier`);
  const folder = `${cache}${entry.name}/`;
  const graph =
    entry.format === 'ONNX' ? readOnnx(readFileSync(`${folder}model.onnx`)) : readTfjs(entry.format, folder);
  const [count, height, width, channels] = about.shape as [number, number, number, number];
  const data = floats(`${folder}images.f32`);
  const moved = data.map((_, at) => {
    const [place, plane] = [at % (height * width), Math.floor(at / (height * width))];
    return data[(Math.floor(plane / channels) * height * width + place) * channels + (plane % channels)]!;
  });
  for (const backend of backends) {
    const method = [gradient(), gradCam(), lrpEpsilonPlus()];
    const explainer = await createExplainer(graph, { backend, method, target: 'input' });
    const images = tensor(moved, [count, channels, height, width]);
    const { relevances } = await explainer.explain(images, { target: [...about.objective.targets] });
    await explainer.dispose();
    const maps = Object.fromEntries(
      Object.entries(relevances).map(([id, map]) => [id, map.data as Float32Array]),
    );
    first ??= maps;
    const errors = Object.entries(maps).map(
      ([id, map]) => [id, worst(errorsOf(map, first![id]!, count))] as const,
    );
    if (errors.some(([, error]) => error > 1e-4)) far = true;
    const shown = errors.map(([id, error]) => `${id} ${error.toExponential(1)}`).join('   ');
    console.log(`${entry.name.padEnd(28)} ${backend.name.padEnd(24)} ${shown}`);
  }
}
process.exitCode = far ? 1 : 0;
