/** Operators that are read as others: their numbers against the definition, their gradients against differences. */
import { evaluate } from '@regional-saliency/conformance';
import { Builder, type Graph, sizeOf, type Tensor, tensor, walk } from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../src/index';
import { type FileParts, file, info, listed, node } from './files';

const ints = (name: string, values: number[]) => listed(name, [values.length], values, 'int64');

const numbers = (shape: number[], phase = 0) =>
  tensor(
    Float64Array.from({ length: sizeOf(shape) }, (_, at) => Math.sin(3.7 * at + phase) + 0.1),
    shape,
  );

/** The largest difference between the gradient of Σ cos(i)·y and central differences, over the elements of every input. */
function gradientError(graph: Graph, feeds: Record<string, Tensor>): number {
  const { y } = graph.outputs as { y: Graph['outputs'][string] };
  const g = new Builder(graph);
  const r = g.input('r', y.shape);
  const relevance = walk(g, { seeds: new Map([[y, r]]), wrt: graph.inputs });
  const outputs = Object.fromEntries(graph.inputs.map((input) => [input.name!, relevance.get(input)!]));
  const program = g.finish({ inputs: [...graph.inputs, r], outputs });
  const shape = evaluate(graph, feeds).y!.shape;
  const weights = Float64Array.from({ length: sizeOf(shape) }, (_, at) => Math.cos(at));
  const gradients = evaluate(program, { ...feeds, r: tensor(weights, shape) });
  const scalar = (given: Record<string, Tensor>) => {
    const { data } = evaluate(graph, given).y! as { data: Float64Array };
    return data.reduce((sum, value, at) => sum + value * weights[at]!, 0);
  };
  let worst = 0;
  for (const [name, feed] of Object.entries(feeds)) {
    for (const at of (feed.data as Float64Array).keys()) {
      const along = (by: number) => {
        const data = Float64Array.from(feed.data as Float64Array);
        data[at]! += by;
        return scalar({ ...feeds, [name]: tensor(data, feed.shape) });
      };
      const slope = (along(1e-5) - along(-1e-5)) / 2e-5;
      worst = Math.max(worst, Math.abs(slope - Number(gradients[name]!.data[at])));
    }
  }
  return worst;
}

const image = info('x', [2, 4, 2, 3]);
const channels = [listed('scale', [4], [1, -2, 0.5, 3]), listed('bias', [4], [0, 1, -1, 2])];
const reduce = (op: string): Partial<FileParts> => ({
  nodes: [node(op, ['x', 'axes'], ['y'], { keepdims: 0 })],
  initializers: [ints('axes', [1, 3])],
});

const cases: Record<string, Partial<FileParts>> = {
  ...Object.fromEntries(
    ['ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSumExp'].map((op) => [op, reduce(op)]),
  ),
  InstanceNormalization: {
    nodes: [node('InstanceNormalization', ['x', 'scale', 'bias'], ['y'], { epsilon: { f: 0.1 } })],
    initializers: channels,
  },
  'GroupNormalization with numbers for each channel': {
    nodes: [node('GroupNormalization', ['x', 'scale', 'bias'], ['y'], { num_groups: 2 })],
    initializers: channels,
    opset: 21,
  },
  'GroupNormalization with numbers for each group': {
    nodes: [node('GroupNormalization', ['x', 'scale', 'bias'], ['y'], { num_groups: 2 })],
    initializers: [listed('scale', [2], [2, -1]), listed('bias', [2], [0, 1])],
  },
  Trilu: { nodes: [node('Trilu', ['x', 'k'], ['y'], { upper: 0 })], initializers: [ints('k', [1])] },
  'Einsum of one operand': { nodes: [node('Einsum', ['x'], ['y'], { equation: 'nchw->nwc' })] },
};

describe('the gradient of what is read as other operators is what differences give', () => {
  it.each(Object.entries(cases))('%s', (_, parts) => {
    const graph = readOnnx(file({ nodes: [], inputs: [image], ...parts }));
    expect(gradientError(graph, { x: numbers([2, 4, 2, 3]) })).toBeLessThan(1e-6);
  });
});

