/** Every gradient rule of the table against central differences in float64, through the reference interpreter. */
import {
  directionalError,
  type Fill,
  GRADIENT_BOUND,
  gradientError,
  integers,
  normal,
  type Parts,
  positive,
  rulesOf,
  windowAttributes,
  windowAxes,
  windowFits,
  windowReach,
} from '@regional-saliency/conformance';
import { type Attributes, N, operators, SaliencyError, type Value } from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

type Make = (parts: Parts) => Value;

/** Numbers that all differ by 1/1000 at least, in no order: no ties, and none within a step of another. */
const distinct: Fill = (_, at) => ((at * 7919 + 13) % 10007) / 1000 - 5;

const one =
  (op: string, attributes?: Attributes, fill: Fill = normal): Make =>
  ({ g, input }) =>
    g.op(op, [input([N, 2, 3], fill)], attributes);

/** Two inputs of one shape, broadcast both ways, of different rank, with a constant scalar on either side. */
const two = (op: string, fill: Fill = normal): Record<string, Make> => ({
  'two of one shape': ({ g, input }) => g.op(op, [input([N, 2, 3], fill), input([N, 2, 3], fill)]),
  'broadcast both ways': ({ g, input }) => g.op(op, [input([N, 3, 1, 2], fill), input([4, 1], fill)]),
  'a second of higher rank': ({ g, input }) => g.op(op, [input([3, 1], fill), input([N, 2, 3, 2], fill)]),
  'a scalar on the left': ({ g, input }) => g.op(op, [g.scalar(1.5), input([N, 3], fill)]),
  'a scalar on the right': ({ g, input }) => g.op(op, [input([N, 3], fill), g.scalar(1.5)]),
  'an input that is a scalar': ({ g, input }) => g.op(op, [input([], fill), input([N, 3], fill)]),
});

const conv =
  (x: number[], weights: number[], attributes: Attributes = {}): Make =>
  ({ g, input, weight }) =>
    g.op('Conv', [input([N, ...x]), weight(weights), input([weights[0]!])], attributes);

const convTranspose =
  (x: number[], weights: number[], attributes: Attributes = {}): Make =>
  ({ g, input, weight }) => {
    const channels = weights[1]! * ((attributes.group as number) ?? 1);
    return g.op('ConvTranspose', [input([N, ...x]), weight(weights), input([channels])], attributes);
  };

const pool =
  (op: string, x: number[], attributes: Attributes): Make =>
  ({ g, input }) =>
    g.op(op, [input([N, ...x], distinct)], attributes);

