/** The gate of a rectifier lowered to a product: where that happens, and that it is the same gate. */
import { Builder, lower, N, nodesOf, tensor, type Value } from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../src';

/** The gate of `of(x)` on r, both [N, 4]. */
function gate(of: (g: Builder, x: Value) => Value, bound = 0, otherwise = 0) {
  const g = new Builder();
  const [x, r] = [g.input('x', [N, 4]), g.input('r', [N, 4])];
  const y = g.where(g.greater(of(g, x), g.scalar(bound)), r, g.scalar(otherwise));
  return g.finish({ inputs: [x, r], outputs: { y } });
}

const relu = (g: Builder, x: Value) => g.op('Relu', [x]);
const operatorsOf = (graph: ReturnType<typeof gate>) => nodesOf(graph).map((node) => node.op);

describe('the gate of a rectifier, lowered', () => {
  it('is the same gate for every normal number, the smallest included', () => {
    const number = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }).filter((x) => x === 0 || Math.abs(x) >= 2 ** -126),
      fc.constantFrom(0, 2 ** -126, -(2 ** -126), 3.4028234663852886e38),
    );
    const row = fc.array(number, { minLength: 4, maxLength: 4 });
    const program = gate(relu);
    const lowered = lower(program);
    fc.assert(
      fc.property(row, row, (x, r) => {
        const feeds = { x: tensor(x, [1, 4]), r: tensor(r, [1, 4]) };
        const [got, wanted] = [lowered, program].map((graph) =>
          Array.from(evaluate(graph, feeds).y!.data as Float64Array, (value) => value + 0),
        );
        expect(got).toEqual(wanted);
      }),
    );
  });

  it('holds no comparison', () => {
    expect(operatorsOf(lower(gate(relu)))).toEqual(['Relu', 'HardSigmoid', 'Mul']);
  });

  it.each([
    ['of a value that may be negative', gate((g, x) => g.add(x, g.scalar(1)))],
    ['above another bound', gate(relu, 1)],
    ['that gives something else', gate(relu, 0, 1)],
  ])('leaves a gate %s as it is', (_, program) => {
    expect(operatorsOf(lower(program))).toContain('Where');
  });

  it('stays a comparison in portable forms', () => {
    expect(operatorsOf(lower(gate(relu), { portable: true }))).toContain('Where');
  });
});
