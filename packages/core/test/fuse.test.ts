/** Functions written in primitives become single nodes that compute the same and are found by the same names. */
import { evaluate, normal, randomTensor } from '@regional-saliency/conformance';
import { describe, expect, it } from 'vitest';
import { Builder, canonize, type Graph, N, nodesOf, type Value } from '../src/index';

type Make = (g: Builder, x: Value) => Value;

/** The function behind a node and before another, the last value named as exporters do. */
function around(
  make: Make,
  more: (g: Builder, x: Value, y: Value) => Record<string, Value> = () => ({}),
): Graph {
  const g = new Builder();
  const input = g.input('x', [N, 3, 8]);
  const x = g.op('Neg', [input]);
  const y = make(g, x);
  const names = new Map<string, Value>([['act', y]]);
  for (const [at, node] of nodesOf(g.finish({ inputs: [input], outputs: { y } })).entries())
    names.set(`inner.${at}`, node.outputs[0]!);
  return g.finish({ inputs: [input], outputs: { out: g.op('Abs', [y]), ...more(g, x, y) }, names });
}

const operators = (graph: Graph) => nodesOf(graph).map(({ op }) => op);

function expectSame(before: Graph, after: Graph): void {
  const feeds = { x: randomTensor('images', [2, 3, 8], normal, 'float32') };
  const [expected, actual] = [evaluate(before, feeds), evaluate(after, feeds)];
  for (const [name, { data }] of Object.entries(expected)) {
    for (const [place, value] of (data as Float64Array).entries())
      expect(Math.abs(Number(actual[name]!.data[place]) - value)).toBeLessThan(2e-6);
  }
}

const erfBend: Make = (g, x) =>
  g.add(g.op('Erf', [g.div(x, g.constant([Math.SQRT2], [1]))]), g.constant([1], [1]));
const tanhBend: Make = (g, x) => {
  const cube = g.op('Pow', [x, g.scalar(3)]);
  const inner = g.mul(g.add(x, g.mul(cube, g.scalar(0.044715))), g.scalar(0.79788458));
  return g.add(g.op('Tanh', [inner]), g.scalar(1));
};

const weights = (g: Builder, seed: string) => g.constantOf(randomTensor(seed, [8], normal, 'float32'));
const mean = (g: Builder, x: Value) => g.op('ReduceMean', [x], { axes: [-1] });
const standard: Make = (g, x) => {
  const centred = g.sub(x, mean(g, x));
  const variance = mean(g, g.op('Pow', [centred, g.scalar(2)]));
  return g.div(centred, g.op('Sqrt', [g.add(variance, g.scalar(1e-5))]));
};

const written: Record<string, [op: string, make: Make]> = {
  'Gelu, x first': ['Gelu', (g, x) => g.mul(g.mul(x, erfBend(g, x)), g.scalar(0.5))],
  'Gelu, half first': ['Gelu', (g, x) => g.mul(g.mul(g.scalar(0.5), x), erfBend(g, x))],
  'Gelu, half of the bend': ['Gelu', (g, x) => g.mul(x, g.mul(g.scalar(0.5), erfBend(g, x)))],
  'Gelu, divided by two': ['Gelu', (g, x) => g.div(g.mul(erfBend(g, x), x), g.scalar(2))],
  'Gelu, its argument multiplied': [
    'Gelu',
    (g, x) => {
      const bend = g.add(g.scalar(1), g.op('Erf', [g.mul(x, g.scalar(Math.SQRT1_2))]));
      return g.mul(g.mul(x, g.scalar(0.5)), bend);
    },
  ],
  'Gelu by tanh, a power': ['Gelu', (g, x) => g.mul(g.scalar(0.5), g.mul(x, tanhBend(g, x)))],
  'Gelu by tanh, products': [
    'Gelu',
    (g, x) => {
      const cube = g.mul(x, g.mul(x, x));
      const inner = g.mul(g.scalar(0.79788458), g.add(x, g.mul(g.scalar(0.044715), cube)));
      return g.mul(g.scalar(0.5), g.mul(x, g.add(g.scalar(1), g.op('Tanh', [inner]))));
    },
  ],
  'Gelu by tanh, x taken out': [
    'Gelu',
    (g, x) => {
      const polynomial = g.add(g.scalar(1), g.mul(g.scalar(0.044715), g.mul(x, x)));
      const inner = g.mul(g.mul(x, g.scalar(0.7978845608)), polynomial);
      return g.mul(g.mul(x, g.scalar(0.5)), g.add(g.scalar(1), g.op('Tanh', [inner])));
    },
  ],
  'Swish as SiLU': ['Swish', (g, x) => g.mul(x, g.op('Sigmoid', [x]))],
  'Swish with alpha, the gate first': [
    'Swish',
    (g, x) => g.mul(g.op('Sigmoid', [g.mul(g.scalar(1.702), x)]), x),
  ],
  'HardSwish, the gate divided': [
    'HardSwish',
    (g, x) => g.mul(x, g.div(g.op('Clip', [g.add(x, g.scalar(3))], { min: 0, max: 6 }), g.scalar(6))),
  ],
  'HardSwish, the product divided': [
    'HardSwish',
    (g, x) => g.div(g.mul(x, g.op('Clip', [g.add(g.scalar(3), x)], { min: 0, max: 6 })), g.scalar(6)),
  ],
  'HardSwish, the product multiplied': [
    'HardSwish',
    (g, x) => g.mul(g.mul(g.op('Clip', [g.add(x, g.scalar(3))], { min: 0, max: 6 }), x), g.scalar(1 / 6)),
  ],
  'HardSwish by HardSigmoid': [
    'HardSwish',
    (g, x) => g.mul(x, g.op('HardSigmoid', [x], { alpha: 0.1666666716337204, beta: 0.5 })),
  ],
  'PRelu by the absolute value': [
    'PRelu',
    (g, x) => g.add(g.op('Relu', [x]), g.mul(weights(g, 'slope'), g.sub(x, g.op('Abs', [x])))),
  ],
  'PRelu, what is below 0 first': [
    'PRelu',
    (g, x) => g.add(g.mul(g.sub(x, g.op('Abs', [x])), g.scalar(0.125)), g.op('Relu', [x])),
  ],
  'LayerNormalization with scale and bias': [
    'LayerNormalization',
    (g, x) => g.add(g.mul(standard(g, x), weights(g, 'scale')), weights(g, 'bias')),
  ],
  'LayerNormalization, the scale first': [
    'LayerNormalization',
    (g, x) => g.mul(weights(g, 'scale'), standard(g, x)),
  ],
  'LayerNormalization alone': ['LayerNormalization', standard],
  'LayerNormalization by a reciprocal and a square': [
    'LayerNormalization',
    (g, x) => {
      const centred = g.sub(x, mean(g, x));
      const deviation = g.op('Sqrt', [g.add(mean(g, g.mul(centred, centred)), g.scalar(1e-3))]);
      return g.mul(g.op('Reciprocal', [deviation]), centred);
    },
  ],
};

