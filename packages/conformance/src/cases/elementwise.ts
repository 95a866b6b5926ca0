/** Elementwise operators: special values, kinks, broadcasting, integers and bools. */
import { type Attributes, N } from '@regional-saliency/core';
import { type Case, caseOf } from '../case';
import { coarse, cycle, either, integers, nanAt, negative, normal, positive } from '../random';

const activations: [op: string, attributes?: Attributes, note?: string][] = [
  ['Identity'],
  ['Relu'],
  ['Clip', { min: 0, max: 6 }, 'as ReLU6'],
  ['Clip', { min: -0.5 }, 'from below only'],
  ['Clip', { max: 0.5 }, 'from above only'],
  ['LeakyRelu'],
  ['LeakyRelu', { alpha: 0.2 }, 'with its own slope'],
  ['Elu'],
  ['Elu', { alpha: 1.5 }, 'with its own alpha'],
  ['Selu'],
  ['Sigmoid'],
  ['Tanh'],
  ['HardSigmoid'],
  ['HardSigmoid', { alpha: 1 / 6, beta: 0.5 }, "as PyTorch's"],
  ['HardSwish'],
  ['Swish'],
  ['Swish', { alpha: 1.702 }, 'with its own alpha'],
  ['Mish'],
  ['Softplus'],
  ['Softsign'],
  ['Gelu', { approximate: 'none' }, 'by erf'],
  ['Gelu', { approximate: 'tanh' }, 'by tanh'],
  ['Erf'],
  ['Exp'],
  ['Neg'],
  ['Abs'],
  ['Sign'],
  ['Floor'],
  ['Round'],
  ['Sin'],
  ['Cos'],
  ['Atan'],
  ['Ceil'],
];

function activationCases(): Case[] {
  return activations.flatMap(([op, attributes, note]) => {
    const title = note ? `${op} ${note}` : op;
    return [
      caseOf(`${title}: a batch of images`, ({ g, input }) => g.op(op, [input([N, 3, 4, 5])], attributes)),
      caseOf(`${title}: zeros, kinks and large values`, ({ g, input }) =>
        g.op(
          op,
          [input([18], cycle(0, 1, -1, 3, -3, 6, -6, 0.5, -0.5, 2.5, -2.5, 9, -9, 20, -20, 1e-3, 40, -40))],
          attributes,
        ),
      ),
    ];
  });
}

const arithmetic: Case[] = ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min'].flatMap((op) => [
  caseOf(`${op}: two tensors of one shape`, ({ g, input }) =>
    g.op(op, [input([N, 3, 4, 5]), input([N, 3, 4, 5], positive)]),
  ),
  caseOf(`${op}: broadcasting both ways, a rank less and a scalar`, ({ g, input, weight }) => {
    const x = input([N, 3, 1, 5]);
    return {
      both: g.op(op, [x, input([4, 1], positive)]),
      channel: g.op(op, [x, weight([3, 1, 1], positive)]),
      scalar: g.op(op, [g.scalar(1.5), input([N, 3, 1, 5], positive)]),
      matrix: g.op(op, [weight([2, 1, 1, 1, 1]), input([N, 3, 4, 5], positive)]),
    };
  }),
  caseOf(`${op}: int64`, ({ g, input, weight }) =>
    g.op(op, [input([N, 6], integers(-9, 9), 'int64'), weight([6], integers(1, 5), 'int64')]),
  ),
]);

