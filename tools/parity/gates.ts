/**
 * Shows flipped gates: `tsx tools/parity/gates.ts MODEL IMAGE [BACKEND [BACKEND]]`, by default onnxruntime beside
 * `float64`, the reference interpreter.
 *
 * The gradient of a ReLU network jumps where an activation crosses zero. Where two float32 runs of the same model put
 * an activation that is within rounding of zero on different sides, their maps differ by far more than rounding. This
 * runs the model on two backends, and prints the ReLU units that are open on one and shut on the other, with how far
 * they are open.
 */
import { readFileSync } from 'node:fs';
import { referenceBackend } from '@regional-saliency/conformance';
import { compile, describeNode, type Graph, type Node, nodesOf, type Tensor } from '@regional-saliency/core';
import { gradient } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { openBackend, preprocess, readImage } from '@regional-saliency/study';

/** The model's ReLUs: their results decide what the backward pass lets through. */
function gatesOf(model: Graph): { name: string; node: Node }[] {
  return nodesOf(model)
    .filter((node) => node.op === 'Relu')
    .map((node, index) => ({ name: `gate${index}`, node }));
}

/** The gates on one backend: as the gradient's program has them; in float64 those of the model as its file has it. */
async function run(backend: string, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const exact = backend === 'float64';
  const opened = exact ? referenceBackend() : (await openBackend(backend)).backend;
  // The whole program, since what a runtime fuses around a gate decides how it rounds.
  const graph = exact ? model : compile(model, { method: gradient() }).graph;
  const open = Object.fromEntries(gatesOf(graph).map(({ name, node }) => [name, node.outputs[0]!]));
  const outputs = { ...graph.outputs, ...open };
  const session = await opened.load({ ...graph, outputs });
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}

const [modelFile, imageFile, first = 'onnxruntime', second = 'float64'] = process.argv.slice(2);
if (!modelFile || !imageFile) {
  console.log('usage: tsx tools/parity/gates.ts MODEL IMAGE [BACKEND [BACKEND]]');
  process.exit(2);
}
const model = readOnnx(readFileSync(modelFile));
const gates = gatesOf(model);
const { tensor } = preprocess(
  await readImage(imageFile),
  {
    size: [224, 224],
    channels: 3,
    interpolation: 'bilinear',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  imageFile,
);
const feeds = { [model.inputs[0]!.name!]: tensor };
const [a, b] = [await run(first, feeds), await run(second, feeds)];
let flipped = 0;
for (const { name, node } of gates) {
  const [left, right] = [a[name]!.data as Float32Array, b[name]!.data as Float32Array];
  const largest = left.reduce((most, value) => Math.max(most, value), 0);
  for (let at = 0; at < left.length; at++) {
    if (left[at]! > 0 === right[at]! > 0) continue;
    flipped++;
    const [here, there] = [left[at]!, right[at]!].map((value) => value.toExponential(2));
    console.log(
      `${describeNode(node)}[${at}]: ${here} on ${first}, ${there} on ${second}; largest ${largest.toPrecision(3)}`,
    );
  }
}
console.log(`${flipped} units of ${gates.length} ReLUs are open on one side only`);
