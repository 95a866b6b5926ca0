import { Builder, N, tensor } from '@regional-saliency/core';
import { tfjsBackend } from '@regional-saliency/tfjs';
import '@tensorflow/tfjs-backend-wasm';

const g = new Builder();
const x = g.input('x', [N, 2]);
const program = g.finish({ inputs: [x], outputs: { y: g.op('Relu', [x]) } });

const session = await tfjsBackend({ name: 'wasm' }).load(program);
const { y } = await session.run({ x: tensor([-1, 2], [1, 2]) });
console.log(y?.data); // Float32Array(2) [ 0, 2 ]
await session.dispose();
