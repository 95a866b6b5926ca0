import { readFileSync } from 'node:fs';
import { compile, tensor } from '@regional-saliency/core';
import { method } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';

const model = readOnnx(readFileSync('examples/demo/models/fair.onnx'));
const { graph } = compile(model, { method: method('gradient') });
const session = await onnxruntimeBackend(ort, { executionProviders: ['cpu'], threads: 2 }).load(graph);
const image = tensor(new Float32Array(128 * 128).fill(0.5), [1, 1, 128, 128]);
const { logits, relevance } = await session.run({ input: image });
console.log(logits!.data, relevance!.shape);
await session.dispose();
