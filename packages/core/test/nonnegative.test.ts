/** What is said never to be negative never is. */
import { evaluate, normal, randomTensor } from '@regional-saliency/conformance';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Attributes, Builder, N, nonNegativity, type Value } from '../src/index';

describe('nonNegativity', () => {
  const g = new Builder();
  const x = g.input('x', [N, 4, 6, 6]);
  const relu = g.op('Relu', [x]);
  const isNonNegative = nonNegativity();
  const window = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };

  const yes: Readonly<Record<string, Value>> = {
    Relu: relu,
    'Clip from 0': g.op('Clip', [x], { min: 0, max: 6 }),
    Sigmoid: g.op('Sigmoid', [x]),
    'a max pool of Relu': g.op('MaxPool', [relu], window),
    'an average of Relu': g.op('AveragePool', [relu], window),
    'a sum of two that are': g.add(relu, g.op('Exp', [x])),
    'a concatenation of two that are': g.concat([relu, g.op('Abs', [x])], 1),
    'a part, flattened': g.op('Flatten', [g.slice(relu, [1], [3], [1])]),
    'resized linearly': g.op('Resize', [relu], { axes: [2], scales: [2], mode: 'linear' }),
    'padded with zeros': g.pad(relu, [0, 0, 1, 1], [0, 0, 1, 1]),
    'times weights that are not negative': g.mul(relu, g.constant([0, 1, 2, 3], [4, 1, 1])),
  };
  it.each(Object.entries(yes))('%s: yes', (_name, value) => expect(isNonNegative(value)).toBe(true));

  const no: Readonly<Record<string, Value>> = {
    'an input': x,
    'a convolution of Relu': g.op('Conv', [relu, g.constant(new Array(16).fill(1), [4, 4, 1, 1])]),
    'resized by cubics, which overshoot': g.op('Resize', [relu], { axes: [2], scales: [2], mode: 'cubic' }),
    'Clip from -1': g.op('Clip', [x], { min: -1 }),
    'Clip without a lower bound': g.op('Clip', [x], { max: 6 }),
    'a difference of two that are': g.sub(relu, g.op('Sigmoid', [x])),
    'a sum with one that is not': g.add(relu, x),
    'times weights of either sign': g.mul(relu, g.constant([0, 1, -2, 3], [4, 1, 1])),
    'padded with a negative number': g.op('Pad', [relu], {
      pads: [0, 0, 1, 1, 0, 0, 1, 1],
      mode: 'constant',
      value: -1,
    }),
    'a constant with NaN': g.constant([1, Number.NaN], [2]),
    // 0xc000 is -2 in half precision.
    'half floats, which are bit patterns here': g.constant(Uint16Array.of(0xc000), [1], 'float16'),
    LeakyRelu: g.op('LeakyRelu', [x]),
  };
  it.each(Object.entries(no))('%s: no', (_name, value) => expect(isNonNegative(value)).toBe(false));

  it('holds for what random networks compute', () => {
    const operators: readonly [string, Attributes][] = [
      ['Relu', {}],
      ['Neg', {}],
      ['Abs', {}],
      ['Sigmoid', {}],
      ['Tanh', {}],
      ['HardSwish', {}],
      ['Elu', {}],
      ['Clip', { min: 0 }],
      ['Clip', { max: 1 }],
      ['MaxPool', window],
      ['AveragePool', window],
      ['Softmax', { axis: 1 }],
      ['LogSoftmax', { axis: 1 }],
      ['Softplus', {}],
      ['Identity', {}],
    ];
    const step = fc.oneof(
      fc.constantFrom(...operators).map((operator) => ({ operator, binary: undefined })),
      fc.constantFrom('Add', 'Sub', 'Mul', 'Max', 'Min').map((binary) => ({ operator: undefined, binary })),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), fc.nat(1000), (steps, seed) => {
        const g = new Builder();
        const x = g.input('x', [1, 2, 4, 4]);
        const values = [x];
        for (const { operator, binary } of steps) {
          const last = values.at(-1)!;
          values.push(
            operator ? g.op(operator[0], [last], operator[1]) : g.op(binary, [last, values.at(-2) ?? x]),
          );
        }
        const outputs = Object.fromEntries(values.map((value, at) => [`y${at}`, value]));
        const results = evaluate(g.finish({ inputs: [x], outputs }), {
          x: randomTensor(`nonnegative ${seed}`, [1, 2, 4, 4], normal, 'float32'),
        });
        const isNonNegative = nonNegativity();
        for (const [name, value] of Object.entries(outputs)) {
          if (isNonNegative(value)) {
            expect(Array.from(results[name]!.data as Float64Array).every((item) => item >= 0)).toBe(true);
          }
        }
      }),
    );
  });
});
