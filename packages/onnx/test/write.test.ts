/** What the writer puts into a file, as seen by reading its messages and by running what was read again. */
import { fromBinary } from '@bufbuild/protobuf';
import { evaluate } from '@regional-saliency/conformance';
import { Builder, type Dim, N, nodesOf, type Tensor, tensor, type Value } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { ModelProtoSchema } from '../src/generated/onnx_pb';
import { readOnnx, type WriteOptions, writeOnnx } from '../src/index';

/** A graph of one input and its outputs, written. */
function written(
  shape: Dim[],
  make: (g: Builder, x: Value) => Record<string, Value>,
  options?: WriteOptions,
) {
  const g = new Builder();
  const x = g.input('x', shape);
  const graph = g.finish({ inputs: [x], outputs: make(g, x) });
  const bytes = writeOnnx(graph, options);
  return {
    graph,
    bytes,
    proto: fromBinary(ModelProtoSchema, bytes).graph!,
    model: fromBinary(ModelProtoSchema, bytes),
  };
}

const ops = (proto: { node: readonly { opType: string }[] }) => proto.node.map((node) => node.opType);
const ramp = (shape: number[]): Tensor =>
  tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i - 3),
    shape,
  );

describe('shapes that depend on the batch', () => {
  const cases: [string, (g: Builder, x: Value) => Value, string[]][] = [
    ['a Reshape', (g, x) => g.reshape(x, [N, 2, 3]), ['Reshape']],
    ['a Reshape to a multiple', (g, x) => g.reshape(x, [{ batch: 3 }, 2]), ['Reshape']],
    [
      'an Expand of what has the batch',
      (g, x) => g.expand(g.reshape(x, [N, 6, 1]), [N, 6, 4]),
      ['Reshape', 'Expand'],
    ],
    [
      'an Expand to the batch',
      (g, x) => g.add(x, g.expand(g.scalar(2), [N, 6])),
      ['Shape', 'Concat', 'Expand', 'Add'],
    ],
    [
      'an Expand to a multiple of the batch',
      (g, x) => g.add(g.reshape(x, [{ batch: 2 }, 3]), g.expand(g.scalar(2), [{ batch: 2 }, 3])),
      ['Reshape', 'Shape', 'Mul', 'Concat', 'Expand', 'Add'],
    ],
  ];

  it.each(cases)('are said for %s, whatever the batch', (_, make, expected) => {
    const { graph, bytes, proto } = written([N, 6], (g, x) => ({ y: make(g, x) }));
    expect(ops(proto)).toEqual(expected);
    const again = readOnnx(bytes);
    expect(again.outputs.y!.shape).toEqual(graph.outputs.y!.shape);
    for (const batch of [1, 5]) {
      const feeds = { x: ramp([batch, 6]) };
      expect(evaluate(again, feeds)).toEqual(evaluate(graph, feeds));
    }
  });

  it('are declared by name', () => {
    const { proto } = written([N, 6], (g, x) => ({ y: g.reshape(x, [{ batch: 3 }, 2]) }));
    const [input, output] = [proto.input, proto.output].map((list) => list[0]!.type!.value);
    const dims = (type: typeof input) =>
      type!.case === 'tensorType' ? type!.value.shape!.dim.map((dim) => dim.value.value) : [];
    expect(dims(input)).toEqual(['N', 6n]);
    expect(dims(output)).toEqual(['3N', 2n]);
  });

  it('need an input that begins with the batch', () => {
    expect(() => written([3, N], (g, x) => ({ y: g.mul(x, g.expand(g.scalar(1), [3, N])) }))).toThrow(
      /no input has the batch as its first dimension/,
    );
  });
});

describe('the interface', () => {
  it('names inputs and outputs as the graph does, even where an output is an input, a constant, or there twice', () => {
    const { bytes, proto } = written([N, 2], (g, x) => {
      const y = g.op('Relu', [x]);
      return { first: y, second: y, same: x, fixed: g.constant([1, 2], [2]) };
    });
    expect(proto.output.map((output) => output.name)).toEqual(['first', 'second', 'same', 'fixed']);
    const data = ramp([2, 2]);
    const { first, second, same, fixed } = evaluate(readOnnx(bytes), { x: data });
    expect([...first!.data]).toEqual([0, 0, 0, 0]);
    expect(second).toEqual(first);
    expect([...same!.data]).toEqual([...data.data]);
    expect([...fixed!.data]).toEqual([1, 2]);
  });

  it('refuses two things of one name', () => {
    expect(() => written([N], (g, x) => ({ x: g.op('Relu', [x]) }))).toThrow(
      /two inputs or outputs are called "x"/,
    );
  });

  it('refuses a value that nothing computes', () => {
    const other = new Builder().input('other', [N]);
    expect(() => written([N], (g, x) => ({ y: g.add(x, { ...other, id: 900 }) }))).toThrow(
      /reads the value "other", which is not among its inputs/,
    );
  });

  it('keeps names of tensors where they are free', () => {
    const { proto } = written([N, 2], (g, x) => {
      const h = g.op('Relu', [x], {}, { outputs: ['hidden'] });
      const k = g.op('Neg', [h], {}, { outputs: ['hidden'] });
      return { y: g.op('Exp', [k], {}, { outputs: ['x'] }) };
    });
    expect(proto.node.flatMap((node) => node.output)).toEqual(['hidden', 'hidden_1', 'y']);
  });
});

