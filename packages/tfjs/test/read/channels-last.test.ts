import { type Attributes, Builder, type Dim, N, nodesOf, tensor, type Value } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { tfjsBackend } from '../../src';
import { type ChannelsLast, channelsLast } from '../../src/read/channels-last';
import { storedAs } from '../../src/stored';
import '../backends';

const image = [N, 5, 4, 6] as const;

const ramp = (length: number) => Float32Array.from({ length }, (_, at) => Math.sin(at * 1.3) + 0.1);

/** What `build` computes from an image [2, 5, 4, 6]. */
async function computed(build: (g: Builder, x: Value) => Value, shape: readonly Dim[]) {
  const g = new Builder();
  const x = g.input('x', shape);
  const program = g.finish({ inputs: [x], outputs: { y: build(g, x) } });
  const session = await tfjsBackend({ name: 'cpu' }).load(program);
  const sizes = shape.map((dim) => (typeof dim === 'number' ? dim : 2));
  const { y } = await session.run({ x: tensor(ramp(240), sizes) });
  session.dispose();
  return { y: y!, program };
}

/** The same said plainly, on the Transpose of the input, and through channels-last views. */
async function both(build: (op: ChannelsLast['op'], x: Value, g: Builder) => Value) {
  const first = [N, 6, 5, 4];
  const plain = await computed((g, x) => {
    return build((...args) => g.op(...args), g.transpose(x, [0, 2, 3, 1]), g);
  }, first);
  const viewed = await computed((g, x) => {
    const c = channelsLast(g);
    return build(c.op, c.last(x), g);
  }, first);
  return { plain, viewed };
}

const vector = (g: Builder, length: number) => g.constant(ramp(length), [length]);

/** Operators as a channels-last model has them, on [N, 5, 4, 6]. */
const cases: [string, (op: ChannelsLast['op'], x: Value, g: Builder) => Value][] = [
  ['Relu', (op, x) => op('Relu', [x])],
  ['Add of a value a channel', (op, x, g) => op('Add', [x, vector(g, 6)])],
  ['Mul by a place', (op, x, g) => op('Mul', [g.constant(ramp(20), [5, 4, 1]), x])],
  ['Sub of a whole constant', (op, x, g) => op('Sub', [x, g.constant(ramp(120), [1, 5, 4, 6])])],
  ['Add of a number', (op, x, g) => op('Add', [x, g.scalar(2)])],
  ['Mul by a row of ones', (op, x, g) => op('Mul', [x, g.constant([2], [1, 1, 1])])],
  ['Where', (op, x, g) => op('Where', [op('Greater', [x, g.scalar(0)]), x, vector(g, 6)])],
  ['Concat of channels', (op, x) => op('Concat', [x, op('Relu', [x])], { axis: -1 })],
  ['Concat of rows', (op, x) => op('Concat', [x, op('Relu', [x])], { axis: 1 })],
  ['Softmax', (op, x) => op('Softmax', [x], { axis: -1 })],
  ['Softmax of columns', (op, x) => op('Softmax', [x], { axis: 2 })],
  ['ReduceMean of places', (op, x) => op('ReduceMean', [x], { axes: [1, 2], keepdims: 0 })],
  ['ReduceMean kept', (op, x) => op('ReduceMean', [x], { axes: [1, 2], keepdims: 1 })],
  ['ReduceSum of channels', (op, x) => op('ReduceSum', [x], { axes: [-1], keepdims: 0 })],
  ['ReduceMax of rows', (op, x) => op('Relu', [op('ReduceMax', [x], { axes: [1], keepdims: 0 })])],
  ['Pad', (op, x) => op('Pad', [x], { pads: [0, 1, 0, 2, 0, 0, 3, 1], mode: 'constant', value: 2 })],
  ['Slice', (op, x) => op('Slice', [x], { starts: [1, 0], ends: [4, 6], axes: [1, -1], steps: [2, 4] })],
  ['Split', (op, x) => op('Split', [x], { axis: -1, split: [2, 4] })],
  ['Expand', (op, x) => op('Expand', [op('ReduceMean', [x], { axes: [1, 2] })], { shape: [5, 4, 6] })],
  ['Resize', (op, x) => op('Resize', [x], { axes: [1, 2], sizes: [7, 8], mode: 'linear' })],
  ['Resize of all axes', (op, x) => op('Resize', [x], { scales: [1, 2, 3, 1], mode: 'nearest' })],
  ['Flatten', (op, x) => op('Flatten', [x])],
  ['Reshape to places', (op, x) => op('Reshape', [x], { shape: [-1, 20, 6] })],
  [
    'Reshape of places',
    (op, x) => op('Reshape', [op('Reshape', [x], { shape: [-1, 20, 6] })], { shape: [-1, 4, 5, 6] }),
  ],
  ['Reshape of a row', (op, x) => op('Reshape', [op('Flatten', [x])], { shape: [-1, 3, 8, 5] })],
  ['Reshape that splits channels', (op, x) => op('Reshape', [x], { shape: [-1, 5, 4, 3, 2] })],
  [
    'channel shuffle',
    (op, x) => {
      const apart = op('Reshape', [x], { shape: [-1, 5, 4, 2, 3] });
      return op('Reshape', [op('Transpose', [apart], { perm: [0, 1, 2, 4, 3] })], { shape: [-1, 5, 4, 6] });
    },
  ],
  ['Transpose to channels first', (op, x) => op('Transpose', [x], { perm: [0, 3, 1, 2] })],
  ['Transpose of rows and columns', (op, x) => op('Relu', [op('Transpose', [x], { perm: [0, 2, 1, 3] })])],
  ['MatMul', (op, x, g) => op('MatMul', [x, g.constant(ramp(12), [6, 2])])],
  ['LayerNormalization', (op, x, g) => op('LayerNormalization', [x, vector(g, 6)], { axis: -1 })],
  [
    'a gate of pooled channels',
    (op, x) => {
      const pooled = op('ReduceMean', [x], { axes: [1, 2], keepdims: 0 });
      return op('Mul', [x, op('Reshape', [op('Sigmoid', [pooled])], { shape: [-1, 1, 1, 6] })]);
    },
  ],
  [
    'Unsqueeze and Squeeze',
    (op, x) => {
      const pooled = op('ReduceMean', [x], { axes: [1, 2], keepdims: 1 });
      return op('Unsqueeze', [op('Squeeze', [pooled], { axes: [1, 2] })], { axes: [1, 2] });
    },
  ],
];

