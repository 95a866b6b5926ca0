/** One X-ray explained in Node: what the network says, where it looked, and how much of that is in each region. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createExplainer } from '@regional-saliency/core';
import { gradCam } from '@regional-saliency/methods';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { grid, reduceChannels, scoreRegions } from '@regional-saliency/regions';
import { drawOverlay, encodePng, preprocess, readImage, readModel } from '@regional-saliency/study';
import * as ort from 'onnxruntime-node';

const { graph } = await readModel('examples/demo/models/fair.onnx');
const explainer = await createExplainer(graph, {
  backend: onnxruntimeBackend(ort),
  method: gradCam({ layer: 'layer3' }),
});

// Size, channels, mean and deviation are what the model was trained with.
const { tensor, shown } = preprocess(await readImage('examples/node/xray.png'), {
  size: [128, 128],
  channels: 1,
  mean: [0.5],
  std: [0.25],
});
const { output, target, relevance } = await explainer.explain(tensor);
await explainer.dispose();
console.log(
  `class ${target[0]} of scores ${Array.from(output.data as Float32Array, (score) => score.toFixed(2))}`,
);

const maps = reduceChannels(relevance, 'sum-abs');
const halves = grid({ rows: 1, columns: 2, names: ['right lung’s half', 'left lung’s half'] });
for (const { region, score } of scoreRegions(maps, halves, { aggregate: 'share' })) {
  console.log(`${region}: ${(100 * score).toFixed(0)} % of the relevance`);
}

const map = { width: 128, height: 128, data: maps.data as Float64Array };
await mkdir('out', { recursive: true });
await writeFile('out/node.png', await encodePng(drawOverlay(shown, map)));
