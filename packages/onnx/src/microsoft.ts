/**
 * Fused operators that onnxruntime's optimiser writes into files, as what they were fused from: definitions as in
 * onnxruntime's ContribOperators.md, domain `com.microsoft`.
 */
import { type Attributes, type Builder, SaliencyError, type Value } from '@regional-saliency/core';
import { type Call, type Form, input, make } from './call';
import { rmsNorm } from './norms';

export const MICROSOFT = 'com.microsoft';

const own = (forms: Readonly<Record<string, Form>>): Readonly<Record<string, Form>> =>
  Object.fromEntries(Object.entries(forms).map(([op, form]) => [`${MICROSOFT}.${op}`, form]));

/** Behind a fused operator: `activation`, and its numbers in a list or one by one. */
function activated(g: Builder, x: Value, attributes: Attributes): Value {
  const { activation, activation_params: list, ...rest } = attributes as Attributes & { activation?: string };
  const [first, second] = (list as readonly number[] | undefined) ?? [
    rest.activation_alpha as number | undefined,
    rest.activation_beta as number | undefined,
  ];
  switch (activation) {
    case undefined:
    case '':
      return x;
    case 'Relu':
    case 'Sigmoid':
    case 'Tanh':
    case 'HardSwish':
      return g.op(activation, [x]);
    case 'LeakyRelu':
      return g.op('LeakyRelu', [x], { alpha: first });
    case 'Clip':
      return g.op('Clip', [x], { min: first, max: second });
    case 'HardSigmoid':
      return g.op('HardSigmoid', [x], { alpha: first, beta: second });
    default:
      throw new SaliencyError('unsupported', `the fused activation ${activation} is not supported`);
  }
}

const withBias = ({ g, inputs }: Call, x: Value) => (inputs[1] ? g.add(x, inputs[1]) : x);

/** The sum of the input, what skips the block, and a bias; the norm comes behind it, and the sum may be asked for too. */
function skipped(call: Call, bias: number): Value {
  const { g, inputs } = call;
  const sum = g.add(input(call, 0), input(call, 1));
  return inputs[bias] ? g.add(sum, inputs[bias]) : sum;
}

const fused = (op: 'Conv' | 'Gemm', keep: readonly string[]): Form => {
  return (call) => {
    const { g, attributes } = call;
    const known = Object.entries(attributes).filter(([name]) => keep.includes(name));
    const [x, weights, bias, more] = [input(call, 0), input(call, 1), call.inputs[2], call.inputs[3]];
    const y = g.op(op, bias ? [x, weights, bias] : [x, weights], Object.fromEntries(known));
    return [activated(g, more ? g.add(y, more) : y, attributes)];
  };
};

export const microsoft: Readonly<Record<string, Form>> = own({
  Gelu: (call) => make(call, 'Gelu', [input(call, 0)]),
  BiasGelu: (call) => make(call, 'Gelu', [withBias(call, input(call, 0))]),
  FastGelu: (call) => make(call, 'Gelu', [withBias(call, input(call, 0))], { approximate: 'tanh' }),
  QuickGelu: (call) => make(call, 'Swish', [input(call, 0)], { alpha: call.attributes.alpha ?? 1.702 }),

  FusedConv: fused('Conv', ['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides']),
  FusedGemm: fused('Gemm', ['alpha', 'beta', 'transA', 'transB']),

  FusedMatMul: (call) => {
    const { g } = call;
    const { alpha = 1, transA, transB, transBatchA, transBatchB } = call.attributes as Record<string, number>;
    if (transBatchA || transBatchB)
      throw new SaliencyError('unsupported', 'transposed batches are not supported');
    const [a, b] = [input(call, 0), input(call, 1)];
    const product = g.matMul(transA ? g.swapLast(a) : a, transB ? g.swapLast(b) : b);
    return [g.mul(product, g.scalar(alpha))];
  },

  SkipLayerNormalization: (call) => {
    const sum = skipped(call, 4);
    const parameters = [input(call, 2), call.inputs[3]].filter((value) => value !== undefined);
    const { epsilon = 1e-12 } = call.attributes;
    const [y] = make(call, 'LayerNormalization', [sum, ...parameters], { axis: -1, epsilon });
    return [y, undefined, undefined, sum];
  },

  SkipSimplifiedLayerNormalization: (call) => {
    const sum = skipped(call, 3);
    const { epsilon = 1e-12 } = call.attributes;
    const [y] = rmsNorm({ ...call, inputs: [sum, input(call, 2)], attributes: { axis: -1, epsilon } });
    return [y, undefined, undefined, sum];
  },

  SimplifiedLayerNormalization: rmsNorm,
});
