/**
 * Random programs over elementwise, movement and reduction operators, for fast-check: they shrink to a few nodes.
 *
 * Operators are chosen so that a float32 backend must be near the float64 truth: nothing grows without bound, and what
 * jumps (comparisons, ArgMax, Sign) reads only inputs, which are multiples of 1/4 and so the same in every float type.
 */
import { Builder, isBatch, N, sameDim, shapeAt, type Value } from '@regional-saliency/core';
import fc from 'fast-check';
import { type Case, type Feeds, randomTensor } from '../case';
import { coarse } from '../random';

/** One step: which operator, which of the values made so far, and a number for everything else. */
interface Step {
  readonly move: number;
  readonly a: number;
  readonly b: number;
  readonly option: number;
}

type Move = (g: Builder, a: Value, b: Value, option: number, x: Value) => Value;

const unary =
  (op: string, attributes = {}): Move =>
  (g, a) =>
    g.op(op, [a], attributes);

/** `b` where it broadcasts against `a` (and makes no second open axis), else its mean over everything. */
function fitted(g: Builder, a: Value, b: Value): Value {
  const rank = Math.max(a.shape.length, b.shape.length);
  const at = ({ shape }: Value, axis: number) => shape[axis - rank + shape.length] ?? 1;
  const pairs = Array.from({ length: rank }, (_, axis) => [at(a, axis), at(b, axis)] as const);
  const fits = pairs.every(([own, other]) => own === 1 || other === 1 || sameDim(own, other));
  const open = pairs.filter(([own, other]) => isBatch(own) || isBatch(other)).length;
  return fits && open < 2 ? b : g.op('ReduceMean', [b], { keepdims: 0 });
}

const binary =
  (op: string): Move =>
  (g, a, b) =>
    g.op('Tanh', [g.op(op, [a, fitted(g, a, b)])]);

/** An axis that is not the batch; undefined where there is none. */
function fixedAxis(a: Value, option: number): number | undefined {
  const axes = a.shape.flatMap((dim, axis) => (isBatch(dim) ? [] : [axis]));
  return axes[option % Math.max(axes.length, 1)];
}

const along =
  (move: (g: Builder, a: Value, axis: number, option: number) => Value): Move =>
  (g, a, _b, option) => {
    const axis = fixedAxis(a, option);
    return axis === undefined ? a : move(g, a, axis, option >> 3);
  };

const reduce = (op: string) =>
  along((g, a, axis, option) => g.op(op, [a], { axes: [axis], keepdims: option % 2 }));

