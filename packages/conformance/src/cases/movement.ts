/** Operators that move elements, alone and in the chains that exporters, LRP and lowerings write. */
import { N, type Value } from '@regional-saliency/core';
import { type Case, caseOf } from '../case';
import { integers } from '../random';

const END = 2 ** 31 - 1;

export function movementCases(): Case[] {
  return [
    caseOf('Reshape: an image to a row and back', ({ g, input }) => {
      const x = input([N, 2, 3, 4]);
      const row = g.op('Reshape', [x], { shape: [0, -1] });
      return { row, back: g.op('Reshape', [g.neg(row)], { shape: [-1, 2, 3, 4] }) };
    }),
    caseOf('Reshape: the batch joined with channels', ({ g, input }) =>
      g.reshape(g.neg(input([N, 3, 2, 2])), [{ batch: 3 }, 4]),
    ),
    caseOf('Reshape: to patches, as vision transformers begin', ({ g, input }) => {
      const patches = g.reshape(input([N, 6, 3, 4]), [N, 6, 12]);
      return g.transpose(patches, [0, 2, 1]);
    }),
    caseOf('Reshape and Transpose: channel shuffle', ({ g, input }) => {
      const apart = g.reshape(input([N, 6, 3, 2]), [N, 2, 3, 3, 2]);
      return g.reshape(g.transpose(apart, [0, 2, 1, 3, 4]), [N, 6, 3, 2]);
    }),
    caseOf('Flatten: before each axis', ({ g, input }) => {
      const x = input([N, 2, 3, 4]);
      return {
        all: g.op('Flatten', [x], { axis: 0 }),
        images: g.op('Flatten', [x]),
        middle: g.op('Flatten', [x], { axis: 2 }),
        last: g.op('Flatten', [x], { axis: -1 }),
      };
    }),
    caseOf('Squeeze and Unsqueeze', ({ g, input }) => {
      const x = input([N, 3, 1, 1]);
      return {
        some: g.op('Squeeze', [x], { axes: [-1] }),
        both: g.op('Squeeze', [x], { axes: [2, 3] }),
        wider: g.op('Unsqueeze', [x], { axes: [0, -1] }),
      };
    }),
    caseOf('Squeeze: nothing to squeeze, and an N of 1 stays', ({ g, input }) =>
      g.op('Squeeze', [input([N, 3, 4])]),
    ),
    caseOf('Transpose: every order of an image', ({ g, input }) => {
      const x = input([N, 2, 3, 4]);
      return {
        last: g.transpose(x, [0, 2, 3, 1]),
        first: g.transpose(x, [0, 3, 1, 2]),
        reversed: g.op('Transpose', [x]),
        batch: g.transpose(x, [1, 0, 2, 3]),
      };
    }),
    caseOf('Transpose: five axes', ({ g, input }) => g.transpose(input([N, 2, 3, 2, 3]), [0, 3, 1, 4, 2])),
    caseOf(
      'Expand: from ones, from a lower rank, from a scalar',
      ({ g, input }) => ({
        ones: g.expand(input([N, 3, 1, 1]), [N, 3, 2, 4]),
        lower: g.expand(input([3, 1]), [N, 2, 3, 4]),
        scalar: g.expand(g.reduceSum(input([4]), [0], false), [2, 3]),
        kept: g.op('Expand', [input([N, 3, 4])], { shape: [1, 1, 1] }),
      }),
      { batches: [2, 3] },
    ),
    caseOf('Concat: along each axis, of several parts and constants', ({ g, input, weight }) => {
      const [x, y] = [input([N, 2, 3, 4]), input([N, 2, 3, 4])];
      return {
        batch: g.concat([x, y], 0),
        channels: g.concat([x, g.neg(y), x], 1),
        last: g.concat([x, y], -1),
        constants: g.concat([weight([1, 3]), weight([2, 3])], 0),
      };
    }),
    caseOf('Concat: int64', ({ g, input }) =>
      g.concat([input([N, 2], integers(-9, 9), 'int64'), input([N, 3], integers(-9, 9), 'int64')], 1),
    ),
    caseOf('Split: unequal parts', ({ g, input }) => {
      const [a, b, c] = g.node('Split', [input([N, 7, 2, 3])], { axis: 1, split: [2, 4, 1] })
        .outputs as Value[];
      return { a: a!, b: b!, c: c! };
    }),
    caseOf(
      'Split: one part unused',
      ({ g, input }) => g.node('Split', [input([N, 6])], { axis: -1, split: [2, 4] }).outputs[1]!,
    ),
    caseOf('Slice: ranges, negative ends, steps, backwards', ({ g, input }) => {
      const x = input([N, 3, 7, 8]);
      return {
        inner: g.slice(x, [1, 2], [-1, END], [2, 3]),
        every: g.slice(x, [0, 1], [END, END], [2, 3], [2, 3]),
        backwards: g.slice(x, [-1], [-END], [3], [-1]),
        backwardsBySteps: g.slice(x, [5, -2], [0, -END], [2, 3], [-2, -3]),
        channel: g.slice(x, [1], [2], [1]),
        batch: g.slice(x, [0, 0], [END, 2], [0, 1]),
      };
    }),
    caseOf('Slice: weights reversed along several axes', ({ g, weight }) =>
      g.slice(weight([2, 3, 3, 5]), [-1, -1], [-END, -END], [2, 3], [-1, -1]),
    ),
    caseOf('Pad: constant, uneven, with a value', ({ g, input }) => {
      const x = input([N, 2, 3, 4]);
      return {
        zeros: g.pad(x, [0, 0, 1, 2], [0, 0, 2, 0]),
        value: g.op('Pad', [x], { pads: [0, 1, 0, 0, 0, 0, 1, 1], value: -2.5 }),
        cut: g.pad(x, [0, 0, -1, 0], [0, 0, 0, -2]),
        cutAndGrown: g.pad(x, [0, 0, -1, 2], [0, 0, 1, -1]),
      };
    }),
    caseOf('Pad: reflect and edge', ({ g, input }) => {
      const x = input([N, 2, 4, 5]);
      const pads = [0, 0, 2, 1, 0, 0, 1, 3];
      return {
        reflect: g.op('Pad', [x], { pads, mode: 'reflect' }),
        edge: g.op('Pad', [x], { pads, mode: 'edge' }),
      };
    }),
    caseOf('Gather: one index, several, from the end', ({ g, input, weight }) => {
      const x = input([N, 5, 3, 4]);
      return {
        one: g.op('Gather', [x, g.scalar(2, 'int64')], { axis: 1 }),
        last: g.op('Gather', [x, g.scalar(-1, 'int64')], { axis: 1 }),
        several: g.op('Gather', [x, weight([2, 2], integers(-3, 2), 'int64')], { axis: 2 }),
      };
    }),
    caseOf('Gather: indices that are an input', ({ g, input }) =>
      g.op('Gather', [input([6, 3]), input([N], integers(0, 5), 'int64')], { axis: 0 }),
    ),
    caseOf('GatherND: single elements, rows, indices from the end', ({ g, input, weight }) => {
      const x = input([4, 3, 5]);
      return {
        elements: g.op('GatherND', [x, weight([2, 4, 3], integers(-3, 2), 'int64')]),
        rows: g.op('GatherND', [x, weight([6, 2], integers(-3, 2), 'int64')]),
        one: g.op('GatherND', [x, weight([1], integers(0, 3), 'int64')]),
      };
    }),
    caseOf('ScatterND: replacing elements, adding rows with the same place twice', ({ g, input, weight }) => {
      const x = input([4, 3, 5]);
      return {
        replaced: g.op('ScatterND', [
          x,
          weight([3, 3], (_, at) => [0, 1, 2, 3, -1, -2, 1, 0, 4][at]!, 'int64'),
          input([3]),
        ]),
        added: g.op('ScatterND', [x, weight([6, 1], integers(-4, 3), 'int64'), input([6, 3, 5])], {
          reduction: 'add',
        }),
      };
    }),
    caseOf('GatherElements: along each axis, indices from the end', ({ g, input, weight }) => {
      const x = input([N, 4, 3]);
      const open = input([N, 2, 3], integers(-4, 3), 'int64');
      return {
        open: g.op('GatherElements', [x, open], { axis: 1 }),
        first: g.op('GatherElements', [input([4, 3]), weight([6, 2], integers(-4, 3), 'int64')]),
        last: g.op('GatherElements', [input([4, 3]), weight([3, 5], integers(-3, 2), 'int64')], { axis: -1 }),
      };
    }),
    caseOf('ScatterElements: adding, with the same place twice', ({ g, input }) =>
      g.op('ScatterElements', [input([12]), input([20], integers(0, 11), 'int64'), input([20])], {
        axis: 0,
        reduction: 'add',
      }),
    ),
    caseOf('ScatterElements: replacing along the second axis', ({ g, input }) =>
      g.op(
        'ScatterElements',
        [input([N, 5]), input([N, 2], (_, at) => (at % 2) * 3, 'int64'), input([N, 2])],
        { axis: 1 },
      ),
    ),
    ...['DCR', 'CRD'].map((mode) =>
      caseOf(`DepthToSpace: ${mode}`, ({ g, input }) =>
        g.op('DepthToSpace', [input([N, 12, 2, 3])], { blocksize: 2, mode }),
      ),
    ),
    caseOf('Shapes: computed from a batch that is open', ({ g, input }) => {
      const x = input([N, 3, 4]);
      const shape = g.node('Shape', [x]).outputs[0]!;
      const ones = g.op('ConstantOfShape', [g.op('Shape', [x])], {
        value: { data: Float32Array.of(1), shape: [1], dtype: 'float32' },
      });
      return { shape, size: g.node('Size', [x]).outputs[0]!, sum: g.add(x, ones) };
    }),
    caseOf('Range: the numbers of the images', ({ g, input }) => {
      const size = g.op('Gather', [g.op('Shape', [input([N, 3])]), g.scalar(0, 'int64')], { axis: 0 });
      return g.mul(g.op('Range', [g.scalar(0, 'int64'), size, g.scalar(1, 'int64')]), g.scalar(3, 'int64'));
    }),
    caseOf('Range: of constants', ({ g }) =>
      g.op('Range', [g.scalar(2, 'int64'), g.scalar(11, 'int64'), g.scalar(3, 'int64')]),
    ),
    caseOf(
      'Chain: Pad, strided Slice, Concat, DepthToSpace, as the window form of MaxPoolGrad',
      ({ g, input }) => {
        const x = g.pad(input([N, 2, 6, 6]), [0, 0, 1, 1], [0, 0, 0, 0]);
        const parts = [0, 1].flatMap((row) =>
          [0, 1].map((column) => g.slice(x, [row, column], [row + 5, column + 5], [2, 3], [2, 2])),
        );
        return g.op('DepthToSpace', [g.concat(parts, 1)], { blocksize: 2 });
      },
    ),
    caseOf('Chain: zeros put between elements by Pad and Reshape', ({ g, input }) => {
      const wide = g.op('Unsqueeze', [input([N, 2, 3])], { axes: [3] });
      return g.slice(g.reshape(g.pad(wide, [0, 0, 0, 0], [0, 0, 0, 2]), [N, 2, 9]), [0], [7], [2]);
    }),
  ];
}
