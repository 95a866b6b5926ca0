/** Loops: what they read from outside, what they sum up, and loops within loops. */
import { N, repeat, type Value, walk } from '@regional-saliency/core';
import { type Case, caseOf, type Parts } from '../case';

/** A small network with what a backend fuses, moves or lowers on its own: a convolution, a pool, a dense layer. */
function gradientAt({ g, weight }: Parts): (x: Value) => Value {
  const fan = (random: () => number) => random() - 0.4;
  const [kernel, bias, dense] = [weight([4, 2, 3, 3], fan), weight([4]), weight([4 * 2 * 2, 3], fan)];
  return (x) => {
    const activation = g.op('Relu', [
      g.op('Conv', [x, kernel, bias], { pads: [1, 1, 1, 1], strides: [2, 2] }),
    ]);
    const pooled = g.op('MaxPool', [activation], { kernel_shape: [2, 2], strides: [2, 2] });
    const scores = g.op('Sigmoid', [g.matMul(g.reshape(pooled, [N, 16]), dense)]);
    const seeds = new Map([[scores, g.expandLike(g.scalar(1), scores)]]);
    return walk(g, { seeds, wrt: [x] }).get(x)!;
  };
}

export const loopCases = (): Case[] => [
  ...[1, 2, 7].map((count) =>
    caseOf(`Repeat: ${count} steps that count themselves`, ({ g, input }) => {
      const x = input([N, 3]);
      const [sum] = repeat(g, count, (step) => [g.mul(x, g.add(g.cast(step, 'float32'), g.scalar(0.5)))]);
      return sum!;
    }),
  ),
  caseOf('Repeat: a row of a constant and a row of an input for each step', ({ g, input, weight }) => {
    const [x, rows, own] = [input([N, 3]), weight([4, 3]), input([N, 4, 3])];
    const [sum] = repeat(g, 4, (step) => {
      const weighted = g.mul(
        g.op('Tanh', [g.add(x, g.op('Gather', [own, step], { axis: 1 }))]),
        g.op('Gather', [rows, step]),
      );
      return [weighted];
    });
    return sum!;
  }),
  caseOf('Repeat: several sums of different shapes, one the same in every step', ({ g, input }) => {
    const x = input([N, 3, 2]);
    const [wide, narrow, same, again] = repeat(g, 3, (step) => {
      const moved = g.op('Sigmoid', [g.add(x, g.cast(step, 'float32'))]);
      return [moved, g.reduceSum(moved, [1], false), g.op('Relu', [x]), moved];
    });
    return { wide: wide!, narrow: narrow!, same: same!, again: again! };
  }),
  caseOf('Repeat: what it sums is read on, and what it reads is read elsewhere', ({ g, input }) => {
    const x = input([N, 2, 3, 3]);
    const y = g.op('Relu', [x]);
    const [sum] = repeat(g, 3, (step) => [g.op('Tanh', [g.mul(y, g.cast(step, 'float32'))])]);
    return { y, mean: g.div(sum!, g.scalar(3)) };
  }),
  caseOf('Repeat: shapes that depend on the batch, inside and behind', ({ g, input }) => {
    const x = input([N, 2, 3]);
    const [sum] = repeat(g, 3, (step) => {
      const flat = g.reshape(g.add(x, g.cast(step, 'float32')), [N, 6]);
      return [g.add(flat, g.expand(g.cast(step, 'float32'), [N, 6]))];
    });
    return g.reshape(g.op('Exp', [g.neg(sum!)]), [N, 3, 2]);
  }),
  caseOf('Repeat: no batch', ({ g, input }) => {
    const x = input([2, 3]);
    return repeat(g, 3, (step) => [g.add(x, g.cast(step, 'float32'))])[0]!;
  }),
  caseOf('Repeat: a loop in a loop, reading from both', ({ g, input }) => {
    const x = input([N, 3]);
    const [sum] = repeat(g, 3, (outer) => {
      const y = g.op('Tanh', [g.mul(x, g.cast(outer, 'float32'))]);
      const [inner] = repeat(g, 2, (step) => [
        g.op('Sigmoid', [g.add(g.add(y, x), g.cast(g.add(step, outer), 'float32'))]),
      ]);
      return [g.mul(inner!, y)];
    });
    return sum!;
  }),
  caseOf('Repeat: gradients of a network along a line, beside its gradient at the end', (parts) => {
    const { g, input, weight } = parts;
    const x = input([N, 2, 8, 8]);
    const places = weight([5], (_, at) => (at + 0.5) / 5);
    const gradient = gradientAt(parts);
    const own = gradient(x);
    const [sum] = repeat(g, 5, (step) => [gradient(g.mul(x, g.op('Gather', [places, step])))]);
    return { own, sum: sum! };
  }),
];
