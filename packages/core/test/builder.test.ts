/** The builder folds what is known, computes nothing twice and leaves out what would change nothing. */
import { evaluate, randomPrograms } from '@regional-saliency/conformance';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Builder, N, nodesOf, rewrite, type Value } from '../src/index';

const contentOf = ({ content }: Value) => content;

describe('shape computations', () => {
  it('of exporters disappear: a flatten written with Shape, Gather, Mul and Concat', () => {
    const g = new Builder();
    const x = g.input('x', [N, 3, 4, 5]);
    const shape = g.op('Shape', [x]);
    const at = (index: number) => g.op('Gather', [shape, g.constant([index], [1], 'int64')], { axis: 0 });
    const places = g.mul(at(2), at(3));
    const wanted = g.concat([at(0), at(1), places], 0);
    expect(contentOf(wanted)).toEqual([N, 3, 20]);
    const flat = g.reshape(x, contentOf(wanted)!);
    expect(flat.shape).toEqual([N, 3, 20]);
    expect(nodesOf(g.finish({ inputs: [x], outputs: { flat } })).map(({ op }) => op)).toEqual(['Reshape']);
  });

  it('that are numbers become constants; those that hold N stay and are known', () => {
    const g = new Builder();
    const x = g.input('x', [N, 3]);
    const channels = g.op('Shape', [x], { start: 1 });
    expect(channels.constant!.read()).toEqual(BigInt64Array.of(3n));
    const batch = g.op('Shape', [x], { end: 1 });
    expect(batch.constant).toBeUndefined();
    expect(contentOf(batch)).toEqual([N]);
    expect(contentOf(g.op('Size', [x]))).toEqual([{ batch: 3 }]);
  });

  it('a Reshape may copy with 0 and leave one size open with -1', () => {
    const g = new Builder();
    const x = g.input('x', [N, 3, 4]);
    const shapeOf = (shape: number[]) => g.op('Reshape', [x], { shape }).shape;
    expect(shapeOf([0, -1])).toEqual([N, 12]);
    expect(shapeOf([-1, 4])).toEqual([{ batch: 3 }, 4]);
    expect(() => shapeOf([-1, 5])).toThrow(/\[N, 3, 4\] can't be reshaped to \[-1, 5\]/);
    expect(() => shapeOf([0, 13])).toThrow(/can't be reshaped/);
  });
});

describe('folding', () => {
  it('scalars are computed as float32 would', () => {
    const g = new Builder();
    const third = g.div(g.scalar(1), g.scalar(3));
    expect(third.constant!.read()).toEqual(Float32Array.of(1 / 3));
    expect(contentOf(third)).toEqual([Math.fround(1 / 3)]);
  });

  it('weights are not read while a graph is built', () => {
    const g = new Builder();
    const read = () => {
      throw new Error('read');
    };
    const weights = g.constantOf({ dtype: 'float32', shape: [4, 4], read });
    const x = g.input('x', [N, 4]);
    expect(g.matMul(x, g.op('Relu', [weights])).shape).toEqual([N, 4]);
  });

  it('gives what running gives, for random programs fed with constants', () => {
    fc.assert(
      fc.property(randomPrograms(), ({ program, runs }) => {
        // The same program on its last feed as a constant: whatever is folded on the way must not change a result.
        const feeds = runs.at(-1)!;
        const g = new Builder(program);
        const constants = program.inputs.map((input) => g.constantOf(feeds[input.name!]!));
        const count = feeds.x!.shape[0]!;
        const fixed = program.inputs.map((input, at) => [input, constants[at]!] as const);
        const isOpen = nodesOf(program).some(({ attributes }) =>
          Object.values(attributes).some(
            (value) => Array.isArray(value) && value.some((item) => typeof item === 'object'),
          ),
        );
        if (isOpen) return;
        const folded = rewrite(program, () => undefined, g, new Map(fixed));
        const expected = evaluate(program, feeds);
        const actual = evaluate({ ...folded, inputs: [] }, {});
        expect(count).toBeGreaterThan(0);
        for (const name of Object.keys(program.outputs)) {
          expect(actual[name]!.shape).toEqual(expected[name]!.shape);
          for (const [place, value] of (expected[name]!.data as Float64Array).entries()) {
            const own = Number(actual[name]!.data[place]);
            if (Number.isNaN(Number(value))) expect(own).toBeNaN();
            else
              expect(Math.abs(own - Number(value))).toBeLessThanOrEqual(
                1e-5 * Math.max(1, Math.abs(Number(value))),
              );
          }
        }
      }),
      { seed: 3, numRuns: 60 },
    );
  });
});

describe('the same computation', () => {
  it('is one node, whatever it is called', () => {
    const g = new Builder();
    const x = g.input('x', [N, 3]);
    const first = g.op('Relu', [x], {}, { name: 'a' });
    expect(g.op('Relu', [x], {}, { name: 'b' })).toBe(first);
    expect(g.op('Clip', [x], { min: 0 })).not.toBe(first);
    expect(g.op('Clip', [x], { min: 0 })).toBe(g.op('Clip', [x], { min: 0 }));
    expect(g.op('Clip', [x], { min: 0 })).not.toBe(g.op('Clip', [x], { max: 0 }));
  });

  it('is found in the graph that a builder starts from', () => {
    const g = new Builder();
    const x = g.input('x', [N, 3, 4, 4]);
    const y = g.op('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
    const more = new Builder(g.finish({ inputs: [x], outputs: { y } }));
    expect(more.op('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] })).toBe(y);
    expect(more.op('Relu', [y]).id).toBeGreaterThan(y.id);
  });
});

describe('what changes nothing is left out', () => {
  const g = new Builder();
  const x = g.input('x', [N, 3, 4]);
  const nothing: Readonly<Record<string, Value>> = {
    'adding 0': g.add(x, g.scalar(0)),
    'adding to 0': g.add(g.scalar(0), x),
    'subtracting 0': g.sub(x, g.scalar(0)),
    'times 1': g.mul(g.scalar(1), x),
    'by 1': g.div(x, g.scalar(1)),
    'a cast to its type': g.cast(x, 'float32'),
    'a transpose of nothing': g.transpose(x, [0, 1, 2]),
    'a reshape to its shape': g.reshape(x, [N, 3, 4]),
    'an expansion to its shape': g.expand(x, [N, 3, 4]),
    'a slice of everything': g.slice(x, [0], [3], [1]),
    'pads of 0': g.pad(x, [0, 0, 0], [0, -0, 0]),
    'a concatenation of one': g.concat([x], 1),
    'a sum over no axis': g.reduceSum(x, []),
    'a sum to its shape': g.sumTo(x, [N, 3, 4]),
  };
  it.each(Object.entries(nothing))('%s', (_name, value) => expect(value).toBe(x));

  it('but not where 0 or 1 would broadcast', () => {
    const zeros = g.constant([0, 0], [2, 1, 1, 1]);
    expect(g.add(x, zeros).shape).toEqual([2, N, 3, 4]);
  });

  it('sumTo undoes broadcasting', () => {
    expect(g.sumTo(x, [3, 1]).shape).toEqual([3, 1]);
    expect(g.sumTo(x, []).shape).toEqual([]);
    expect(g.sumTo(x, [1, 1, 4]).shape).toEqual([1, 1, 4]);
  });
});

it('an operator that is not known is an error that names node and operator', () => {
  const g = new Builder();
  const x = g.input('x', [N, 3]);
  expect(() => g.op('GridSample', [x], {}, { name: '/warp/GridSample' })).toThrow(
    'GridSample "/warp/GridSample": the operator GridSample is not supported',
  );
  expect(() => g.op('MatMul', [x, g.constant([1, 2], [2, 1])], {}, { name: '/fc/MatMul' })).toThrow(
    `MatMul "/fc/MatMul": [N, 3] and [2, 1] can't be multiplied`,
  );
});
