/** Compiling: what a program holds, what it is called, and what is refused. */
import { evaluate } from '@regional-saliency/conformance';
import { describe, expect, it } from 'vitest';
import {
  Builder,
  compile,
  type Graph,
  type Method,
  N,
  nodesOf,
  type Objective,
  type Tensor,
} from '../src/index';

const gradient: Method = {
  id: 'gradient',
  options: {},
  build: ({ input, backward }) => backward([input]).get(input)!,
};

const floats = (data: number[], shape: number[]): Tensor => ({
  data: Float32Array.from(data),
  shape,
  dtype: 'float32',
});

/** Scores of three classes and what Softmax makes of them, both outputs. */
function twoOutputs(): Graph {
  const g = new Builder();
  const x = g.input('x', [N, 2]);
  const logits = g.matMul(x, g.constant([1, 2, -1, 0.5, -3, 1], [2, 3]));
  const probabilities = g.op('Softmax', [logits]);
  return g.finish({ inputs: [x], outputs: { logits, probabilities } });
}

const x = floats([0.3, -0.2, 0.1, 0.4], [2, 2]);

/** The derivative of a scalar by each input value, from central differences. */
function differences(
  graph: Graph,
  scalarOf: (outputs: Record<string, Tensor>, image: number) => number,
): number[] {
  const step = 2 ** -16;
  const { data } = x;
  return Array.from(data as Float32Array, (_, place) => {
    const [up, down] = [step, -step].map((by) => {
      const moved = { ...x, data: Float64Array.from(data as Float32Array), dtype: 'float64' as const };
      moved.data[place] = moved.data[place]! + by;
      return scalarOf(evaluate(graph, { x: moved }), Math.floor(place / 2));
    }) as [number, number];
    return (up - down) / (2 * step);
  });
}

function expectNear(actual: Tensor, expected: readonly number[]): void {
  for (const [place, value] of expected.entries()) expect(actual.data[place]).toBeCloseTo(value, 7);
}