const moves: Record<string, Move> = {
  relu: unary('Relu'),
  clip: unary('Clip', { min: -0.5, max: 1 }),
  leaky: unary('LeakyRelu', { alpha: 0.1 }),
  elu: unary('Elu'),
  sigmoid: unary('Sigmoid'),
  tanh: unary('Tanh'),
  hardSigmoid: unary('HardSigmoid'),
  hardSwish: unary('HardSwish'),
  gelu: unary('Gelu', { approximate: 'none' }),
  softsign: unary('Softsign'),
  neg: unary('Neg'),
  abs: unary('Abs'),
  root: (g, a) => g.op('Sqrt', [g.add(g.op('Abs', [a]), g.scalar(0.5))]),
  exponential: (g, a) => g.op('Exp', [g.op('Clip', [a], { max: 1 })]),
  inverse: (g, a) => g.op('Reciprocal', [g.add(g.mul(a, a), g.scalar(1))]),
  add: binary('Add'),
  sub: binary('Sub'),
  mul: binary('Mul'),
  max: binary('Max'),
  min: binary('Min'),
  quotient: (g, a, b) => g.div(a, g.add(g.op('Abs', [fitted(g, a, b)]), g.scalar(1))),
  choose: (g, a, b, option, x) => {
    const flags = g.greater(x, g.scalar((option % 9) / 4 - 1));
    const count = g.op('ReduceSum', [g.cast(flags, 'float32')], { axes: [1, 2], keepdims: 0 });
    const many = g.greater(count, g.scalar(5.5));
    if (!sameDim(a.shape[0] ?? 1, N)) return a;
    const column = g.reshape(many, [N, ...a.shape.slice(1).map(() => 1)]);
    return g.where(column, a, fitted(g, a, b));
  },
  largest: (g, _a, _b, option, x) => {
    const at = g.op('ArgMax', [x], { axis: 1 + (option % 2), keepdims: 0 });
    return g.concat(
      [g.cast(at, 'float32'), g.op('ReduceMax', [x], { axes: [1 + (option % 2)], keepdims: 0 })],
      1,
    );
  },
  transpose: (g, a, _b, option) => {
    const perm = a.shape.map((_, axis) => (axis + option) % a.shape.length);
    return g.transpose(a, perm);
  },
  swap: (g, a) => (a.shape.length < 2 ? a : g.swapLast(a)),
  flatten: (g, a, _b, option) => g.op('Flatten', [a], { axis: option % (a.shape.length + 1) }),
  unsqueeze: (g, a, _b, option) =>
    a.shape.length > 4 ? a : g.op('Unsqueeze', [a], { axes: [option % (a.shape.length + 1)] }),
  // With nothing to squeeze it would say what the case of that name says, again and again.
  squeeze: (g, a) => (a.shape.includes(1) ? g.op('Squeeze', [a]) : a),
  expand: (g, a) => (a.shape.length > 4 ? a : g.expand(a, [2, ...a.shape])),
  double: along((g, a, axis) => (Number(a.shape[axis]) > 12 ? a : g.concat([a, g.neg(a)], axis))),
  slice: along((g, a, axis, option) => {
    const size = a.shape[axis] as number;
    const start = option % size;
    return g.slice(a, [start], [size], [axis], [1 + (option % 3)]);
  }),
  reverse: along((g, a, axis) => g.slice(a, [-1], [-(2 ** 31)], [axis], [-1])),
  pad: along((g, a, axis, option) => {
    const pads = (by: number) => a.shape.map((_, at) => (at === axis ? by : 0));
    return Number(a.shape[axis]) > 12 ? a : g.pad(a, pads(option % 3), pads(1));
  }),
  split: along((g, a, axis, option) => {
    const size = a.shape[axis] as number;
    if (size < 2) return a;
    const first = 1 + (option % (size - 1));
    return g.node('Split', [a], { axis, split: [first, size - first] }).outputs[option % 2]!;
  }),
  gather: along((g, a, axis, option) =>
    g.op('Gather', [a, g.scalar(option % (a.shape[axis] as number), 'int64')], { axis }),
  ),
  sum: along((g, a, axis) => g.op('Tanh', [g.op('ReduceSum', [a], { axes: [axis] })])),
  mean: reduce('ReduceMean'),
  maximum: reduce('ReduceMax'),
  minimum: reduce('ReduceMin'),
  softmax: along((g, a, axis) => g.op('Softmax', [a], { axis })),
  logSoftmax: along((g, a, axis) => g.op('LogSoftmax', [a], { axis })),
};

const names = Object.keys(moves);

/** Programs of 1 to 12 steps on an input [N, 3, 4] and a constant; every fourth value and the last are outputs. */
export function randomPrograms(): fc.Arbitrary<Case> {
  const step = fc.record({
    move: fc.nat(names.length - 1),
    a: fc.nat(100),
    b: fc.nat(100),
    option: fc.nat(255),
  });
  return fc
    .record({ steps: fc.array(step, { minLength: 1, maxLength: 12 }), seed: fc.nat(10_000) })
    .map(({ steps, seed }) => programOf(steps, seed));
}

function programOf(steps: readonly Step[], seed: number): Case {
  const g = new Builder();
  const x = g.input('x', [N, 3, 4]);
  const values = [x, g.constantOf(randomTensor(`constant ${seed}`, [3, 1], coarse, 'float32'))];
  const told: string[] = [];
  // Later values are likelier, so that chains grow long.
  const chosen = (pick: number) =>
    values[values.length - 1 - (Math.floor(pick ** 1.5 / 20) % values.length)]!;
  for (const { move, a, b, option } of steps) {
    values.push(moves[names[move]!]!(g, chosen(a), chosen(b), option, x));
    told.push(names[move]!);
  }
  const outputs: Record<string, Value> = {};
  for (const [index, value] of values.entries()) {
    if (index === values.length - 1 || index % 4 === 3) outputs[`y${index}`] = value;
  }
  const runs = [1, 2, 5].map(
    (batch): Feeds => ({ x: randomTensor(`x ${seed} ${batch}`, shapeAt(x.shape, batch), coarse, 'float32') }),
  );
  return {
    name: `random program ${told.join(' → ')} (seed ${seed})`,
    program: g.finish({ inputs: [x], outputs }),
    runs,
    scale: { atLeast: 1, because: 'numbers of size 1 may cancel to almost nothing on the way' },
  };
}
