import { readFileSync } from 'node:fs';
import { readOnnx, writeOnnx } from '@regional-saliency/onnx';

const model = readOnnx(readFileSync('examples/demo/models/fair.onnx'));
console.log(model.inputs[0]!.shape, model.names.get('layer3')!.shape);

const bytes = writeOnnx(model);
console.log(Object.keys(readOnnx(bytes).outputs));
