/** Files as they are met outside: quantized, half precision, cut before a tail, written by optimisers. */
import { evaluate } from '@regional-saliency/conformance';
import { compile, isBatch, nodesOf, tensor } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../src/index';
import { type FileParts, file, info, listed, node } from './files';

const read = (parts: Partial<FileParts>, options = {}) =>
  readOnnx(file({ nodes: [], inputs: [info('x', ['N', 4])], ...parts }), options);

const x = tensor([-2, -0.3, 0.6, 9], [1, 4]);
const answer = (graph: ReturnType<typeof readOnnx>, output = 'y') =>
  Array.from(evaluate(graph, { x })[output]!.data as Float64Array);

describe('a quantized model', () => {
  const scales = [
    listed('s', [], [0.01]),
    listed('z', [], [-128], 'int8'),
    listed('w8', [4], [1, 2, 3, 4], 'int8'),
  ];
  const pair = [
    node('QuantizeLinear', ['x', 's', 'z'], ['q']),
    node('DequantizeLinear', ['q', 's', 'z'], ['d']),
  ];

  it('keeps the range of its activations, which may be a ReLU, and rounds nothing', () => {
    const graph = read({ nodes: [...pair, node('Neg', ['d'], ['y'])], initializers: scales.slice(0, 2) });
    expect(nodesOf(graph).map(({ op }) => op)).toEqual(['Clip', 'Neg']);
    const [a, b, c, d] = answer(graph) as [number, number, number, number];
    expect([a + 0, b + 0]).toEqual([0, 0]);
    expect(c).toBeCloseTo(-0.6, 6);
    expect(d).toBeCloseTo(-2.55, 6);
  });

  it('passes the gradient straight through inside the range', () => {
    const graph = read({ nodes: [...pair, node('Neg', ['d'], ['y'])], initializers: scales.slice(0, 2) });
    const method = {
      id: 'gradient',
      options: {},
      build: ({ input, backward }: Parameters<import('@regional-saliency/core').Method['build']>[0]) =>
        backward([input]).get(input)!,
    };
    const { graph: program } = compile(graph, { method, target: 2 });
    const { relevance } = evaluate(program, { x });
    expect(Array.from(relevance!.data as Float64Array, (value) => value + 0)).toEqual([0, 0, -1, 0]);
  });

  it('is read as real numbers where elements move between quantizing and dequantizing', () => {
    const nodes = [
      pair[0]!,
      node('Reshape', ['q', 'shape'], ['r']),
      node('DequantizeLinear', ['r', 's', 'z'], ['y']),
    ];
    const graph = read({
      nodes,
      initializers: [...scales.slice(0, 2), listed('shape', [3], [0, 2, 2], 'int64')],
    });
    expect(graph.outputs.y!.shape.slice(1)).toEqual([2, 2]);
  });

  it('computes QLinearConv as a convolution of what its integers stand for', () => {
    const nodes = [
      node('QuantizeLinear', ['x', 's', 'z'], ['q']),
      node('QLinearConv', ['q', 's', 'z', 'w8', 'ws', 'wz', 'ys', 'z', 'b'], ['qy'], {
        kernel_shape: [1, 1],
      }),
      node('DequantizeLinear', ['qy', 'ys', 'z'], ['y']),
    ];
    const graph = read({
      nodes,
      inputs: [info('x', ['N', 1, 1, 4])],
      initializers: [
        ...scales.slice(0, 2),
        listed('w8', [2, 1, 1, 1], [50, -50], 'int8'),
        listed('ws', [2], [0.02, 0.01]),
        listed('wz', [2], [0, 0], 'int8'),
        listed('ys', [], [0.05]),
        listed('b', [2], [1000, 2000], 'int32'),
      ],
    });
    const { y } = evaluate(graph, { x: tensor(x.data, [1, 1, 1, 4]) });
    // First channel: weight 1, bias 1000 · 0.01 · 0.02 = 0.2; second: weight -0.5, bias 2000 · 0.01 · 0.01 = 0.2.
    const wanted = [0.2, 0.2, 0.8, 2.75, 0.2, 0.2, 0, 0];
    for (const [at, value] of wanted.entries()) expect(y!.data[at]).toBeCloseTo(value, 5);
  });

  it.each([
    ['computes with integers', [pair[0]!, node('Neg', ['q'], ['y'])], /computes with quantized integers/],
    [
      'quantizes by what it computes',
      [node('ReduceMax', ['x'], ['m']), node('QuantizeLinear', ['x', 'm'], ['y'])],
      /dynamic quantization/,
    ],
    [
      'multiplies integers',
      [node('MatMulInteger', ['x', 'x'], ['y'])],
      /the operator MatMulInteger \(node "y"\) is not supported/,
    ],
  ])('that %s is refused by name', (_, nodes, message) => {
    expect(() => read({ nodes, initializers: scales.slice(0, 2) })).toThrow(message);
  });
});

describe('a size of -1, as PaddlePaddle writes what is open', () => {
  const parts = { nodes: [node('Relu', ['x'], ['y'])], inputs: [info('x', [-1, -1])] };

  it('is the batch in the first place, and for the options to say in others', () => {
    const [image] = read(parts, { shapes: { x: ['N', 4] } }).inputs;
    expect(isBatch(image!.shape[0]!)).toBe(true);
    expect(image!.shape[1]).toBe(4);
    expect(() => read(parts)).toThrow(/"x"/);
  });
});

