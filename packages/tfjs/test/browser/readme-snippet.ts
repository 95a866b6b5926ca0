import { createExplainer, tensor } from '@regional-saliency/core';
import { gradCam } from '@regional-saliency/methods';
import { readLayersModel, readWeights, tfjsBackend } from '@regional-saliency/tfjs';
import '@tensorflow/tfjs-backend-webgl';

// A LayersModel's folder on your site. Live models, from tf.loadLayersModel, go to readLayersModel as they are.
const fetched = (path: string) => fetch(new URL(path, new URL('/model/', location.href)));
const json = await (await fetched('model.json')).json();
const shards = new Map<string, Uint8Array>();
for (const { paths } of json.weightsManifest) {
  for (const path of paths) shards.set(path, new Uint8Array(await (await fetched(path)).arrayBuffer()));
}
const weights = readWeights(json.weightsManifest, (path) => shards.get(path)!);

const explainer = await createExplainer(readLayersModel({ json, weights }), {
  backend: tfjsBackend({ name: 'webgl' }),
  method: gradCam(),
});
const { relevance } = await explainer.explain(
  tensor(new Float32Array(3 * 32 * 32).fill(0.5), [1, 3, 32, 32]),
);
console.log(relevance.shape.join()); // 1,1,32,32
await explainer.dispose();
