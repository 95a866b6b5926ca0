/** Writes `out/explained.onnx`: the network and its explanation as one program that takes bytes of an image, 0 to 255. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { compile } from '@regional-saliency/core';
import { lrpEpsilonPlus } from '@regional-saliency/methods';
import { readOnnx, writeOnnx } from '@regional-saliency/onnx';

const model = readOnnx(await readFile('examples/demo/models/fair.onnx'));
const { graph } = compile(model, {
  method: lrpEpsilonPlus(),
  preprocessing: { scale: 1 / 255, mean: [0.5], std: [0.25] },
});
await mkdir('out', { recursive: true });
await writeFile('out/explained.onnx', writeOnnx(graph));
console.log('out/explained.onnx:', Object.keys(graph.outputs).join(', '));