describe('the gradient of all that an operator reads is what differences give', () => {
  const [image, grid] = [info('x', [2, 3, 4, 5]), info('grid', [2, 3, 2, 2])];
  // Some places lie outside the image.
  const places = tensor(
    Float64Array.from({ length: 24 }, (_, at) => 1.3 * Math.sin(2.3 * at + 0.4)),
    [2, 3, 2, 2],
  );
  const modes = ['zeros', 'border', 'reflection'].flatMap((padding) =>
    [0, 1].map((corners) => [padding, corners] as const),
  );

  it.each(modes)('GridSample, the places too, padded with %s, align_corners %i', (padding, corners) => {
    const attributes = { mode: 'linear', padding_mode: padding, align_corners: corners };
    const nodes = [node('GridSample', ['x', 'grid'], ['y'], attributes)];
    const graph = readOnnx(file({ nodes, inputs: [image, grid], opset: 20 }));
    expect(gradientError(graph, { x: numbers([2, 3, 4, 5]), grid: places })).toBeLessThan(1e-6);
  });

  it.each([
    ['with heads', [2, 2, 3, 4], [2, 2, 3, 4], {}],
    ['that looks back only', [2, 2, 3, 4], [2, 2, 3, 4], { is_causal: 1 }],
    ['with keys that heads share and a soft cap', [1, 4, 3, 2], [1, 2, 3, 2], { softcap: { f: 2 } }],
    ['of tokens in a row', [2, 3, 8], [2, 5, 8], { q_num_heads: 2, kv_num_heads: 2 }],
  ])('Attention %s: queries, keys and values', (_, own, others, attributes) => {
    const nodes = [node('Attention', ['q', 'k', 'v'], ['y'], attributes)];
    const inputs = [info('q', own), info('k', others), info('v', others)];
    const graph = readOnnx(file({ nodes, inputs, opset: 23 }));
    const feeds = { q: numbers(own), k: numbers(others, 1), v: numbers(others, 2) };
    expect(gradientError(graph, feeds)).toBeLessThan(1e-6);
  });
});

it('ReduceL2 has no gradient at the origin, as in PyTorch', () => {
  const graph = readOnnx(file({ nodes: [node('ReduceL2', ['x'], ['y'])], inputs: [info('x', [3])] }));
  const g = new Builder(graph);
  const y = graph.outputs.y!;
  const relevance = walk(g, { seeds: new Map([[y, g.scalar(1)]]), wrt: graph.inputs });
  const program = g.finish({ inputs: graph.inputs, outputs: { d: relevance.get(graph.inputs[0]!)! } });
  expect(Array.from(evaluate(program, { x: tensor([0, 0, 0], [3]) }).d!.data as Float64Array)).toEqual([
    0, 0, 0,
  ]);
});

describe('Einsum', () => {
  /** By its definition: a sum over all labels that are not in the output. */
  function direct(
    terms: string[],
    output: string,
    operands: Tensor[],
    sizes: Record<string, number>,
  ): number[] {
    const labels = [...new Set([...output, ...terms.join('')])];
    const shape = labels.map((label) => sizes[label]!);
    const result = new Array<number>(sizeOf([...output].map((label) => sizes[label]!))).fill(0);
    for (let at = 0; at < sizeOf(shape); at++) {
      const index = new Map<string, number>();
      let rest = at;
      for (const label of labels.toReversed()) {
        index.set(label, rest % sizes[label]!);
        rest = Math.floor(rest / sizes[label]!);
      }
      const placeOf = (term: string) =>
        [...term].reduce((place, label) => place * sizes[label]! + index.get(label)!, 0);
      result[placeOf(output)]! += terms.reduce(
        (product, term, operand) => product * Number(operands[operand]!.data[placeOf(term)]),
        1,
      );
    }
    return result;
  }

  const term = fc
    .array(fc.constantFrom(...'abcd'), { minLength: 1, maxLength: 3 })
    .map((list) => list.join(''));
  const equation = fc.array(term, { minLength: 1, maxLength: 3 }).chain((terms) =>
    fc.record({
      terms: fc.constant(terms),
      output: fc
        .shuffledSubarray([...new Set(terms.join(''))], { minLength: 0 })
        .map((labels) => labels.join('')),
      sizes: fc.record({ a: fc.nat(2), b: fc.nat(2), c: fc.nat(2), d: fc.nat(2) }),
    }),
  );

  it('sums what its equation says, and has its gradient, for any labels, repeated ones too', () => {
    fc.assert(
      fc.property(equation, ({ terms, output, sizes: extra }) => {
        const sizes = Object.fromEntries(Object.entries(extra).map(([label, size]) => [label, size + 1]));
        const shapes = terms.map((labels) => [...labels].map((label) => sizes[label]!));
        const names = terms.map((_, index) => `x${index}`);
        const graph = readOnnx(
          file({
            nodes: [node('Einsum', names, ['y'], { equation: `${terms.join(',')}->${output}` })],
            inputs: names.map((name, index) => info(name, shapes[index]!)),
          }),
        );
        const operands = shapes.map((shape, index) => numbers(shape, index));
        const feeds = Object.fromEntries(names.map((name, index) => [name, operands[index]!]));
        const got = evaluate(graph, feeds).y!;
        const wanted = direct(terms, output, operands, sizes);
        expect(got.shape).toEqual([...output].map((label) => sizes[label]));
        for (const [at, value] of wanted.entries()) expect(Number(got.data[at])).toBeCloseTo(value, 10);
        expect(gradientError(graph, feeds)).toBeLessThan(1e-6);
      }),
      { numRuns: 150 },
    );
  });

  it('refuses an equation that does not fit', () => {
    const parts = { nodes: [node('Einsum', ['x'], ['y'], { equation: 'ij->i' })], inputs: [image] };
    expect(() => readOnnx(file(parts))).toThrow('does not fit 4 axes');
  });
});