describe('objectives on outputs of which one is computed from another', () => {
  const scalars: Readonly<
    Record<string, [Objective, (outputs: Record<string, Tensor>, image: number) => number]>
  > = {
    'the last output only': [
      (g, { probabilities }) => g.op('Gather', [probabilities, g.scalar(1, 'int64')], { axis: 1 }),
      ({ probabilities }, image) => Number(probabilities!.data[image * 3 + 1]),
    ],
    'the first output only': [
      (g, { logits }) => g.op('Gather', [logits, g.scalar(2, 'int64')], { axis: 1 }),
      ({ logits }, image) => Number(logits!.data[image * 3 + 2]),
    ],
    both: [
      (g, { logits, probabilities }) => g.reduceSum(g.mul(logits!, probabilities!), [1], false),
      ({ logits, probabilities }, image) =>
        [0, 1, 2].reduce(
          (sum, at) =>
            sum + Number(logits!.data[image * 3 + at]) * Number(probabilities!.data[image * 3 + at]),
          0,
        ),
    ],
    'a Softmax of its own, which the model has already': [
      (g, { logits }) => g.op('Gather', [g.op('Softmax', [logits]), g.scalar(0, 'int64')], { axis: 1 }),
      ({ probabilities }, image) => Number(probabilities!.data[image * 3]),
    ],
  };
  it.each(Object.entries(scalars))('%s', (_name, [objective, scalarOf]) => {
    const model = twoOutputs();
    const { graph } = compile(model, { method: gradient, objective });
    expectNear(evaluate(graph, { x }).relevance!, differences(model, scalarOf));
  });

  it('looks at a network with many paths to an output that it does not read in no time', () => {
    const g = new Builder();
    const x = g.input('x', [N, 2]);
    const early = g.op('Tanh', [x]);
    let y = g.op('Sigmoid', [x]);
    for (let block = 0; block < 60; block++) y = g.add(y, g.op('Tanh', [y]));
    const model = g.finish({ inputs: [x], outputs: { logits: y, early } });
    const objective: Objective = (g, { logits }) => g.reduceSum(logits!, [1], false);
    const started = performance.now();
    compile(model, { method: gradient, objective });
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('what is explained and from what', () => {
  function twoInputs(): Graph {
    const g = new Builder();
    const [a, b] = [g.input('a', [N, 3]), g.input('b', [N, 3])];
    return g.finish({ inputs: [a, b], outputs: { sum: g.add(a, b), product: g.mul(a, b) } });
  }
  const feeds = { a: floats([1, 2, 3], [1, 3]), b: floats([5, 7, 11], [1, 3]) };

  it('the first input and the first output, unless others are named', () => {
    const program = compile(twoInputs(), { method: gradient, target: 1 });
    expect(program).toMatchObject({ input: 'a', output: 'sum' });
    expectNear(evaluate(program.graph, feeds).relevance!, [0, 1, 0]);
    const named = compile(twoInputs(), { method: gradient, target: 1, input: 'b', output: 'product' });
    expect(named).toMatchObject({ input: 'b', output: 'product' });
    expectNear(evaluate(named.graph, feeds).relevance!, [0, 2, 0]);
  });

  it('preprocessing belongs to the input that is named', () => {
    const preprocessing = { scale: 2, mean: [1], std: [0.5] };
    const program = compile(twoInputs(), {
      method: gradient,
      target: 1,
      input: 'b',
      output: 'product',
      preprocessing,
    });
    expect(program.input).toBe('b');
    const { product } = evaluate(program.graph, feeds);
    expectNear(product!, [18, 2 * 26, 3 * 42]);
  });

  it('names that are not there are errors that list those that are', () => {
    expect(() => compile(twoInputs(), { method: gradient, input: 'c' })).toThrow(
      /no input "c"; it has "a", "b"/,
    );
    expect(() => compile(twoInputs(), { method: gradient, output: 'c' })).toThrow(
      /no output "c"; it has "sum", "product"/,
    );
    expect(() => compile(twoInputs(), { method: [] })).toThrow(/at least one method/);
  });

  it('an output of another rank needs an objective', () => {
    const g = new Builder();
    const x = g.input('x', [N, 3, 4]);
    const model = g.finish({ inputs: [x], outputs: { y: g.op('Relu', [x]) } });
    expect(() => compile(model, { method: gradient })).toThrow(/\[N, 3, 4\]; give an objective/);
    const objective: Objective = (g, { y }) => g.reduceSum(y!, [1, 2], false);
    const { graph } = compile(model, { method: gradient, objective });
    const image = floats([-1, 2, -3, 4, 5, -6, 7, -8, 9, -10, 11, -12], [1, 3, 4]);
    expectNear(evaluate(graph, { x: image }).relevance!, [0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0]);
  });

  it('an input that does not reach the output is an error that names it', () => {
    const g = new Builder();
    const [a, b] = [g.input('a', [N, 3]), g.input('b', [N, 3])];
    const model = g.finish({ inputs: [a, b], outputs: { y: g.op('Relu', [b]) } });
    expect(() => compile(model, { method: gradient, input: 'a' })).toThrow(
      /gradient: no differentiable path leads from the output to "a"/,
    );
  });

  it('a path through an operator without a rule is an error that names node, operator and method', () => {
    const g = new Builder();
    const x = g.input('x', [N, 4, 2, 2]);
    // A gradient that a file holds: our rules go one derivative deep.
    const pool = { kernel_shape: [2, 2] };
    const inner = g.op('MaxPoolGrad', [x, g.op('MaxPool', [x], pool)], pool, { name: '/inner/Gradient' });
    const model = g.finish({ inputs: [x], outputs: { y: g.op('Flatten', [inner]) } });
    expect(() => compile(model, { method: gradient })).toThrow(
      /gradient can't pass MaxPoolGrad "\/inner\/Gradient": the operator MaxPoolGrad has no gradient rule/,
    );
  });

  it('a path that is constant all along (a comparison) is an error, not zeros', () => {
    const g = new Builder();
    const x = g.input('x', [N, 4]);
    const model = g.finish({ inputs: [x], outputs: { y: g.cast(g.greater(x, g.scalar(0)), 'float32') } });
    expect(() => compile(model, { method: gradient })).toThrow(/no differentiable path/);
  });
});

describe('the default layer', () => {
  const camLike = (found: string[]): Method => ({
    ...gradient,
    id: 'cam',
    build: (context) => {
      found.push(context.defaultLayer().name!);
      return gradient.build(context);
    },
  });

  /** A trunk with a head of scores, and a second head that ends in a map. */
  function twoHeads(): Graph {
    const g = new Builder();
    const x = g.input('x', [N, 2, 4, 4]);
    const node = (op: string, inputs: Parameters<Builder['op']>[1], name: string) =>
      g.op(op, inputs, {}, { outputs: [name] });
    const trunk = node('Relu', [x], 'trunk');
    const logits = g.op('Flatten', [node('GlobalAveragePool', [trunk], 'pooled')]);
    const bias = g.op('Tanh', [g.constant(new Array(32).fill(1), [1, 2, 4, 4])], {}, { outputs: ['fixed'] });
    const map = node('Sigmoid', [node('Add', [trunk, bias], 'moved')], 'map');
    return g.finish({ inputs: [x], outputs: { logits, map } });
  }

  it('lies between the input and the output that is explained', () => {
    const found: string[] = [];
    compile(twoHeads(), { method: camLike(found) });
    expect(found).toEqual(['trunk']);
    const objective: Objective = (g, { map }) => g.reduceSum(map!, [1, 2, 3], false);
    compile(twoHeads(), { method: camLike(found), output: 'map', objective });
    expect(found).toEqual(['trunk', 'map']);
  });

  it('is an error where nothing has places', () => {
    expect(() => compile(twoOutputs(), { method: camLike([]) })).toThrow(/cam found no layer with places/);
  });
});

describe('the program', () => {
  it('has the model’s inputs and outputs, the target where it is given, and where it comes from', () => {
    const { graph, notes } = compile(twoOutputs(), { method: gradient, target: 'input' });
    expect(graph.inputs.map(({ name, dtype, shape }) => ({ name, dtype, shape }))).toEqual([
      { name: 'x', dtype: 'float32', shape: [N, 2] },
      { name: 'target', dtype: 'int64', shape: [N] },
    ]);
    expect(Object.keys(graph.outputs)).toEqual(['logits', 'probabilities', 'relevance']);
    expect(graph.metadata).toEqual({
      'regional-saliency.methods': '[{"id":"gradient","options":{}}]',
      'regional-saliency.target': 'input',
    });
    expect(notes).toEqual([]);
    expect(compile(twoOutputs(), { method: gradient, target: 1 }).graph.inputs).toHaveLength(1);
  });

  it('computes the forward pass of two methods once', () => {
    const twice: Method = {
      ...gradient,
      id: 'twice',
      build: ({ g, input, backward }) => g.add(backward([input]).get(input)!, backward([input]).get(input)!),
    };
    const one = nodesOf(compile(twoOutputs(), { method: gradient }).graph);
    const both = nodesOf(compile(twoOutputs(), { method: [gradient, twice] }).graph);
    expect(both.length).toBe(one.length + 1);
  });

  it('captures what the first walk of the first method sends through a layer', () => {
    const g = new Builder();
    const x = g.input('x', [N, 2]);
    const inner = g.op('Tanh', [x], {}, { outputs: ['inner'] });
    const y = g.mul(inner, g.scalar(3));
    const names = new Map([['inner', inner]]);
    const model = g.finish({ inputs: [x], outputs: { y }, names });
    const twice: Method = {
      ...gradient,
      build: ({ g, input, backward }) => {
        const first = backward([input]).get(input)!;
        return g.sub(
          first,
          backward([input], () => ({ g }, [r]) => [g.mul(r!, g.scalar(7))]).get(input)!,
        );
      },
    };
    const { graph, outputs } = compile(model, { method: [twice, gradient], capture: ['inner'], target: 1 });
    expectNear(evaluate(graph, { x: floats([1, 2], [1, 2]) })[outputs.captures.inner!.relevance]!, [0, 3]);
  });

  it('does not hide an output or input of the model that has a name of its own making', () => {
    const explained = compile(twoOutputs(), { method: gradient }).graph;
    expect(() => compile(explained, { method: gradient })).toThrow(
      /already has an output called "relevance"/,
    );
    const g = new Builder();
    const x = g.input('target', [N, 3]);
    const model = g.finish({ inputs: [x], outputs: { y: g.op('Relu', [x]) } });
    expect(() => compile(model, { method: gradient, target: 'input' })).toThrow(
      /already has an input called "target"/,
    );
    expect(compile(model, { method: gradient }).input).toBe('target');
  });

  it('keeps a fixed batch and says so', () => {
    const g = new Builder();
    const x = g.input('x', [4, 3]);
    const program = compile(g.finish({ inputs: [x], outputs: { y: g.op('Relu', [x]) } }), {
      method: gradient,
    });
    expect(program.graph.outputs.relevance!.shape).toEqual([4, 3]);
    expect(program.notes).toEqual([expect.stringMatching(/fixed batch of 4/)]);
  });
});
