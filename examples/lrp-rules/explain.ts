/** LRP with a rule of one's own, in a composite that says which layer it is for. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createExplainer } from '@regional-saliency/core';
import {
  basicRule,
  byName,
  byOperator,
  epsilon,
  flat,
  layerwise,
  lrp,
  lrpEpsilonPlus,
  mixed,
  same,
  specialFirst,
  stabilize,
  zPlus,
} from '@regional-saliency/methods';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { reduceChannels } from '@regional-saliency/regions';
import { drawOverlay, encodePng, preprocess, readImage, readModel } from '@regional-saliency/study';
import * as ort from 'onnxruntime-node';

/**
 * A weight counts by its strength alone: relevance is shared out by |w| · x. The layer's forward pass and gradient are run on what
 * `branches` makes of input and weights; `divide` says what goes back into each branch.
 */
const byStrength = basicRule({
  branches: () => [{ input: same, weights: (g, weights) => g.op('Abs', [weights]) }],
  divide: ({ g }, relevance, [sum]) => [g.div(relevance, stabilize(g, sum!, 1e-6))],
});

/** Equal parts at the first layer; the new rule in the second stage, z⁺ in other convolutions, ε in dense layers. */
const own = lrp(
  'lrp-by-strength',
  specialFirst(
    byOperator({ linear: flat() }),
    mixed(byName({ 'layer2.**': byStrength }), layerwise(byOperator({ Conv: zPlus(), linear: epsilon() }))),
  ),
);

const { graph } = await readModel('examples/demo/models/fair.onnx');
const explainer = await createExplainer(graph, {
  backend: onnxruntimeBackend(ort),
  method: [own, lrpEpsilonPlus()],
});
const { tensor, shown } = preprocess(await readImage('examples/node/xray.png'), {
  size: [128, 128],
  channels: 1,
  mean: [0.5],
  std: [0.25],
});
const { relevances } = await explainer.explain(tensor);
await explainer.dispose();

await mkdir('out', { recursive: true });
for (const [id, relevance] of Object.entries(relevances)) {
  const data = reduceChannels(relevance, 'sum').data as Float64Array;
  const sum = data.reduce((total, value) => total + value, 0);
  await writeFile(
    `out/${id}.png`,
    await encodePng(drawOverlay(shown, { width: 128, height: 128, data }, { signed: true })),
  );
  console.log(`${id}: relevance of ${sum.toFixed(2)} in the image, of 1 at the score`);
}
