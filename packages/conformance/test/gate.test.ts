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

describe('the gate of what a pool hands back', () => {
  const pool = { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 0, 1] };

  /** Relevance of a pool of relu(x), stopped where `of(x)` is not positive. */
  function program(of: (rectified: Value, g: Builder) => Value) {
    const g = new Builder();
    const x = g.input('x', [N, 2, 5, 4]);
    const rectified = g.op('Relu', [x]);
    const r = g.input('r', g.op('MaxPool', [rectified], pool).shape);
    const back = g.op('MaxPoolGrad', [rectified, r], g.op('MaxPool', [rectified], pool).node!.attributes);
    const y = g.where(g.greater(of(rectified, g), g.scalar(0)), back, g.scalar(0));
    return g.finish({ inputs: [x, r], outputs: { y } });
  }

  it('stops relevance before it is scattered, and the same of it', () => {
    const before = program((rectified) => rectified);
    // A few values only, so that windows tie and whole windows are not positive.
    const values = fc.array(fc.constantFrom(-1, 0, 0.5, 2), { minLength: 40, maxLength: 40 });
    const size = before.inputs[1]!.shape.slice(1) as number[];
    const count = size.reduce((a, b) => a * b, 1);
    const relevance = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: count, maxLength: count });
    for (const portable of [false, true]) {
      const after = lower(before, { portable });
      fc.assert(
        fc.property(values, relevance, (x, r) => {
          const feeds = { x: tensor(x, [1, 2, 5, 4]), r: tensor(r, [1, ...size]) };
          const [got, wanted] = [after, before].map((graph) =>
            Array.from(evaluate(graph, feeds).y!.data as Float64Array, (value) => value + 0),
          );
          expect(got).toEqual(wanted);
        }),
      );
    }
    const scatter = nodesOf(lower(before)).find((node) => node.op === 'ScatterElements')!;
    // What is scattered is gated already: a product of r and the steepest sigmoid, flattened.
    expect(scatter.inputs[2]!.node!.inputs[0]!.node!.op).toBe('Mul');
  });

  it('is left where it is the gate of something else', () => {
    const graph = lower(program((rectified, g) => g.sub(rectified, g.scalar(1))));
    expect(operatorsOf(graph).slice(-1)).toEqual(['Where']);
  });
});
