/** What the viewer shows of a patient: the demo's network on a drawn X-ray, and what share of each map a region holds. */
import { createExplainer, type Explainer, tensor } from '@regional-saliency/core';
import { gradCam, lrpEpsilonPlus } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { labelMap, reduceChannels, scoreRegions } from '@regional-saliency/regions';
import type { Item } from '@regional-saliency/viewer';
import * as ort from 'onnxruntime-web/wasm';
import { phantom, size } from '../demo/phantom';

let explainer: Promise<Explainer> | undefined;
async function open(): Promise<Explainer> {
  const file = await fetch(new URL('../demo/models/fair.onnx', import.meta.url));
  if (!file.ok) throw new Error(`the model: HTTP ${file.status}`);
  return createExplainer(readOnnx(new Uint8Array(await file.arrayBuffer())), {
    backend: onnxruntimeBackend(ort, { executionProviders: ['wasm'] }),
    method: [gradCam({ layer: 'layer3' }), lrpEpsilonPlus()],
  });
}

export async function explainPatient(patient: number): Promise<Item> {
  const { pixels, labels } = phantom({ seed: 2026, image: patient, group: 'pneumonia', lung: 'right-lung' });
  const image = new ImageData(size, size);
  pixels.forEach((grey, at) => {
    image.data.set([grey, grey, grey, 255], 4 * at);
  });
  const regions = labelMap(
    { data: labels, shape: [size, size], dtype: 'uint8' },
    { 1: 'right lung', 2: 'left lung', 3: 'heart' },
  );

  explainer ??= open();
  // One channel, with the mean and deviation that the network was trained with.
  const input = Float32Array.from(pixels, (grey) => (grey / 255 - 0.5) / 0.25);
  const { target, relevances } = await (await explainer).explain(tensor(input, [1, 1, size, size]));
  const maps = Object.entries({
    'Grad-CAM': relevances['grad-cam']!,
    LRP: relevances['lrp-epsilon-plus']!,
  }).map(([method, relevance]) => {
    const map = reduceChannels(relevance, 'positive');
    return { method, map, scores: scoreRegions(map, regions, { aggregate: 'share' }) };
  });
  return {
    name: `Patient ${patient}`,
    detail: target[0] === 1 ? 'predicted pneumonia' : 'predicted normal',
    image,
    maps: Object.fromEntries(
      maps.map(({ method, map }) => [method, { data: map.data, width: size, height: size }]),
    ),
    regions: regions.map((region, at) => ({
      name: region.name,
      mask: region.mask,
      score: Object.fromEntries(maps.map(({ method, scores }) => [method, scores[at]!.score])),
    })),
  };
}
