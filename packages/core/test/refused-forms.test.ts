/** Attributes that would change an operator's result are refused, never passed over. */
import { expect, it } from 'vitest';
import { type Attributes, Builder, SaliencyError } from '../src/index';

const build = (op: string, attributes: Attributes) => () => {
  const g = new Builder();
  const x = g.input('x', [4, 3]);
  const indices = g.input('indices', [4, 1], 'int64');
  const inputs = { ArgMax: [x], ScatterElements: [x, indices, x], ScatterND: [x, indices, x] }[op]!;
  return g.op(op, inputs, attributes);
};

it.each([
  ['ArgMax', { select_last_index: 1 }, 'select_last_index'],
  ['ScatterElements', { reduction: 'mul' }, 'reduction "mul"'],
  ['ScatterND', { reduction: 'max' }, 'reduction "max"'],
])('%s with %o', (op, attributes, message) => {
  expect(build(op, {})).not.toThrow();
  expect(build(op, attributes)).toThrow(SaliencyError);
  expect(build(op, attributes)).toThrow(message);
});

it('MaxPool with Indices in column-major order', () => {
  const g = new Builder();
  const x = g.input('x', [1, 1, 4, 4]);
  expect(() => g.op('MaxPool', [x], { kernel_shape: [2, 2], storage_order: 1 })).toThrow('storage_order');
});

it('ConvTranspose gives the output_shape that is asked for, also where it is larger than the windows reach', () => {
  const g = new Builder();
  const [x, weights] = [g.input('x', [1, 1, 3, 3]), g.constant(new Float32Array(18), [1, 2, 3, 3])];
  const attributes = { strides: [3, 2], output_shape: [10, 8] };
  expect(g.op('ConvTranspose', [x, weights], attributes).shape).toEqual([1, 2, 10, 8]);
});

it.each([
  ['reflect', [3, 4]],
  ['wrap', [4, 5]],
] as const)('Pad with mode %s takes no more than there is', (mode, [most, more]) => {
  const g = new Builder();
  const pad = (size: number) => g.op('Pad', [g.input('x', [4, 3])], { pads: [0, 0, size, 0], mode });
  expect(pad(most).shape).toEqual([4 + most, 3]);
  expect(() => pad(more)).toThrow(`can't take ${more} from an axis of 4`);
});