describe('a tail that can not be read', () => {
  const nodes = [
    node('Relu', ['x'], ['boxes']),
    node('Neg', ['x'], ['scores']),
    node('NonMaxSuppression', ['boxes', 'scores'], ['kept']),
    node('Loop', ['kept'], ['y']),
  ];

  it('is named together with the outputs to cut at', () => {
    expect(() => read({ nodes })).toThrow(
      'the operators NonMaxSuppression (node "kept"), Loop (node "y") are not supported; to explain what comes before, read the model with outputs: ["boxes", "scores"]',
    );
  });

  it('is cut off by naming other outputs', () => {
    const graph = read({ nodes }, { outputs: ['scores'] });
    expect(Object.keys(graph.outputs)).toEqual(['scores']);
    expect(answer(graph, 'scores')[3]).toBe(-9);
  });

  it('is not cut at a tensor that is not there', () => {
    expect(() => read({ nodes }, { outputs: ['score'] })).toThrow(/no tensor of the file is called "score"/);
  });
});

describe('half precision', () => {
  it('of inputs, casts and outputs is computed in float32', () => {
    const half = listed('w', [4], [0x3c00, 0x4000, 0xc000, 0x3800], 'float16');
    const graph = read({
      inputs: [info('x', ['N', 4], 'float16')],
      nodes: [
        node('Mul', ['x', 'w'], ['m']),
        node('Cast', ['m'], ['c'], { to: 1 }),
        node('Cast', ['c'], ['y'], { to: 10 }),
      ],
      initializers: [half],
    });
    expect([graph.inputs[0]!.dtype, graph.outputs.y!.dtype]).toEqual(['float32', 'float32']);
    expect(answer(graph).map((value) => Math.fround(value))).toEqual([-2, -0.6, -1.2, 4.5].map(Math.fround));
  });
});

describe("what onnxruntime's optimiser fuses", () => {
  const parameters = [listed('g', [4], [1, 1, 1, 1]), listed('b', [4], [1, 2, 3, 4])];
  const microsoft = (op: string, inputs: string[], outputs: string[], attributes = {}) =>
    node(op, inputs, outputs, attributes, { domain: 'com.microsoft' });

  it('is read as what it was', () => {
    const graph = read({
      nodes: [
        microsoft('SkipLayerNormalization', ['x', 'x', 'g', 'b'], ['n', '', '', 's'], {
          epsilon: { f: 0.01 },
        }),
        microsoft('BiasGelu', ['n', 'b'], ['h']),
        microsoft('QuickGelu', ['h'], ['k']),
        node('Add', ['k', 's'], ['y']),
      ],
      initializers: parameters,
    });
    expect(nodesOf(graph).map(({ op }) => op)).toEqual([
      'Add',
      'LayerNormalization',
      'Add',
      'Gelu',
      'Swish',
      'Add',
    ]);
  });

  it('with an activation in a convolution is the convolution and the activation', () => {
    const graph = read({
      inputs: [info('x', ['N', 1, 1, 4])],
      nodes: [
        microsoft('FusedConv', ['x', 'w'], ['y'], {
          activation: 'LeakyRelu',
          activation_params: { floats: [0.5] },
        }),
      ],
      initializers: [listed('w', [1, 1, 1, 1], [2])],
    });
    const { y } = evaluate(graph, { x: tensor(x.data, [1, 1, 1, 4]) });
    expect(y!.data[0]).toBe(-2);
    expect(y!.data[3]).toBe(18);
  });
});

describe('a model that takes images channels-last', () => {
  const weights = listed('w', [1, 3, 1, 1], [1, 10, 100]);
  const image = tensor([1, 2, 3, 4, 5, 6], [1, 3, 1, 2]);
  const parts = (nodes: FileParts['nodes']) => ({
    inputs: [info('x', ['N', 1, 2, 3])],
    nodes: [...nodes, node('Conv', ['t', 'w'], ['y'])],
    initializers: [weights, listed('mean', [3], [1, 2, 3])],
  });
  const turn = (name: string) => node('Transpose', [name], ['t'], { perm: [0, 3, 1, 2] });

  it('takes them channels-first here, with no transpose left', () => {
    const graph = read(parts([turn('x')]));
    expect(graph.inputs[0]!.shape.slice(1)).toEqual([3, 1, 2]);
    expect(nodesOf(graph).map(({ op }) => op)).toEqual(['Conv']);
    expect(Array.from(evaluate(graph, { x: image }).y!.data as Float64Array)).toEqual([531, 642]);
  });

  it('takes its preprocessing along', () => {
    const graph = read(parts([node('Sub', ['x', 'mean'], ['c']), turn('c')]));
    expect(nodesOf(graph).map(({ op }) => op)).toEqual(['Sub', 'Conv']);
    expect(graph.names.get('x')).toBe(graph.inputs[0]);
    expect(Array.from(evaluate(graph, { x: image }).y!.data as Float64Array)).toEqual([210, 321]);
  });

  it('keeps the order of an input that something reads as it is', () => {
    const graph = read(parts([turn('x'), node('Relu', ['x'], ['z']), node('ReduceMax', ['z'], ['m'])]));
    expect(graph.inputs[0]!.shape.slice(1)).toEqual([1, 2, 3]);
  });
});
