/** Folding batch norms keeps what a model computes and every name by which it was asked. */
import { evaluate, normal, positive, randomTensor } from '@regional-saliency/conformance';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Attributes, Builder, canonize, type Graph, N, nodesOf, type Value } from '../src/index';

const weight = (g: Builder, seed: string, shape: number[], fill = normal) =>
  g.constantOf(randomTensor(seed, shape, fill, 'float32'));

/** A linear layer and a batch norm behind it, by the names that files give them. */
function normed(
  op: 'Conv' | 'ConvTranspose' | 'Gemm',
  options: { attributes?: Attributes; bias?: number[]; weights?: number[]; seed?: number } = {},
): Graph {
  const { attributes = {}, bias, seed = 0 } = options;
  const g = new Builder();
  const x = op === 'Gemm' ? g.input('x', [N, 4]) : g.input('x', [N, 4, 5, 5]);
  const shapes = {
    Conv: [6, 4 / ((attributes.group as number) ?? 1), 3, 3],
    ConvTranspose: [4, 3, 3, 3],
    Gemm: [4, 6],
  };
  const inputs = [x, weight(g, `weights ${seed}`, options.weights ?? shapes[op])];
  if (bias) inputs.push(weight(g, `bias ${seed}`, bias));
  const y = g.op(op, inputs, attributes, { name: '/conv/Op', outputs: ['conv_out'], scopes: ['conv'] });
  const c = y.shape[1] as number;
  const parameters = [
    weight(g, `scale ${seed}`, [c]),
    weight(g, `shift ${seed}`, [c]),
    weight(g, `mean ${seed}`, [c]),
    weight(g, `variance ${seed}`, [c], positive),
  ];
  const z = g.op(
    'BatchNormalization',
    [y, ...parameters],
    { epsilon: 0.01 },
    { name: '/bn/Op', outputs: ['bn_out'] },
  );
  const out = g.op('Relu', [z], {}, { outputs: ['out'] });
  const names = new Map<string, Value>([
    ['conv', y],
    ['conv_out', y],
    ['/conv/Op', y],
    ['bn', z],
    ['bn_out', z],
    ['out', out],
  ]);
  return g.finish({ inputs: [x], outputs: { out }, names, metadata: { producer: 'a test' } });
}

const operators = (graph: Graph) => nodesOf(graph).map(({ op }) => op);

function expectSame(before: Graph, after: Graph, seed = 0): void {
  const shape = before.inputs[0]!.shape.slice(1) as number[];
  const feeds = { x: randomTensor(`images ${seed}`, [3, ...shape], normal, 'float32') };
  const [expected, actual] = [evaluate(before, feeds), evaluate(after, feeds)];
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { data }] of Object.entries(expected)) {
    const largest = Math.max(...Array.from(data as Float64Array, Math.abs));
    for (const [place, value] of (data as Float64Array).entries()) {
      // Folded weights are rounded to float32: 2^-24 each, on up to 36 products.
      expect(Math.abs(Number(actual[name]!.data[place]) - value)).toBeLessThan(2e-6 * largest);
    }
  }
}

