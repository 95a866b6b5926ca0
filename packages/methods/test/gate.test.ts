/** Which operand of a product is the signal, told from the graph. */
import { evaluate } from '@regional-saliency/conformance';
import { Builder, compile, N, type Value } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { epsilonPlus, lrp, signalOf } from '../src/index';

type Gate = (g: Builder, x: Value) => Value;

const half = (g: Builder) => g.scalar(0.5);

/** The gates of networks in use, each of the size of the signal or one a channel. */
const gates: Readonly<Record<string, Gate>> = {
  'squeeze-and-excitation': (g, x) => g.op('Sigmoid', [g.op('GlobalAveragePool', [x])]),
  'squeeze-and-excitation of MobileNetV3': (g, x) => g.op('HardSigmoid', [g.op('GlobalAveragePool', [x])]),
  'a gate without bounds, one a channel': (g, x) => g.op('GlobalAveragePool', [x]),
  SiLU: (g, x) => g.op('Sigmoid', [x]),
  'a scaled gate': (g, x) => g.mul(g.add(g.op('Sigmoid', [x]), half(g)), g.scalar(2)),
  'hard-swish written out': (g, x) =>
    g.div(g.op('Clip', [g.add(x, g.scalar(3))], { min: 0, max: 6 }), g.scalar(6)),
  'GELU written out': (g, x) => g.mul(half(g), g.add(g.op('Erf', [g.mul(x, half(g))]), g.scalar(1))),
  Mish: (g, x) => g.op('Tanh', [g.op('Softplus', [x])]),
  'an attention map': (g, x) => g.op('Softmax', [x], { axis: 1 }),
  'a gate that is moved about': (g, x) =>
    g.reshape(g.op('Sigmoid', [g.reshape(g.op('GlobalAveragePool', [x]), [N, 2])]), [N, 2, 1, 1]),
};

function product(gate: Gate, turned: boolean) {
  const g = new Builder();
  const x = g.input('x', [N, 2, 3, 3]);
  const signal = g.op('Clip', [g.op('Conv', [x, g.constant([1, 2, 3, -4], [2, 2, 1, 1])])], {
    min: 0,
    max: 6,
  });
  const gating = gate(g, signal);
  const result = turned ? g.op('Mul', [gating, signal]) : g.op('Mul', [signal, gating]);
  const y = g.op('Flatten', [g.op('GlobalAveragePool', [result])]);
  return { g, x, y, signal, node: result.node! };
}

describe.each(Object.entries(gates))('%s', (_name, gate) => {
  it.each([false, true])('the other operand is the signal (turned: %s)', (turned) => {
    const { node } = product(gate, turned);
    expect(signalOf(node)).toBe(turned ? 1 : 0);
  });

  it('the signal takes all relevance', () => {
    const { g, x, y, signal } = product(gate, false);
    const graph = g.finish({ inputs: [x], outputs: { y }, names: new Map([['signal', signal]]) });
    const data = Float32Array.from({ length: 18 }, (_, at) => 0.5 + ((at * 7) % 5));
    const { graph: program } = compile(graph, { method: lrp('own', epsilonPlus()), capture: ['signal'] });
    const run = evaluate(program, { x: { data, shape: [1, 2, 3, 3], dtype: 'float32' } });
    const sum = Array.from(run['signal.relevance']!.data as Float64Array).reduce((a, b) => a + b);
    expect(sum).toBeCloseTo(1, 5);
  });
});

describe('a product of two equals', () => {
  it('has no signal, and each takes half', () => {
    const g = new Builder();
    const x = g.input('x', [N, 1, 1, 1]);
    const a = g.op('Conv', [x, g.constant([2], [1, 1, 1, 1])]);
    const b = g.op('Conv', [x, g.constant([3], [1, 1, 1, 1])]);
    const both = g.mul(a, b);
    expect(signalOf(both.node!)).toBeUndefined();
    const graph = g.finish({
      inputs: [x],
      outputs: { y: g.op('Flatten', [both]) },
      names: new Map([
        ['a', a],
        ['b', b],
      ]),
    });
    const { graph: program } = compile(graph, { method: lrp('own', epsilonPlus()), capture: ['a', 'b'] });
    const run = evaluate(program, { x: { data: Float32Array.of(1), shape: [1, 1, 1, 1], dtype: 'float32' } });
    expect(run['a.relevance']!.data[0]).toBe(0.5);
    expect(run['b.relevance']!.data[0]).toBe(0.5);
  });
});
