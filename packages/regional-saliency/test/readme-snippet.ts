import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { createExplainer, method, onnxruntimeBackend, readOnnx, regions, tensor } from 'regional-saliency';

const model = readOnnx(readFileSync('examples/demo/models/fair.onnx'));
const explainer = await createExplainer(model, {
  backend: onnxruntimeBackend(ort),
  method: method('lrp-epsilon-plus'),
});
const images = tensor(new Float32Array(128 * 128).fill(0.5), [1, 1, 128, 128]);
const { relevance } = await explainer.explain(images);

const maps = regions.reduceChannels(relevance, 'sum-abs');
const strips = regions.grid({ rows: 1, columns: 3 });
console.log(regions.scoreRegions(maps, strips, { aggregate: 'share' }));
await explainer.dispose();
