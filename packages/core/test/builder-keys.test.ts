import { describe, expect, it } from 'vitest';
import { Builder, describeNode, N } from '../src';

describe('the builder makes the same computation once, and only the same', () => {
  const padded = (g: Builder, value: number) => {
    const x = g.scalar(1);
    return g.op('Pad', [g.reshape(x, [1])], { pads: [1, 0], value });
  };

  it('tells apart numbers that JSON can not write', () => {
    const g = new Builder();
    const values = [0, -0, Infinity, -Infinity, Number.NaN, 1].map((value) => padded(g, value));
    expect(new Set(values).size).toBe(values.length);
  });

  it('finds the node again for the same number, infinite or not', () => {
    const g = new Builder();
    for (const value of [0, -0, Infinity, Number.NaN]) expect(padded(g, value)).toBe(padded(g, value));
  });
});

describe('errors of a node without a name', () => {
  it('say its operator', () => {
    const g = new Builder();
    const x = g.input('x', [N, 3]);
    expect(() => g.op('Concat', [x, g.input('y', [N, 3, 3])], { axis: 1 })).toThrow(/^Concat: /);
  });

  it('say its path where it has one', () => {
    const g = new Builder();
    const node = g.node('Relu', [g.input('x', [N, 3])], {}, { name: '/layer1/relu' });
    expect(describeNode(node)).toBe('Relu "/layer1/relu"');
  });
});