describe('canonize', () => {
  const cases: Readonly<Record<string, Graph>> = {
    'Conv without a bias': normed('Conv'),
    'Conv with a bias, a stride and pads': normed('Conv', {
      bias: [6],
      attributes: { strides: [2, 2], pads: [1, 1, 1, 1] },
    }),
    'Conv in groups': normed('Conv', { bias: [6], attributes: { group: 2 } }),
    ConvTranspose: normed('ConvTranspose', { attributes: { strides: [2, 2] } }),
    'ConvTranspose in groups, with a bias': normed('ConvTranspose', {
      bias: [6],
      attributes: { group: 2, strides: [2, 2] },
    }),
    Gemm: normed('Gemm', { bias: [6] }),
    'Gemm with its weights transposed, scaled': normed('Gemm', {
      weights: [6, 4],
      bias: [6],
      attributes: { transB: 1, alpha: 0.5, beta: 3 },
    }),
    'Gemm with one bias for all columns': normed('Gemm', { bias: [1] }),
    'Gemm without a bias': normed('Gemm', { attributes: { alpha: -2 } }),
  };
  it.each(Object.entries(cases))('folds a batch norm behind %s', (_name, graph) => {
    const folded = canonize(graph);
    expect(operators(folded)).toEqual([operators(graph)[0], 'Relu']);
    expectSame(graph, folded);
  });

  it('folds any, over random geometries', () => {
    const geometry = fc.record({
      op: fc.constantFrom('Conv' as const, 'ConvTranspose' as const),
      stride: fc.integer({ min: 1, max: 2 }),
      pad: fc.integer({ min: 0, max: 1 }),
      group: fc.constantFrom(1, 2),
      bias: fc.boolean(),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(geometry, ({ op, stride, pad, group, bias, seed }) => {
        const attributes = { strides: [stride, stride], pads: [pad, pad, pad, pad], group };
        const channels = op === 'Conv' ? 6 : 3 * group;
        const graph = normed(op, { attributes, seed, ...(bias && { bias: [channels] }) });
        const folded = canonize(graph);
        expect(operators(folded)).toEqual([op, 'Relu']);
        expectSame(graph, folded, seed);
      }),
      { numRuns: 40 },
    );
  });

  it('every name stays; those of the convolution and of the norm mean what took their place', () => {
    const graph = normed('Conv');
    const folded = canonize(graph);
    expect([...folded.names.keys()]).toEqual([...graph.names.keys()]);
    const value = folded.names.get('bn')!;
    for (const name of ['conv', 'conv_out', '/conv/Op', 'bn_out']) expect(folded.names.get(name)).toBe(value);
    expect(value.node).toMatchObject({ op: 'Conv', name: '/conv/Op', scopes: ['conv'] });
    expect(value.name).toBe('bn_out');
    expect(folded.outputs.out).toBe(folded.names.get('out'));
    expect(folded.metadata).toEqual(graph.metadata);
  });

  it('does not change the graph it is given, and changes nothing twice', () => {
    const graph = normed('Conv');
    const folded = canonize(graph);
    expect(operators(graph)).toEqual(['Conv', 'BatchNormalization', 'Relu']);
    expect(canonize(folded)).toBe(folded);
  });

  it('keeps a convolution that is asked for', () => {
    const graph = normed('Conv');
    expect(canonize(graph, new Set([graph.names.get('conv')!]))).toBe(graph);
    expect(operators(canonize(graph, new Set([graph.names.get('bn')!])))).toEqual(['Conv', 'Relu']);
  });

  function around(
    make: (g: Builder, conv: Value, parameters: Value[], x: Value) => Record<string, Value>,
  ): Graph {
    const g = new Builder();
    const x = g.input('x', [N, 4, 5, 5]);
    const conv = g.op('Conv', [x, weight(g, 'w', [4, 4, 1, 1])]);
    const parameters = ['a', 'b', 'c'].map((seed) => weight(g, seed, [4]));
    return g.finish({
      inputs: [x],
      outputs: make(g, conv, [...parameters, weight(g, 'd', [4], positive)], x),
    });
  }
  const kept: Readonly<Record<string, Graph>> = {
    'is read by others too': around((g, conv, parameters) => ({
      out: g.add(g.op('BatchNormalization', [conv, ...parameters]), conv),
    })),
    'is an output of the model': around((g, conv, parameters) => ({
      out: g.op('BatchNormalization', [conv, ...parameters]),
      conv,
    })),
    'is behind an activation': around((g, conv, parameters) => ({
      out: g.op('BatchNormalization', [g.op('Relu', [conv]), ...parameters]),
    })),
    'has a norm whose scale is computed': around((g, conv, [, ...parameters], x) => ({
      out: g.op('BatchNormalization', [
        conv,
        g.reshape(g.op('ReduceMean', [x], { axes: [0, 2, 3] }), [4]),
        ...parameters,
      ]),
    })),
  };
  it.each(Object.entries(kept))('leaves a convolution that %s', (_name, graph) => {
    expect(canonize(graph)).toBe(graph);
  });

  it('folds two norms of one network and lets a shared input stay shared', () => {
    const graph = around((g, conv, parameters, x) => {
      const first = g.op('BatchNormalization', [conv, ...parameters]);
      const second = g.op('Conv', [first, weight(g, 'w2', [4, 4, 3, 3])], { pads: [1, 1, 1, 1] });
      return {
        out: g.add(
          g.op('BatchNormalization', [second, ...parameters.toReversed().map((p) => g.op('Abs', [p]))]),
          x,
        ),
      };
    });
    // Absolute values of constants are computed in the graph, so the second norm is not one of constants.
    expect(operators(canonize(graph)).filter((op) => op === 'BatchNormalization')).toHaveLength(1);
    expectSame(graph, canonize(graph));
  });
});