const logic: Case[] = [
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'].flatMap((op) => [
    caseOf(`${op}: floats with ties, broadcast`, ({ g, input }) =>
      g.op(op, [input([N, 3, 4], coarse), input([3, 1], coarse)]),
    ),
    caseOf(`${op}: int64`, ({ g, input, weight }) =>
      g.op(op, [input([N, 5], integers(-2, 2), 'int64'), weight([5], integers(-2, 2), 'int64')]),
    ),
  ]),
  caseOf('And, Or, Not: bools from comparisons, broadcast', ({ g, input }) => {
    const a = g.greater(input([N, 3, 4], coarse), g.scalar(0));
    const b = g.less(input([N, 1, 4], coarse), g.scalar(0.5));
    return { and: g.op('And', [a, b]), or: g.op('Or', [a, b]), not: g.op('Not', [a]) };
  }),
  caseOf('Where: a bool input chooses between broadcast tensors', ({ g, input }) =>
    g.where(input([N, 1, 5], either, 'bool'), input([N, 4, 1]), input([4, 5])),
  ),
  caseOf('Where: along five axes, broadcast', ({ g, input }) =>
    g.where(input([N, 1, 2, 1, 3], either, 'bool'), input([N, 2, 1, 3, 1]), g.scalar(0.5)),
  ),
  caseOf('Where: int64 and a scalar', ({ g, input }) =>
    g.where(input([N, 5], either, 'bool'), input([N, 5], integers(-5, 5), 'int64'), g.scalar(7, 'int64')),
  ),
  caseOf('Cast: between float, int64, int32 and bool', ({ g, input }) => {
    const x = input([N, 9], cycle(0, 1.5, -1.5, 2, -0.25, 7.75, -7.75, 100, 0));
    const whole = g.cast(x, 'int64');
    const flag = g.cast(x, 'bool');
    return {
      int64: whole,
      int32: g.cast(x, 'int32'),
      bool: flag,
      back: g.cast(whole, 'float32'),
      ones: g.cast(flag, 'float32'),
      counts: g.cast(flag, 'int64'),
    };
  }),
  caseOf('Cast: what was bool or whole is moved as floats', ({ g, input }) => {
    const flag = g.cast(input([N, 3, 4], either, 'bool'), 'float32');
    const whole = g.cast(input([N, 3, 4], integers(-5, 5), 'int64'), 'float32');
    return {
      turned: g.transpose(flag, [0, 2, 1]),
      summed: g.op('ReduceSum', [flag], { axes: [1] }),
      cut: g.slice(whole, [1], [3], [1]),
      beside: g.op('Concat', [whole, flag], { axis: 1 }),
    };
  }),
];

const others: Case[] = [
  caseOf('PRelu: a slope for each channel, and one for all', ({ g, input, weight }) => {
    const x = input([N, 3, 4, 5]);
    return { channel: g.op('PRelu', [x, weight([3, 1, 1])]), all: g.op('PRelu', [x, weight([1])]) };
  }),
  caseOf('IsNaN: of one element', ({ g, input }) => g.op('IsNaN', [input([2, 4], nanAt(5))])),
  ...['Log', 'Sqrt', 'Reciprocal'].map((op) =>
    caseOf(`${op}: positive numbers`, ({ g, input }) => g.op(op, [input([N, 3, 5], positive)])),
  ),
  caseOf('Reciprocal: negative numbers', ({ g, input }) => g.op('Reciprocal', [input([N, 7], negative)])),
  caseOf('Pow: positive numbers to any power, any number to a whole one', ({ g, input }) => {
    const x = input([N, 3, 4]);
    return {
      any: g.op('Pow', [input([N, 3, 4], positive), input([4])]),
      square: g.op('Pow', [x, g.scalar(2)]),
      cube: g.op('Pow', [x, g.scalar(3)]),
    };
  }),
  caseOf("Mod: the divisor's sign, the dividend's, floats and integers", ({ g, input, weight }) => {
    const [x, whole] = [
      input([N, 6], cycle(7.5, -7.5, 4, -4, 0.25)),
      input([N, 6], integers(-9, 9), 'int64'),
    ];
    const by = weight([6], cycle(3, -3, 2), 'int64');
    return {
      float: g.op('Mod', [x, weight([6], cycle(3, -3, 2))], { fmod: 1 }),
      floor: g.op('Mod', [whole, by]),
      truncated: g.op('Mod', [whole, by], { fmod: 1 }),
    };
  }),
  caseOf('NaN passes sums, products and activations of its own element only', ({ g, input }) => {
    const x = input([2, 4], nanAt(5));
    return { sum: g.add(x, g.scalar(1)), product: g.mul(x, g.scalar(2)), negative: g.neg(x) };
  }),
  caseOf('NaN chosen by Where for one image stays in that image', ({ g, input }) => {
    const target = input([N], cycle(1, 12, 3), 'int64');
    const valid = g.op('Less', [target, g.scalar(10, 'int64')]);
    return g.where(g.reshape(valid, [...target.shape, 1, 1]), input([N, 2, 3]), g.scalar(Number.NaN));
  }),
  caseOf('NaN not chosen by Where leaves no trace', ({ g, input }) =>
    g.where(input([8], cycle(1, 0), 'bool'), input([8], normal), input([8], cycle(Number.NaN, 0))),
  ),
];

export const elementwiseCases = (): Case[] => [...activationCases(), ...arithmetic, ...logic, ...others];