describe('a function in primitives', () => {
  it.each(Object.entries(written))('%s is one node that computes the same', (_title, [op, make]) => {
    const graph = around(make);
    const fused = canonize(graph);
    expect(operators(fused)).toEqual(['Neg', op, 'Abs']);
    expectSame(graph, fused);
    expect(canonize(fused)).toBe(fused);
  });

  it('keeps every name: those of its parts mean the whole', () => {
    const graph = around(written['Gelu, x first']![1]);
    const fused = canonize(graph);
    expect([...fused.names.keys()]).toEqual([...graph.names.keys()]);
    const value = fused.names.get('act')!;
    expect(value.node!.op).toBe('Gelu');
    for (const [name, { node }] of fused.names) expect(node!.op).toBe(name === 'inner.0' ? 'Neg' : 'Gelu');
  });

  it('stays as it is where a part is asked for, read by others, or an output', () => {
    const [, make] = written['Swish as SiLU']!;
    const graph = around(make);
    const gate = nodesOf(graph).find(({ op }) => op === 'Sigmoid')!.outputs[0]!;
    expect(canonize(graph, new Set([gate]))).toBe(graph);
    const shared = around(make, (g, x) => ({ gate: g.op('Neg', [g.op('Sigmoid', [x])]) }));
    expect(canonize(shared)).toBe(shared);
    const output = around(make, (g, x) => ({ gate: g.op('Sigmoid', [x]) }));
    expect(canonize(output)).toBe(output);
  });

  const others: Record<string, Make> = {
    'a gate of another value': (g, x) => g.mul(g.op('Tanh', [x]), g.op('Sigmoid', [x])),
    'a bend by another constant': (g, x) =>
      g.mul(g.mul(x, g.add(g.op('Erf', [g.div(x, g.scalar(1.4))]), g.scalar(1))), g.scalar(0.5)),
    'a clip at another bound': (g, x) =>
      g.mul(x, g.div(g.op('Clip', [g.add(x, g.scalar(3))], { min: 0, max: 5 }), g.scalar(6))),
    'a norm over the first axis of an image': (g, x) => {
      const middle = (value: Value) => g.op('ReduceMean', [value], { axes: [1] });
      const centred = g.sub(x, middle(x));
      const variance = middle(g.mul(centred, centred));
      return g.div(centred, g.op('Sqrt', [g.add(variance, g.scalar(1e-5))]));
    },
    'a norm with the mean of another value': (g, x) => {
      const centred = g.sub(x, mean(g, g.op('Tanh', [x])));
      const variance = mean(g, g.mul(centred, centred));
      return g.div(centred, g.op('Sqrt', [g.add(variance, g.scalar(1e-5))]));
    },
  };
  it.each(Object.entries(others))('%s is none', (_title, make) => {
    const graph = around(make);
    expect(canonize(graph)).toBe(graph);
  });

  it('with a scale for each image is a norm and a product', () => {
    const graph = around((g, x) => g.mul(standard(g, x), g.constant([1, 2, 3], [3, 1])));
    expect(operators(canonize(graph))).toEqual(['Neg', 'LayerNormalization', 'Mul', 'Abs']);
    expectSame(graph, canonize(graph));
  });
});