describe('operators', () => {
  it('of pooling give Indices only where something reads them', () => {
    const pool = { kernel_shape: [2, 2], strides: [2, 2] };
    const plain = written([N, 1, 4, 4], (g, x) => ({ y: g.op('MaxPool', [x], pool) }));
    expect(plain.proto.node[0]!.output).toEqual(['y']);
    const both = written([N, 1, 4, 4], (g, x) => ({ y: g.node('MaxPool', [x], pool).outputs[1]! }));
    expect(both.proto.node[0]!.output.length).toBe(2);
  });

  it('of our own are written as standard ones', () => {
    for (const portable of [false, true]) {
      const { proto } = written(
        [N, 1, 4, 4],
        (g, x) => {
          const attributes = {
            kernel_shape: [2, 2],
            strides: [1, 1],
            dilations: [1, 1],
            pads: [0, 0, 0, 0],
            ceil_mode: 0,
          };
          const y = g.op('MaxPool', [x], attributes);
          const w = g.constant([1, 2, 3, 4], [1, 1, 2, 2]);
          const conv = g.op('ConvGrad', [y, w], { ...attributes, group: 1, spatial: [4, 4] });
          return { r: g.op('MaxPoolGrad', [x, y], attributes), c: conv };
        },
        { portable },
      );
      expect(ops(proto).some((op) => op.endsWith('Grad'))).toBe(false);
      expect(ops(proto).includes('ScatterElements')).toBe(!portable);
    }
  });

  it('that came later are written in those of the opset', () => {
    const gelu = (g: Builder, x: Value) => ({
      y: g.op('Gelu', [x]),
      z: g.op('Gelu', [x], { approximate: 'tanh' }),
    });
    const older = written([N, 6], gelu, { opset: 18 });
    const newer = written([N, 6], gelu, { opset: 20 });
    expect(ops(newer.proto)).toEqual(['Gelu', 'Gelu']);
    expect(ops(older.proto)).not.toContain('Gelu');
    const feeds = { x: ramp([1, 6]) };
    const expected = evaluate(newer.graph, feeds);
    for (const [name, { data }] of Object.entries(evaluate(readOnnx(older.bytes), feeds))) {
      for (const [i, value] of Array.from(data as Float64Array).entries()) {
        expect(value).toBeCloseTo(Number(expected[name]!.data[i]), 6);
      }
    }
  });

  it('take their axes where the opset has them', () => {
    const sum = (g: Builder, x: Value) => ({ y: g.op('ReduceMean', [x], { axes: [1], keepdims: 0 }) });
    expect(written([N, 2], sum, { opset: 17 }).proto.node[0]!.input.length).toBe(1);
    expect(written([N, 2], sum, { opset: 18 }).proto.node[0]!.input.length).toBe(2);
  });

  it.each([15, 24, 18.5])('are not written in opset %s', (opset) => {
    expect(() => written([N], (g, x) => ({ y: g.op('Relu', [x]) }), { opset })).toThrow(
      /choose one from 16 to 23/,
    );
  });

  it('that the opset can’t say are refused by name', () => {
    const pool = { kernel_shape: [2, 2], dilations: [2, 2] };
    const make = (g: Builder, x: Value) => ({ y: g.op('AveragePool', [x], pool, { name: 'spread' }) });
    expect(() => written([N, 1, 5, 5], make, { opset: 18 })).toThrow(
      'AveragePool "spread": dilations need opset 19',
    );
    expect(ops(written([N, 1, 5, 5], make, { opset: 19 }).proto)).toEqual(['AveragePool']);
  });
});

describe('the file', () => {
  it('carries metadata, and says who wrote it', () => {
    const { model, bytes } = written([N], (g, x) => ({ y: g.op('Relu', [x]) }), {
      name: 'explained',
      metadata: { method: 'gradient' },
    });
    expect(model.producerName).toBe('regional-saliency');
    expect(readOnnx(bytes).metadata).toEqual({
      method: 'gradient',
      name: 'explained',
      opset: '18',
      producer: 'regional-saliency',
    });
  });

  it('keeps scopes, so that layers keep their names', () => {
    const { bytes } = written([N], (g, x) => {
      const names = { name: "it's", scopes: ['layer1', 'layer1.0', "layer1.0.it's"] };
      return { y: g.op('Neg', [g.op('Relu', [x], {}, names)]) };
    });
    const again = readOnnx(bytes);
    expect(nodesOf(again)[0]!.scopes).toEqual(['layer1', 'layer1.0', "layer1.0.it's"]);
    expect(again.names.get('layer1')).toBe(again.names.get("layer1.0.it's"));
  });

  it('of more than 2 GB is refused before it is made', () => {
    const large = (g: Builder) => {
      // One gigabyte that is never touched: pages of zeros take no memory.
      const data = new Float32Array(2 ** 28);
      return [0, 1, 2].map((id) =>
        g.constantOf({ dtype: 'float32', shape: [2 ** 28], read: () => data }, `w${id}`),
      );
    };
    expect(() =>
      written([1], (g, x) => Object.fromEntries(large(g).map((w, i) => [`y${i}`, g.add(x, w)]))),
    ).toThrow(/would take 3\.2 GB, and an ONNX file holds at most 2 GB without external data/);
  });
});
