/** Matrix products, batch normalization, reductions and softmax. */
import { N } from '@regional-saliency/core';
import { type Case, caseOf } from '../case';
import { coarse, cycle, integers, negative, positive } from '../random';

const products: Case[] = [
  caseOf('MatMul: matrices', ({ g, input, weight }) => g.matMul(input([N, 6]), weight([6, 4]))),
  caseOf('MatMul: a batch of matrices with one matrix', ({ g, input, weight }) =>
    g.matMul(input([N, 3, 5]), weight([5, 4])),
  ),
  caseOf('MatMul: two batches, as attention has them', ({ g, input }) =>
    g.matMul(input([N, 2, 3, 5]), g.swapLast(input([N, 2, 4, 5]))),
  ),
  caseOf('MatMul: batches that broadcast', ({ g, input }) => g.matMul(input([N, 1, 3, 5]), input([2, 5, 4]))),
  caseOf('MatMul: vectors on either side', ({ g, input, weight }) => {
    const x = input([N, 3, 5]);
    return {
      right: g.matMul(x, weight([5])),
      left: g.matMul(weight([3]), x),
      dot: g.matMul(weight([4]), weight([4])),
    };
  }),
  caseOf('MatMul: by the same elements as matrices of two shapes', ({ g, input }) => {
    const elements = input([24]);
    const [wide, narrow] = [g.reshape(elements, [6, 4]), g.reshape(elements, [4, 6])];
    return { wide: g.matMul(input([N, 6]), wide), narrow: g.matMul(input([N, 4]), narrow) };
  }),
  ...[0, 1].flatMap((transA) =>
    [0, 1].map((transB) =>
      caseOf(`Gemm: transA ${transA}, transB ${transB}, alpha and beta`, ({ g, input, weight }) =>
        g.op('Gemm', [input(transA ? [6, 3] : [3, 6]), weight(transB ? [4, 6] : [6, 4]), weight([4])], {
          alpha: 0.5,
          beta: 2,
          transA,
          transB,
        }),
      ),
    ),
  ),
  caseOf('Gemm: a linear layer on a batch', ({ g, input, weight }) =>
    g.op('Gemm', [input([N, 6]), weight([4, 6]), weight([4])], { transB: 1 }),
  ),
  caseOf('Gemm: no C, C of one column, C a scalar', ({ g, input, weight }) => {
    const [a, b] = [input([3, 6]), weight([6, 4])];
    return {
      none: g.op('Gemm', [a, b]),
      column: g.op('Gemm', [a, b, weight([3, 1])]),
      scalar: g.op('Gemm', [a, b, g.scalar(1.5)]),
    };
  }),
  caseOf('BatchNormalization: images', ({ g, input, weight }) =>
    g.op(
      'BatchNormalization',
      [input([N, 3, 4, 5]), weight([3]), weight([3]), weight([3]), weight([3], positive)],
      {
        epsilon: 1e-3,
      },
    ),
  ),
  caseOf('BatchNormalization: features', ({ g, input, weight }) =>
    g.op('BatchNormalization', [input([N, 6]), weight([6]), weight([6]), weight([6]), weight([6], positive)]),
  ),
  caseOf('LayerNormalization: the last axis, several, without bias', ({ g, input, weight }) => {
    const x = input([N, 5, 4, 6]);
    const op = 'LayerNormalization';
    return {
      last: g.op(op, [x, weight([6]), weight([6])]),
      several: g.op(op, [x, weight([4, 6]), weight([4, 6])], { axis: 2, epsilon: 0.1 }),
      image: g.op(op, [x, weight([5, 4, 6])], { axis: 1 }),
    };
  }),
  caseOf('LayerNormalization: channels of images, as ConvNeXt has it', ({ g, input, weight }) => {
    const last = g.transpose(g.op('Conv', [input([N, 3, 6, 6]), weight([8, 3, 3, 3])]), [0, 2, 3, 1]);
    const y = g.op('LayerNormalization', [last, weight([8]), weight([8])], { epsilon: 1e-6 });
    return g.transpose(y, [0, 3, 1, 2]);
  }),
];