const windows: Record<string, [x: number[], attributes: Attributes]> = {
  '2×2, stride 2': [[2, 4, 6], { kernel_shape: [2, 2], strides: [2, 2] }],
  'overlapping and padded': [[2, 5, 6], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  'asymmetric pads and strides': [[1, 5, 6], { kernel_shape: [3, 2], strides: [1, 2], pads: [1, 0, 0, 1] }],
  'a stride that leaves places out': [[1, 7, 5], { kernel_shape: [2, 1], strides: [3, 2] }],
  SAME_UPPER: [[1, 5, 6], { kernel_shape: [3, 2], strides: [2, 1], auto_pad: 'SAME_UPPER' }],
  SAME_LOWER: [[1, 5, 6], { kernel_shape: [2, 2], strides: [2, 1], auto_pad: 'SAME_LOWER' }],
  ceil_mode: [[1, 6, 7], { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 }],
  'ceil_mode, padded': [
    [1, 6, 5],
    { kernel_shape: [3, 3], strides: [2, 3], pads: [1, 1, 1, 0], ceil_mode: 1 },
  ],
  '1-D': [[2, 7], { kernel_shape: [3], strides: [2], pads: [1, 1] }],
  '3-D': [[1, 3, 4, 3], { kernel_shape: [2, 2, 2], strides: [1, 2, 1], pads: [0, 0, 1, 0, 0, 0] }],
};

const pools = (op: string, extra: Attributes = {}, title = ''): Record<string, Make> =>
  Object.fromEntries(
    Object.entries(windows).map(([name, [x, attributes]]) => [
      name + title,
      pool(op, x, { ...attributes, ...extra }),
    ]),
  );

const reductions = (op: string): Record<string, Make> => ({
  'one axis, kept': one(op, { axes: [1] }, distinct),
  'the last axis, from the end, dropped': one(op, { axes: [-1], keepdims: 0 }, distinct),
  'two axes apart': ({ g, input }) =>
    g.op(op, [input([N, 2, 3, 2], distinct)], { axes: [-1, 1], keepdims: 0 }),
  'every axis of a fixed batch': ({ g, input }) => g.op(op, [input([2, 3], distinct)], { keepdims: 0 }),
});

const cases: Record<string, Record<string, Make>> = {
  Mod: {
    "the divisor's sign": ({ g, input, weight }) =>
      g.op('Mod', [input([N, 2, 3], distinct), weight([3], (_, at) => [1.7, -0.9, 2.3][at]!)]),
    "the dividend's sign, by an input": ({ g, input }) =>
      g.op('Mod', [input([N, 2, 3], distinct), input([2, 1], (_, at) => [1.7, -0.9][at]!)], { fmod: 1 }),
  },
  PRelu: {
    'a slope a channel': ({ g, input }) => g.op('PRelu', [input([N, 3, 2]), input([3, 1])]),
    'one slope': ({ g, input }) => g.op('PRelu', [input([N, 3, 2]), input([1])]),
  },
  Sin: { plain: one('Sin') },
  Cos: { plain: one('Cos') },
  Atan: { plain: one('Atan') },
  GatherElements: {
    'some twice, some from the end': ({ g, input, weight }) =>
      g.op('GatherElements', [input([3, 4]), weight([3, 5], integers(-4, 3), 'int64')], { axis: 1 }),
    'the first axis': ({ g, input, weight }) =>
      g.op('GatherElements', [input([3, 2]), weight([5, 2], integers(-3, 2), 'int64')], { axis: 0 }),
  },
  ScatterElements: {
    replacing: ({ g, input, weight }) =>
      g.op(
        'ScatterElements',
        [input([2, 4]), weight([2, 2], (_, at) => [3, 0, -2, 1][at]!, 'int64'), input([2, 2])],
        { axis: 1 },
      ),
    'adding, some twice': ({ g, input, weight }) =>
      g.op('ScatterElements', [input([3, 2]), weight([5, 2], integers(-3, 2), 'int64'), input([5, 2])], {
        axis: 0,
        reduction: 'add',
      }),
  },
  DepthToSpace: {
    DCR: ({ g, input }) => g.op('DepthToSpace', [input([N, 12, 2, 3])], { blocksize: 2 }),
    CRD: ({ g, input }) => g.op('DepthToSpace', [input([N, 12, 2, 3])], { blocksize: 2, mode: 'CRD' }),
  },
  GatherND: {
    elements: ({ g, input, weight }) =>
      g.op('GatherND', [input([3, 2, 2]), weight([5, 3], integers(-2, 1), 'int64')]),
    'rows, some twice': ({ g, input, weight }) =>
      g.op('GatherND', [input([3, 2, 2]), weight([5, 1], integers(-3, 2), 'int64')]),
  },
  ScatterND: {
    replacing: ({ g, input, weight }) =>
      g.op('ScatterND', [
        input([3, 2, 2]),
        weight([2, 2], (_, at) => [2, 0, -3, 1][at]!, 'int64'),
        input([2, 2]),
      ]),
    'adding, some twice': ({ g, input, weight }) =>
      g.op('ScatterND', [input([3, 2]), weight([5, 1], integers(-3, 2), 'int64'), input([5, 2])], {
        reduction: 'add',
      }),
  },
  Identity: { plain: one('Identity') },
  Relu: { plain: one('Relu') },
  Clip: {
    'both bounds': one('Clip', { min: -0.4, max: 0.7 }),
    below: one('Clip', { min: -0.4 }),
    above: one('Clip', { max: 0.7 }),
    none: one('Clip'),
  },
  LeakyRelu: { default: one('LeakyRelu'), 'own slope': one('LeakyRelu', { alpha: 0.3 }) },
  Elu: { default: one('Elu'), 'own alpha': one('Elu', { alpha: 0.7 }) },
  Selu: { default: one('Selu'), 'own constants': one('Selu', { alpha: 1.2, gamma: 0.8 }) },
  Sigmoid: { plain: one('Sigmoid') },
  Tanh: { plain: one('Tanh') },
  HardSigmoid: { default: one('HardSigmoid'), "PyTorch's": one('HardSigmoid', { alpha: 1 / 6, beta: 0.5 }) },
  Swish: { SiLU: one('Swish'), 'with its own alpha': one('Swish', { alpha: 1.7 }) },
  HardSwish: { 'on all three pieces': one('HardSwish', {}, distinct) },
  Mish: { plain: one('Mish') },
  Softplus: { plain: one('Softplus') },
  Softsign: { plain: one('Softsign') },
  Gelu: { erf: one('Gelu', { approximate: 'none' }), tanh: one('Gelu', { approximate: 'tanh' }) },
  Erf: { plain: one('Erf') },
  Exp: { plain: one('Exp') },
  Log: { plain: one('Log', {}, positive) },
  Sqrt: { plain: one('Sqrt', {}, positive) },
  Reciprocal: { positive: one('Reciprocal', {}, positive), signed: one('Reciprocal', {}, distinct) },
  Neg: { plain: one('Neg') },
  Abs: { plain: one('Abs') },
  Cast: {
    'to a wider float': one('Cast', { to: 'float64' }),
    'from a wider float': ({ g, input }) =>
      g.op('Cast', [input([N, 3], normal, 'float64')], { to: 'float32' }),
  },
  Add: two('Add'),
  Sub: two('Sub'),
  Mul: two('Mul'),
  Div: two('Div', positive),
  Pow: {
    ...two('Pow', positive),
    'a square of any number': ({ g, input }) => g.op('Pow', [input([N, 2, 3]), g.scalar(2)]),
    'a cube of any number': ({ g, input }) => g.op('Pow', [input([N, 2, 3]), g.scalar(3)]),
  },
  Max: two('Max', distinct2()),
  Min: two('Min', distinct2()),
  Where: {
    'two of one shape': ({ g, input }) => g.where(flags(g, input), input([N, 2, 3]), input([N, 2, 3])),
    'broadcast both ways': ({ g, input }) => g.where(flags(g, input), input([2, 1]), input([N, 1, 3])),
    'a scalar on either side': ({ g, input }) => g.where(flags(g, input), g.scalar(0), input([N, 2, 3])),
  },
  Conv: {
    '3×3': conv([2, 4, 5], [3, 2, 3, 3]),
    padded: conv([2, 4, 4], [2, 2, 3, 3], { pads: [1, 1, 1, 1] }),
    'asymmetric pads, strides 2 and 1': conv([2, 5, 4], [2, 2, 3, 2], {
      strides: [2, 1],
      pads: [0, 1, 2, 0],
    }),
    'stride 2, a row not reached': conv([1, 6, 5], [2, 1, 3, 3], { strides: [2, 2] }),
    'a stride above the kernel': conv([2, 6, 7], [2, 2, 2, 1], { strides: [3, 2] }),
    'SAME_UPPER, stride 2': conv([2, 5, 6], [2, 2, 3, 2], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
    SAME_LOWER: conv([1, 5, 4], [2, 1, 2, 4], { auto_pad: 'SAME_LOWER' }),
    VALID: conv([1, 4, 4], [2, 1, 2, 3], { auto_pad: 'VALID' }),
    dilated: conv([1, 6, 7], [2, 1, 3, 2], { dilations: [2, 3], pads: [1, 0, 2, 1] }),
    'dilated with a stride': conv([1, 7, 6], [2, 1, 3, 2], {
      dilations: [2, 2],
      strides: [2, 3],
      pads: [1, 1, 1, 1],
    }),
    '2 groups': conv([4, 4, 4], [6, 2, 3, 3], { group: 2, pads: [1, 1, 1, 1] }),
    'depthwise, stride 2': conv([3, 5, 4], [3, 1, 3, 3], { group: 3, strides: [2, 2], pads: [1, 1, 1, 1] }),
    'depthwise with a multiplier': conv([2, 4, 4], [6, 1, 2, 2], { group: 2 }),
    '1-D': conv([2, 7], [3, 2, 3], { strides: [2], pads: [1, 0] }),
    '3-D': conv([1, 3, 4, 3], [2, 1, 2, 3, 2], { pads: [0, 1, 1, 0, 0, 0], strides: [1, 2, 1] }),
  },
  ConvGrad: {
    'stride 2, padded': ({ g, input, weight }) =>
      g.op('ConvGrad', [input([N, 3, 3, 2]), weight([3, 2, 3, 3])], {
        kernel_shape: [3, 3],
        strides: [2, 2],
        dilations: [1, 1],
        pads: [1, 1, 1, 1],
        group: 1,
        spatial: [5, 4],
      }),
    '2 groups, asymmetric pads': ({ g, input, weight }) =>
      g.op('ConvGrad', [input([N, 4, 3, 5]), weight([4, 1, 2, 2])], {
        kernel_shape: [2, 2],
        strides: [1, 1],
        dilations: [1, 1],
        pads: [0, 1, 0, 1],
        group: 2,
        spatial: [4, 4],
      }),
  },
  ConvTranspose: {
    '3×3': convTranspose([2, 3, 4], [2, 3, 3, 3]),
    'stride 2, padded': convTranspose([2, 3, 3], [2, 2, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }),
    output_padding: convTranspose([2, 3, 3], [2, 2, 3, 3], {
      strides: [2, 3],
      pads: [1, 1, 1, 1],
      output_padding: [1, 2],
    }),
    'output_padding that the kernel does not reach': convTranspose([1, 3, 2], [1, 2, 2, 2], {
      strides: [3, 3],
      output_padding: [2, 1],
    }),
    'output_padding with dilation': convTranspose([1, 3, 3], [1, 2, 2, 3], {
      strides: [2, 2],
      dilations: [3, 1],
      pads: [1, 0, 0, 1],
      output_padding: [1, 1],
    }),
    output_shape: convTranspose([1, 3, 3], [1, 2, 3, 3], { strides: [2, 2], output_shape: [6, 5] }),
    SAME_UPPER: convTranspose([1, 3, 2], [1, 2, 3, 3], { strides: [2, 2], auto_pad: 'SAME_UPPER' }),
    SAME_LOWER: convTranspose([1, 3, 2], [1, 2, 4, 3], { strides: [2, 2], auto_pad: 'SAME_LOWER' }),
    '2 groups': convTranspose([4, 3, 3], [4, 2, 2, 3], { group: 2, strides: [2, 1], pads: [0, 1, 1, 0] }),
    '1-D': convTranspose([2, 4], [2, 3, 3], { strides: [2], output_padding: [1] }),
    '3-D': convTranspose([1, 2, 3, 2], [1, 2, 2, 2, 3], { strides: [2, 1, 1], pads: [0, 1, 0, 0, 0, 1] }),
  },
  MatMul: {
    'a batch with one matrix': ({ g, input }) => g.matMul(input([N, 2, 3]), input([3, 4])),
    'two batches': ({ g, input }) => g.matMul(input([N, 2, 2, 3]), input([N, 2, 3, 2])),
    'batches that broadcast': ({ g, input }) => g.matMul(input([N, 1, 2, 3]), input([2, 3, 2])),
    'rows with one matrix': ({ g, input }) => g.matMul(input([N, 3]), input([3, 2])),
    'a vector on the right': ({ g, input }) => g.matMul(input([N, 2, 3]), input([3])),
    'a vector on the left': ({ g, input }) => g.matMul(input([2]), input([N, 2, 3])),
    'two vectors': ({ g, input }) => g.matMul(input([3]), input([3])),
  },
  Gemm: Object.fromEntries(
    [0, 1].flatMap((transA) =>
      [0, 1].map((transB): [string, Make] => [
        `transA ${transA}, transB ${transB}`,
        ({ g, input }) =>
          g.op('Gemm', [input(transA ? [3, N] : [N, 3]), input(transB ? [2, 3] : [3, 2]), input([2])], {
            transA,
            transB,
            alpha: 0.5,
            beta: 2,
          }),
      ]),
    ),
  ),
  Reshape: {
    'to rows': one('Reshape', { shape: [0, -1] }),
    'across the batch': ({ g, input }) => g.op('Reshape', [input([N, 4, 3])], { shape: [-1, 2, 3] }),
  },
  Flatten: {
    plain: one('Flatten'),
    'axis 0': one('Flatten', { axis: 0 }),
    'axis -1': one('Flatten', { axis: -1 }),
  },
  Squeeze: { 'one axis': ({ g, input }) => g.op('Squeeze', [input([N, 1, 3, 1])], { axes: [-1] }) },
  Unsqueeze: { 'two axes': one('Unsqueeze', { axes: [-1, 1] }) },
  Transpose: {
    'a cycle': one('Transpose', { perm: [1, 2, 0] }),
    reversed: one('Transpose'),
    'four axes': ({ g, input }) => g.op('Transpose', [input([N, 2, 3, 2])], { perm: [0, 3, 1, 2] }),
  },
  Expand: {
    'ones and a new axis': ({ g, input }) => g.op('Expand', [input([3, 1])], { shape: [2, 1, 4] }),
    'over the batch': ({ g, input }) => {
      input([N, 1]);
      return g.op('Expand', [input([1, 3])], { shape: [N, 3] });
    },
  },
  Concat: {
    'two parts': ({ g, input }) => g.op('Concat', [input([N, 2, 2]), input([N, 3, 2])], { axis: 1 }),
    'with a constant between, from the end': ({ g, input, weight }) =>
      g.op('Concat', [input([2, 3]), weight([2, 1]), input([2, 2])], { axis: -1 }),
  },
  Split: {
    'unequal parts': ({ g, input }) =>
      g.node('Split', [input([N, 5, 2])], { axis: -2, split: [1, 3, 1] }).outputs[0]!,
  },
  Slice: {
    'a range': one('Slice', { starts: [1], ends: [3], axes: [-1] }),
    'every second': ({ g, input }) =>
      g.op('Slice', [input([N, 7])], { starts: [1], ends: [99], axes: [1], steps: [2] }),
    'every third, the end not reached': ({ g, input }) =>
      g.op('Slice', [input([N, 9])], { starts: [0], ends: [8], axes: [1], steps: [3] }),
    backwards: ({ g, input }) =>
      g.op('Slice', [input([N, 5])], { starts: [-1], ends: [-99], axes: [1], steps: [-1] }),
    'backwards by twos, on two axes': ({ g, input }) =>
      g.op('Slice', [input([N, 6, 5])], { starts: [4, -2], ends: [0, -99], axes: [1, 2], steps: [-2, -3] }),
    'one element': one('Slice', { starts: [-1], ends: [99], axes: [2], steps: [2] }),
  },
  Resize: {
    'nearest, a whole number of times': ({ g, input }) =>
      g.op('Resize', [input([N, 2, 2, 3])], { axes: [2, 3], scales: [3, 2], mode: 'nearest' }),
    'nearest, to a size between': ({ g, input }) =>
      g.op('Resize', [input([N, 1, 3, 5])], { axes: [2, 3], sizes: [5, 3], mode: 'nearest' }),
    ...Object.fromEntries(
      ['linear', 'cubic'].flatMap((mode) =>
        ['half_pixel', 'half_pixel_symmetric', 'align_corners', 'asymmetric'].map((place): [string, Make] => [
          `${mode}, ${place}`,
          ({ g, input }) =>
            g.op('Resize', [input([N, 1, 3, 4])], {
              axes: [2, 3],
              sizes: [5, 3],
              mode,
              coordinate_transformation_mode: place,
            }),
        ]),
      ),
    ),
    'linear, antialiased': ({ g, input }) =>
      g.op('Resize', [input([N, 1, 6])], { axes: [2], scales: [0.4], mode: 'linear', antialias: 1 }),
  },
  Pad: {
    uneven: ({ g, input }) => g.op('Pad', [input([N, 2, 3])], { pads: [0, 1, 0, 0, 0, 2], value: 3 }),
    ...Object.fromEntries(
      ['reflect', 'edge', 'wrap'].map((mode): [string, Make] => [
        `mode ${mode}`,
        ({ g, input }) => g.op('Pad', [input([N, 4, 3])], { pads: [0, 2, 1, 0, 1, 2], mode }),
      ]),
    ),
    'cut and grown': ({ g, input }) => g.op('Pad', [input([N, 4, 3])], { pads: [0, -1, 2, 0, 1, -1] }),
  },
  Gather: {
    'one index': ({ g, input }) => g.op('Gather', [input([N, 4, 2]), g.scalar(1, 'int64')], { axis: 1 }),
    'one index from the end, in a list': ({ g, input }) =>
      g.op('Gather', [input([N, 4]), g.constant([-1], [1], 'int64')], { axis: -1 }),
    'some of several, one of them twice': ({ g, input }) =>
      g.op('Gather', [input([N, 4, 2]), g.constant([3, 0, -1, 2], [2, 2], 'int64')], { axis: 1 }),
    'every element once, in another order': ({ g, input }) =>
      g.op('Gather', [input([N, 3, 2]), g.constant([2, 0, -2], [3], 'int64')], { axis: 1 }),
    'indices that are an input': ({ g, input }) =>
      g.op('Gather', [input([4, 3]), input([N], integers(0, 3), 'int64')], { axis: 0 }),
  },
  BatchNormalization: {
    images: ({ g, input, weight }) =>
      g.op('BatchNormalization', [
        input([N, 2, 2, 3]),
        weight([2]),
        weight([2]),
        weight([2]),
        weight([2], positive),
      ]),
    features: ({ g, input, weight }) =>
      g.op(
        'BatchNormalization',
        [input([N, 3]), weight([3]), weight([3]), weight([3]), weight([3], positive)],
        {
          epsilon: 0.1,
        },
      ),
  },
  LayerNormalization: {
    'the last axis': ({ g, input }) => g.op('LayerNormalization', [input([N, 2, 5]), input([5]), input([5])]),
    'several axes, no bias': ({ g, input }) =>
      g.op('LayerNormalization', [input([N, 2, 3]), input([2, 3])], { axis: 1, epsilon: 0.1 }),
  },
  MaxPool: {
    ...pools('MaxPool'),
    dilated: pool('MaxPool', [1, 6, 7], { kernel_shape: [2, 3], dilations: [3, 2] }),
  },
  AveragePool: {
    ...pools('AveragePool'),
    ...pools('AveragePool', { count_include_pad: 1 }, ', padding counted'),
    dilated: pool('AveragePool', [1, 6, 7], { kernel_shape: [2, 3], dilations: [3, 2], pads: [1, 1, 1, 1] }),
  },
  GlobalAveragePool: {
    images: pool('GlobalAveragePool', [2, 3, 4], {}),
    '1-D': pool('GlobalAveragePool', [2, 5], {}),
  },
  GlobalMaxPool: { images: pool('GlobalMaxPool', [2, 3, 4], {}), '1-D': pool('GlobalMaxPool', [2, 5], {}) },
  ReduceSum: { ...reductions('ReduceSum'), 'over the batch': one('ReduceSum', { axes: [0] }) },
  ReduceMean: reductions('ReduceMean'),
  ReduceProd: {
    ...reductions('ReduceProd'),
    'zeros, one or several in a product': one(
      'ReduceProd',
      { axes: [-1] },
      (_, at) => [0, 2, -3, 0, 0, 5][at % 6]!,
    ),
  },
  ReduceMax: reductions('ReduceMax'),
  ReduceMin: reductions('ReduceMin'),
  Softmax: { 'last axis': one('Softmax'), 'a middle axis': one('Softmax', { axis: 1 }) },
  LogSoftmax: { 'last axis': one('LogSoftmax'), 'a middle axis': one('LogSoftmax', { axis: -2 }) },
};

/** As `distinct`, but an input that starts elsewhere is met with other numbers: no ties between two inputs. */
function distinct2(): Fill {
  return (random) => Math.round(random() * 4000) / 1000 - 2 + random() / 4000;
}

/** A comparison that central differences don't move: on an input of integers. */
function flags(g: Parts['g'], input: Parts['input']): Value {
  return g.greater(input([N, 2, 3], integers(-2, 2), 'int64'), g.scalar(0, 'int64'));
}

for (const [op, makes] of Object.entries(cases)) {
  describe(`the gradient of ${op} is what central differences give`, () => {
    for (const [title, make] of Object.entries(makes)) {
      it(title, () => {
        const rules = rulesOf(`${op} ${title}`, make);
        expect(rules.op).toBe(op);
        expect(gradientError(rules)).toBeLessThan(GRADIENT_BOUND);
      });
    }
  });
}

it('every operator that has a gradient is tested here', () => {
  const differentiable = Object.keys(operators).filter((op) => operators[op]!.gradient);
  expect(Object.keys(cases).sort()).toEqual(differentiable.sort());
});

describe('operators without a gradient', () => {
  it.each(['Sign', 'Floor', 'Ceil'])('%s is flat between its jumps, so no relevance passes', (op) => {
    expect(operators[op]!.gradient).toBeNull();
  });

  const refusals: Record<string, [make: Make, message: string]> = {
    'a convolution by weights that depend on the input': [
      ({ g, input }) => g.op('Conv', [input([N, 1, 3, 3]), input([1, 1, 2, 2])]),
      'weights depend on the input',
    ],
  };
  for (const [title, [make, message]] of Object.entries(refusals)) {
    it(`${title} is refused in words`, () => {
      expect(() => rulesOf(title, make)).toThrow(SaliencyError);
      expect(() => rulesOf(title, make)).toThrow(message);
    });
  }
});

describe('for all geometries', () => {
  const geometry = fc.record({
    axes: windowAxes,
    group: fc.integer({ min: 1, max: 2 }),
    channels: fc.integer({ min: 1, max: 2 }),
    rows: fc.integer({ min: 1, max: 2 }),
    flag: fc.boolean(),
    ceil: fc.boolean(),
  });
  const options = { seed: 7, numRuns: 150 };

  it('Conv', () => {
    fc.assert(
      fc.property(geometry, ({ axes, group, channels, rows }) => {
        fc.pre(windowFits(axes));
        const make = conv(
          [channels * group, ...axes.map(({ size }) => size)],
          [rows * group, channels, ...axes.map(({ kernel }) => kernel)],
          { ...windowAttributes(axes), group },
        );
        expect(directionalError(rulesOf('Conv', make, { batches: [2] }))).toBeLessThan(GRADIENT_BOUND);
      }),
      options,
    );
  });

  it('ConvTranspose', () => {
    fc.assert(
      fc.property(geometry, ({ axes, group, channels, rows }) => {
        // ONNX allows less output_padding than a stride or a dilation.
        const extra = axes.map((a) => Math.min(a.extra, Math.max(a.stride, a.dilation) - 1));
        fc.pre(
          axes.every((a, i) => (a.size - 1) * a.stride + windowReach(a) + extra[i]! - a.begin - a.end > 0),
        );
        const make = convTranspose(
          [rows * group, ...axes.map(({ size }) => size)],
          [rows * group, channels, ...axes.map(({ kernel }) => kernel)],
          { ...windowAttributes(axes), group, output_padding: extra },
        );
        expect(directionalError(rulesOf('ConvTranspose', make, { batches: [2] }))).toBeLessThan(
          GRADIENT_BOUND,
        );
      }),
      options,
    );
  });

  it.each(['MaxPool', 'AveragePool'])('%s', (op) => {
    fc.assert(
      fc.property(geometry, ({ axes, channels, flag, ceil }) => {
        // A window that sees padding only has no maximum and no mean: frameworks forbid pads as large as the window.
        const padded = axes.map((a) => {
          const most = Math.floor(a.kernel / 2);
          return { ...a, dilation: 1, begin: Math.min(a.begin, most), end: Math.min(a.end, most) };
        });
        fc.pre(windowFits(padded));
        const make = pool(op, [channels, ...padded.map(({ size }) => size)], {
          ...windowAttributes(padded),
          kernel_shape: padded.map(({ kernel }) => kernel),
          ceil_mode: Number(ceil),
          ...(op === 'AveragePool' && { count_include_pad: Number(flag) }),
        });
        expect(directionalError(rulesOf(op, make, { batches: [2] }))).toBeLessThan(GRADIENT_BOUND);
      }),
      options,
    );
  });
});
