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