const reductions: Case[] = ['ReduceSum', 'ReduceMean', 'ReduceProd', 'ReduceMax', 'ReduceMin'].flatMap(
  (op) => [
    caseOf(`${op}: one axis, several, all, negative, kept or not`, ({ g, input }) => {
      const x = input([N, 3, 4, 5]);
      return {
        last: g.op(op, [x], { axes: [-1] }),
        spatial: g.op(op, [x], { axes: [2, 3], keepdims: 0 }),
        apart: g.op(op, [x], { axes: [1, -1], keepdims: 0 }),
        perImage: g.op(op, [x], { axes: [1, 2, 3], keepdims: 1 }),
      };
    }),
    caseOf(`${op}: everything, the batch too`, ({ g, input }) => {
      const x = input([2, 3, 4]);
      return { scalar: g.op(op, [x], { keepdims: 0 }), kept: g.op(op, [x]) };
    }),
    caseOf(`${op}: negative numbers only`, ({ g, input }) =>
      g.op(op, [input([N, 3, 4], negative)], { axes: [1] }),
    ),
  ],
);

const choices: Case[] = [
  caseOf('ReduceProd: zeros among the numbers', ({ g, input }) =>
    g.op('ReduceProd', [input([N, 3, 4], coarse)], { axes: [2] }),
  ),
  caseOf('ReduceSum: over the batch', ({ g, input }) => g.op('ReduceSum', [input([N, 3, 4])], { axes: [0] })),
  caseOf('ReduceSum: no axis, so that nothing is summed', ({ g, input }) =>
    g.op('ReduceSum', [g.neg(input([N, 3]))], { axes: [], noop_with_empty_axes: 1 }),
  ),
  caseOf('ReduceSum: int64', ({ g, input }) =>
    g.op('ReduceSum', [input([N, 5], integers(-9, 9), 'int64')], { axes: [1] }),
  ),
  caseOf('ArgMax: along each axis, ties to the first', ({ g, input }) => {
    const x = input([N, 3, 5], coarse);
    return {
      last: g.op('ArgMax', [x], { axis: -1, keepdims: 0 }),
      middle: g.op('ArgMax', [x], { axis: 1, keepdims: 1 }),
    };
  }),
  caseOf('ArgMax: negative numbers, all equal', ({ g, input }) =>
    g.op('ArgMax', [input([N, 6], cycle(-3))], { axis: 1, keepdims: 0 }),
  ),
  caseOf('Target: the predicted class, compared with an iota', ({ g, input, weight }) => {
    const logits = input([N, 10]);
    const target = g.op('ArgMax', [logits], { axis: 1, keepdims: 1 });
    const hit = g.op('Equal', [target, weight([10], (_, at) => at, 'int64')]);
    return {
      target,
      seed: g.cast(hit, 'float32'),
      logit: g.reduceSum(g.where(hit, logits, g.scalar(0)), [1]),
    };
  }),
  caseOf(
    'Target: an input index; out of range is NaN for that image',
    ({ g, input, weight }) => {
      const target = g.reshape(input([N], cycle(2, 12, -1, 9), 'int64'), [N, 1]);
      const hit = g.op('Equal', [target, weight([10], (_, at) => at, 'int64')]);
      const known = g.op('And', [
        g.op('GreaterOrEqual', [target, g.scalar(0, 'int64')]),
        g.op('Less', [target, g.scalar(10, 'int64')]),
      ]);
      return g.where(known, g.cast(hit, 'float32'), g.scalar(Number.NaN));
    },
    { batches: [1, 4] },
  ),
  ...['Softmax', 'LogSoftmax'].flatMap((op) => [
    caseOf(`${op}: along each axis`, ({ g, input }) => {
      const x = input([N, 3, 4, 5]);
      return {
        last: g.op(op, [x]),
        channels: g.op(op, [x], { axis: 1 }),
        middle: g.op(op, [x], { axis: 2 }),
      };
    }),
    caseOf(`${op}: large numbers do not overflow`, ({ g, input }) =>
      g.op(op, [input([N, 4], cycle(1000, 990, -1000, 1000))], { axis: 1 }),
    ),
  ]),
];

export const matrixCases = (): Case[] => [...products, ...reductions, ...choices];
