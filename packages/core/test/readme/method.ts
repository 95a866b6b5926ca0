import { Builder, compile, type Method, N } from '@regional-saliency/core';

const gradientTimesInput: Method = {
  id: 'gradient-times-input',
  options: {},
  build: ({ g, input, backward }) => g.mul(input, backward([input]).get(input)!),
};

const g = new Builder();
const x = g.input('x', [N, 3]);
const y = g.op('Relu', [g.matMul(x, g.constant([1, -1, 2, 0, 1, 1], [3, 2]))]);
const model = g.finish({ inputs: [x], outputs: { y } });

const { graph } = compile(model, { method: gradientTimesInput, target: 'input' });
console.log(
  graph.inputs.map(({ name }) => name),
  Object.keys(graph.outputs),
);