describe('an operator on channels-last values', () => {
  it.each(cases)('gives what it gives on a transposed image: %s', async (_, build) => {
    const { plain, viewed } = await both(build);
    expect(viewed.y.shape).toEqual(plain.y.shape);
    expect(Array.from(viewed.y.data as Float32Array)).toEqual(Array.from(plain.y.data as Float32Array));
  });

  it('lies behind its convolution with no Transpose between', () => {
    const g = new Builder();
    const c = channelsLast(g);
    const x = c.input('x', [...image]);
    const kernel = g.constantOf(
      storedAs({ dtype: 'float32', shape: [3, 3, 6, 2], read: () => ramp(108) }, [2, 6, 3, 3], [2, 3, 1, 0]),
    );
    const y = c.op('Relu', [
      c.op('Add', [c.op('Conv', [x, kernel], { auto_pad: 'SAME_UPPER' }), vector(g, 2)]),
    ]);
    const pooled = c.op('Flatten', [c.op('ReduceMean', [y], { axes: [1, 2], keepdims: 1 })]);
    expect(x.shape).toEqual([N, 5, 4, 6]);
    expect(y.shape).toEqual([N, 5, 4, 2]);
    const graph = g.finish({ inputs: [c.image(x)], outputs: { pooled } });
    expect(nodesOf(graph).map(({ op }) => op)).toEqual(['Conv', 'Add', 'Relu', 'ReduceMean', 'Reshape']);
    expect(graph.inputs[0]!.shape).toEqual([N, 6, 5, 4]);
  });

  it('leaves no channels-last image in front of a dense layer, where a default layer is looked for', () => {
    const g = new Builder();
    const c = channelsLast(g);
    const x = c.input('x', [...image]);
    const graph = g.finish({ inputs: [c.image(x)], outputs: { y: c.op('Flatten', [c.op('Relu', [x])]) } });
    expect(nodesOf(graph).filter(({ outputs: [y] }) => y!.shape.length === 4)).toHaveLength(1);
  });
});

describe('a constant that lies in another order', () => {
  it('is read in the order of its axes, and given to tfjs as it lies', async () => {
    const stored = {
      dtype: 'float32',
      shape: [2, 3],
      read: () => Float32Array.of(0, 1, 2, 3, 4, 5),
    } as const;
    const turned = storedAs(stored, [3, 2], [1, 0]);
    expect(Array.from(turned.read() as Float32Array)).toEqual([0, 3, 1, 4, 2, 5]);
    const attributes: Attributes = {};
    const { y } = await computed(
      (g, x) => {
        const rows = g.reshape(x, [{ batch: 40 }, 3]);
        return g.op('MatMul', [rows, g.constantOf(turned)], attributes);
      },
      [N, 6, 5, 4],
    );
    const first = ramp(3);
    expect((y.data as Float32Array)[0]).toBeCloseTo(first[1]! + 2 * first[2]!, 5);
    expect((y.data as Float32Array)[1]).toBeCloseTo(3 * first[0]! + 4 * first[1]! + 5 * first[2]!, 5);
  });
});
