/** Roles are told from the graph alone. */
import { describe, expect, it } from 'vitest';
import { Builder, N, type Role, rolesOf, type Value } from '../src/index';

const g = new Builder();
const x = g.input('x', [N, 4, 6, 6]);
const tokens = g.input('tokens', [N, 5, 4]);
const ones = (shape: number[]) => g.constant(new Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape);
const graphOf = (value: Value) => g.finish({ inputs: [x, tokens], outputs: { value } });

describe('roles', () => {
  const convolved = g.op('Conv', [x, ones([4, 4, 1, 1])]);
  const product = g.matMul(tokens, ones([4, 3]));
  const cases: readonly [string, Value, Role | undefined][] = [
    ['Conv with fixed weights', convolved, 'linear'],
    ['Gemm with fixed weights', g.op('Gemm', [g.op('Flatten', [x]), ones([144, 2])]), 'linear'],
    ['MatMul with fixed weights on the right', product, 'linear'],
    ['MatMul with fixed weights on the left', g.matMul(ones([2, 5]), tokens), 'linear'],
    ['MatMul with weights computed from constants', g.matMul(tokens, g.op('Tanh', [ones([4, 2])])), 'linear'],
    ['MatMul of two computed values', g.matMul(tokens, g.swapLast(tokens)), 'bilinear'],
    ['Add of a constant behind a MatMul', g.add(product, ones([3])), 'bias'],
    ['the same with the constant first', g.add(ones([5, 3]), product), 'bias'],
    ['Add of a constant behind something else', g.add(convolved, ones([4, 1, 1])), undefined],
    ['Add of two computed values', g.add(x, convolved), 'residual'],
    ['Resize', g.op('Resize', [x], { axes: [2, 3], scales: [2, 2], mode: 'linear' }), 'average'],
    ['Mul of two computed values', g.mul(x, g.op('Sigmoid', [x])), 'gate'],
    ['Mul by a constant', g.mul(x, ones([4, 1, 1])), undefined],
    [
      'BatchNormalization',
      g.op('BatchNormalization', [x, ones([4]), ones([4]), ones([4]), ones([4])]),
      'norm',
    ],
    ['Clip', g.op('Clip', [x], { min: 0, max: 6 }), 'activation'],
    ['GlobalAveragePool', g.op('GlobalAveragePool', [x]), 'average'],
    ['ReduceMean', g.op('ReduceMean', [x], { axes: [2, 3] }), 'average'],
    ['ReduceSum', g.op('ReduceSum', [x], { axes: [2, 3] }), 'average'],
    ['MaxPool', g.op('MaxPool', [x], { kernel_shape: [2, 2] }), undefined],
    ['Concat', g.concat([x, convolved], 1), undefined],
  ];
  it.each(cases)('%s', (_name, value, role) => {
    expect(rolesOf(graphOf(value)).of.get(value.node!)).toBe(role);
  });

  it('a MatMul has the bias that is added behind it', () => {
    const bias = ones([3]);
    const sum = g.add(product, bias);
    expect(rolesOf(graphOf(sum)).biases.get(product.node!)).toBe(bias);
  });

  it('a product that others read too has no bias: the Add is one of several readers', () => {
    const product = g.matMul(tokens, ones([4, 7]));
    const sum = g.add(product, ones([7]));
    const both = g.mul(sum, g.op('Tanh', [product]));
    const { of, biases } = rolesOf(graphOf(both));
    expect(of.get(sum.node!)).toBeUndefined();
    expect(biases.size).toBe(0);
  });

  it('of a densely connected pass at a constant image are told in the time of one look at each node', () => {
    // Ones of 2¹⁶, too many to be folded; each sum reads the one before twice, so there are 2⁶⁰ ways through them.
    let sum = ones([1, 4, 128, 128]);
    for (let depth = 0; depth < 60; depth++) sum = g.add(g.op('Tanh', [sum]), g.op('Sigmoid', [sum]));
    expect(rolesOf(graphOf(sum)).of.get(sum.node!)).toBeUndefined();
  });
});
