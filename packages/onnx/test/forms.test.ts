/** What files say in many ways becomes one form; each test states the numbers that ONNX defines. */
import { create } from '@bufbuild/protobuf';
import { evaluate } from '@regional-saliency/conformance';
import { N, nodesOf, type Tensor, tensor } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { FunctionProtoSchema, TensorProto_DataType, TensorProtoSchema } from '../src/generated/onnx_pb';
import { readOnnx } from '../src/index';
import { attribute, type FileParts, file, graph, info, listed, node } from './files';

const x = info('x', ['N', 4]);
const ints = (name: string, values: number[]) => listed(name, [values.length], values, 'int64');

/** The output `y` of a file that is fed `x`. */
function result(parts: Partial<FileParts>, data: Tensor): { shape: number[]; data: number[] } {
  const y = evaluate(readOnnx(file({ inputs: [x], nodes: [], ...parts })), { x: data }).y!;
  return { shape: [...y.shape], data: Array.from(y.data as Iterable<number>, Number) };
}

const row = tensor([1, 2, 3, 4], [1, 4]);

describe('parameters', () => {
  it.each([
    ['attributes (opset 9)', 9, node('Slice', ['x'], ['y'], { starts: [1], ends: [3], axes: [1] }), []],
    [
      'inputs (opset 18)',
      18,
      node('Slice', ['x', 's', 'e', 'a'], ['y']),
      [ints('s', [1]), ints('e', [3]), ints('a', [1])],
    ],
  ])('of Slice as %s', (_, opset, slice, initializers) => {
    expect(result({ nodes: [slice], initializers, opset }, row)).toEqual({ shape: [1, 2], data: [2, 3] });
  });

  it('of Clip may each be absent', () => {
    const clip = node('Clip', ['x', '', 'top'], ['y']);
    const initializers = [listed('top', [], [2.5])];
    expect(result({ nodes: [clip], initializers }, row).data).toEqual([1, 2, 2.5, 2.5]);
  });

  it('of Clip that are computed from data are refused by name', () => {
    const nodes = [node('ReduceMax', ['x'], ['top'], { keepdims: 0 }), node('Clip', ['x', '', 'top'], ['y'])];
    expect(() => readOnnx(file({ nodes, inputs: [x] }))).toThrow(
      'Clip "y": its parameter "max" is computed from data, so it is not known before a run',
    );
  });

  it('of Pad may name the axes', () => {
    const initializers = [ints('p', [1, 2]), listed('v', [], [9]), ints('a', [-1])];
    const pad = node('Pad', ['x', 'p', 'v', 'a'], ['y']);
    expect(result({ nodes: [pad], initializers }, row)).toEqual({
      shape: [1, 7],
      data: [9, 1, 2, 3, 4, 9, 9],
    });
  });

  it.each([
    ['num_outputs', node('Split', ['x'], ['a', 'y'], { axis: 1, num_outputs: 2 }), [3, 4]],
    ['the number of its outputs', node('Split', ['x'], ['a', 'b', 'y'], { axis: 1 }), []],
    ['an input', node('Split', ['x', 's'], ['a', 'y'], { axis: -1 }), [4]],
  ])('of Split as %s', (_, split, data) => {
    expect(result({ nodes: [split], initializers: [ints('s', [3, 1])] }, row).data).toEqual(data);
  });
});

describe('Softmax', () => {
  it('normalised all that follows its axis before opset 13', () => {
    const cube = info('x', ['N', 2, 2]);
    const data = tensor([0, 0, 0, 0], [1, 2, 2]);
    const softmax = node('Softmax', ['x'], ['y']);
    expect(result({ nodes: [softmax], inputs: [cube], opset: 11 }, data).data).toEqual([
      0.25, 0.25, 0.25, 0.25,
    ]);
    expect(result({ nodes: [softmax], inputs: [cube], opset: 13 }, data).data).toEqual([0.5, 0.5, 0.5, 0.5]);
  });
});

describe('shape computations', () => {
  it('are folded over the batch', () => {
    const nodes = [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'zero'], ['n']),
      node('Unsqueeze', ['n', 'first'], ['n1']),
      node('Concat', ['n1', 'rest'], ['to'], { axis: 0 }),
      node('Reshape', ['x', 'to'], ['y']),
    ];
    const initializers = [listed('zero', [], [0], 'int64'), ints('first', [0]), ints('rest', [2, -1])];
    const read = readOnnx(file({ nodes, initializers, inputs: [x] }));
    expect(read.outputs.y!.shape).toEqual([N, 2, 2]);
    expect(nodesOf(read).map((item) => item.op)).toEqual(['Reshape']);
  });

  it('choose the branch of an If', () => {
    const branch = (op: string) => graph({ nodes: [node(op, ['x'], [op])], inputs: [], outputs: [op] });
    const nodes = [
      node('Shape', ['x'], ['shape'], { start: 1 }),
      node('Equal', ['shape', 'four'], ['is']),
      node('If', ['is'], ['y'], { then_branch: branch('Neg'), else_branch: branch('Abs') }),
    ];
    expect(result({ nodes, initializers: [ints('four', [4])] }, row).data).toEqual([-1, -2, -3, -4]);
    expect(result({ nodes, initializers: [ints('four', [5])] }, row).data).toEqual([1, 2, 3, 4]);
  });

  it('that decide an If by data are refused', () => {
    const branch = graph({ nodes: [node('Neg', ['x'], ['z'])], inputs: [], outputs: ['z'] });
    const nodes = [
      node('ReduceMax', ['x'], ['most'], { keepdims: 0 }),
      node('Greater', ['most', 'zero'], ['is']),
      node('If', ['is'], ['y'], { then_branch: branch, else_branch: branch }),
    ];
    expect(() => readOnnx(file({ nodes, inputs: [x], initializers: [listed('zero', [], [0])] }))).toThrow(
      'If "y": the condition of an If is computed from data: export the model without branches',
    );
  });

  it('of a slice that ends at N take the whole batch', () => {
    const nodes = [
      node('Shape', ['x'], ['end'], { start: 0, end: 1 }),
      node('Slice', ['x', 'zero', 'end', 'zero'], ['y']),
    ];
    const read = readOnnx(file({ nodes, initializers: [ints('zero', [0])], inputs: [x] }));
    expect(read.outputs.y!.shape).toEqual([N, 4]);
  });
});

describe('Constant', () => {
  it.each([
    ['value', listed('t', [2], [1, 2]), 'float32', [2]],
    ['value_float', { f: 3 }, 'float32', []],
    ['value_floats', { floats: [1, 2, 3] }, 'float32', [3]],
    ['value_int', 7, 'int64', []],
    ['value_ints', [1, 2], 'int64', [2]],
  ] as const)('as %s', (name, value, dtype, shape) => {
    const nodes = [node('Constant', [], ['y'], { [name]: value as number })];
    const { y } = readOnnx(file({ nodes, inputs: [x] })).outputs;
    expect([y!.dtype, y!.shape]).toEqual([dtype, shape]);
    expect(y!.constant).toBeDefined();
  });
});

describe('tensors', () => {
  it.each([
    ['float64', [1.5, -2], [1.5, -2]],
    ['float16', [0x3e00, 0xc000], [1.5, -2]],
    ['bfloat16', [0x3fc0, 0xc000], [1.5, -2]],
    ['int32', [-5, 6], [-5, 6]],
    ['int8', [-5, 6], [-5, 6]],
    ['uint8', [5, 200], [5, 200]],
    ['uint32', [5, 4e9], [5, 4e9]],
    ['int64', [-5, 6], [-5, 6]],
    ['bool', [0, 1], [0, 1]],
  ] as const)('of %s in the list of their type', (dtype, written, read) => {
    const nodes = [node('Identity', ['t'], ['y'])];
    const { constant } = readOnnx(
      file({ nodes, inputs: [x], initializers: [listed('t', [2], written, dtype)] }),
    ).outputs.y!;
    expect(Array.from(constant!.read() as Iterable<number>, Number)).toEqual(read);
    expect(constant!.dtype).toBe(['float64', 'float16', 'bfloat16'].includes(dtype) ? 'float32' : dtype);
  });

  it('of every 16-bit float are what the format says', () => {
    const patterns = [0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3555, 0x7bff, 0x7c00, 0xfc00, 0x7e00];
    const nodes = [node('Identity', ['t'], ['y'])];
    const initializers = [listed('t', [patterns.length], patterns, 'float16')];
    const read = readOnnx(file({ nodes, inputs: [x], initializers })).outputs.y!.constant!.read();
    const smallest = 2 ** -24;
    const expected = [
      0,
      -0,
      smallest,
      1023 * smallest,
      2 ** -14,
      1365 / 4096,
      65504,
      Infinity,
      -Infinity,
      Number.NaN,
    ];
    expect(Array.from(read as Float32Array)).toEqual(expected);
  });

  it('in raw data are views of the file wherever their address allows', () => {
    const w = create(TensorProtoSchema, {
      name: 'w',
      dims: [1n],
      dataType: TensorProto_DataType.FLOAT,
      rawData: new Uint8Array(Float32Array.of(1.25).buffer),
    });
    let viewed = 0;
    for (let length = 1; length <= 8; length++) {
      const add = node('Add', ['x', 'w'], ['y'], {}, { name: 'n'.repeat(length) });
      const bytes = file({ nodes: [add], inputs: [x], initializers: [w] });
      const data = readOnnx(bytes).names.get('w')!.constant!.read();
      expect([...data]).toEqual([1.25]);
      if (data.buffer === bytes.buffer) viewed++;
    }
    expect(viewed).toBe(2);
  });

  it('quantized by DequantizeLinear become floats, channel by channel', () => {
    const nodes = [
      node('DequantizeLinear', ['q', 's', 'z'], ['w'], { axis: 0 }),
      node('Add', ['x', 'w'], ['y']),
    ];
    const initializers = [
      listed('q', [2, 4], [1, 2, 3, 4, -1, -2, -3, -4], 'int8'),
      listed('s', [2], [0.5, 2]),
      listed('z', [2], [1, 0], 'int8'),
    ];
    const read = readOnnx(file({ nodes, initializers, inputs: [info('x', [2, 4])] }));
    expect([...read.names.get('w')!.constant!.read()]).toEqual([0, 0.5, 1, 1.5, -2, -4, -6, -8]);
  });

  it('are transposed and reshaped at import, so that weights stay constants', () => {
    const nodes = [
      node('Transpose', ['w'], ['t'], { perm: [1, 0] }),
      node('Reshape', ['t', 'to'], ['r']),
      node('Add', ['x', 'r'], ['y']),
    ];
    const initializers = [listed('w', [2, 2], [1, 2, 3, 4]), ints('to', [1, 4])];
    const read = readOnnx(file({ nodes, initializers, inputs: [x] }));
    expect(nodesOf(read).map((item) => item.op)).toEqual(['Add']);
    expect([...read.names.get('r')!.constant!.read()]).toEqual([1, 3, 2, 4]);
  });
});

describe('weights beside the file', () => {
  const beside = (location: string, offset = '4', length = '16') =>
    file({
      nodes: [node('Add', ['x', 'w'], ['y'])],
      inputs: [x],
      initializers: [
        create(TensorProtoSchema, {
          name: 'w',
          dims: [4n],
          dataType: TensorProto_DataType.FLOAT,
          dataLocation: 1,
          externalData: Object.entries({ location, offset, length }).map(([key, value]) => ({ key, value })),
        }),
      ],
    });
  const data = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4).buffer);

  it('are read from the place that is said', () => {
    const asked: string[] = [];
    const external = (location: string) => {
      asked.push(location);
      return data;
    };
    const w = readOnnx(beside('weights/a.bin'), { external }).names.get('w')!;
    expect([...w.constant!.read()]).toEqual([1, 2, 3, 4]);
    expect(asked).toEqual(['weights/a.bin']);
  });

  it('need a loader that answers at once, with bytes', () => {
    for (const given of [Promise.resolve(data), data.buffer, undefined]) {
      const external = () => given as unknown as Uint8Array;
      expect(() => readOnnx(beside('a.bin'), { external })).toThrow(
        /gave no Uint8Array for "a\.bin": read or fetch/,
      );
    }
  });

  it('need a loader, and the error says which file', () => {
    expect(() => readOnnx(beside('a.bin'))).toThrow(/"a\.bin" beside it/);
  });

  it.each(['../a.bin', '/etc/passwd', 'a/../../b', 'C:\\a', '\\\\host\\a', '', 'a\0b'])(
    'are not read from outside the folder: %j',
    (location) => {
      const external = () => expect.unreachable('the loader was called');
      expect(() => readOnnx(beside(location), { external })).toThrow(/not a file in the model's folder/);
    },
  );

  it.each([
    ['8', '16'],
    ['-4', '16'],
    ['0', '12'],
    ['x', '16'],
  ])('that don’t lie within the file (offset %s, length %s) are refused', (offset, length) => {
    expect(() => readOnnx(beside('a.bin', offset, length), { external: () => data })).toThrow(
      /needs 16 bytes/,
    );
  });
});

describe('functions of the file', () => {
  const affine = create(FunctionProtoSchema, {
    name: 'Shifted',
    domain: 'own',
    input: ['a'],
    output: ['b'],
    attribute: ['by'],
    opsetImport: [{ domain: '', version: 18n }],
    node: [node('Constant', [], ['c']), node('Add', ['a', 'c'], ['b'], {}, { name: 'sum' })],
  });
  affine.node[0]!.attribute.push({ ...attribute('value_float', { f: 0 }), refAttrName: 'by' });

  it('are unfolded with the attributes of the call', () => {
    const nodes = [
      node('Shifted', ['x'], ['h'], { by: { f: 10 } }, { domain: 'own', name: 'first' }),
      node('Shifted', ['h'], ['y'], { by: { f: 0.5 } }, { domain: 'own', name: 'second' }),
    ];
    const parts = { nodes, functions: [affine] };
    expect(result(parts, row).data).toEqual([11.5, 12.5, 13.5, 14.5]);
    const { names } = readOnnx(file({ inputs: [x], ...parts }));
    expect(names.has('first/sum')).toBe(true);
    expect(names.get('h')).toBe(names.get('first'));
  });
});

describe('inputs', () => {
  const relu = [node('Relu', ['x'], ['y'])];

  it.each([
    ['a name', 'batch'],
    ['nothing', null],
  ])('whose first dimension is %s have the batch N', (_, first) => {
    expect(readOnnx(file({ nodes: relu, inputs: [info('x', [first, 3])] })).inputs[0]!.shape).toEqual([N, 3]);
  });

  it('keep a fixed batch', () => {
    expect(readOnnx(file({ nodes: relu, inputs: [info('x', [7, 3])] })).inputs[0]!.shape).toEqual([7, 3]);
  });

  it('take the batch that is asked for', () => {
    const bytes = file({ nodes: relu, inputs: [info('x', ['N', 3])] });
    expect(readOnnx(bytes, { batch: 5 }).inputs[0]!.shape).toEqual([5, 3]);
  });

  it('with other open dimensions are refused with the cure', () => {
    const bytes = file({ nodes: relu, inputs: [info('x', ['N', 3, 'height', null])] });
    expect(() => readOnnx(bytes)).toThrow(
      `the input "x" has open dimensions besides the batch (height, dimension 3): give its shape, as in shapes: { "x": ['N', 3, 224, 224] }`,
    );
    const read = readOnnx(bytes, { shapes: { x: ['N', 3, 8, 8] } });
    expect(read.outputs.y!.shape).toEqual([N, 3, 8, 8]);
  });

  it.each([
    ['another rank', { x: [1, 2] }, /has 3 dimensions/],
    ['another fixed size', { x: ['N', 4, 5] }, /can't be 4: the file fixes it at 3/],
    ['an unknown name', { z: [1] }, /no input "z"; its inputs are "x"/],
  ] as const)('given %s are refused', (_, shapes, message) => {
    const bytes = file({ nodes: relu, inputs: [info('x', ['N', 3, 'w'])] });
    expect(() => readOnnx(bytes, { shapes: shapes as unknown as Record<string, number[]> })).toThrow(message);
  });

  it('that are also initializers (before IR version 4) are weights', () => {
    const nodes = [node('Add', ['x', 'w'], ['y'])];
    const read = readOnnx(
      file({ nodes, inputs: [x, info('w', [4])], initializers: [listed('w', [4], [1, 2, 3, 4])] }),
    );
    expect(read.inputs.map((input) => input.name)).toEqual(['x']);
  });

  it('with different open dimensions are refused', () => {
    const nodes = [node('Add', ['x', 'z'], ['y'])];
    expect(() => readOnnx(file({ nodes, inputs: [info('x', ['n', 1]), info('z', ['m', 1])] }))).toThrow(
      /different open first dimensions \(n, m\)/,
    );
  });
});

describe('names', () => {
  it('of a tensor that an Identity renames both stay', () => {
    const nodes = [
      node('Relu', ['x'], ['h']),
      node('Identity', ['h'], ['same']),
      node('Neg', ['same'], ['y']),
    ];
    const { names } = readOnnx(file({ nodes, inputs: [x] }));
    expect(names.get('same')).toBe(names.get('h'));
  });

  it('of scopes nest as the exporter nests them', () => {
    const at = (name: string, from: string, to: string) => node('Relu', [from], [to], {}, { name });
    const nodes = [
      at('/features/features.1/block/block.0/block.0.0/Relu', 'x', 'a'),
      node('Neg', ['a'], ['b'], {}, { name: '/features/features.1/Neg' }),
      node('Exp', ['b'], ['y'], {}, { name: '/Exp' }),
    ];
    const { names } = readOnnx(file({ nodes, inputs: [x] }));
    const of = (name: string) => names.get(name)?.name;
    expect(of('features.1.block.0.0')).toBe('a');
    expect(of('features.1.block')).toBe('a');
    expect(of('features.1')).toBe('b');
    expect(of('features')).toBe('b');
    expect(of('/Exp')).toBe('y');
  });

  it('and metadata of the file are kept', () => {
    const read = readOnnx(
      file({ nodes: [node('Relu', ['x'], ['y'])], inputs: [x], metadata: { author: 'someone' } }),
    );
    expect(read.metadata).toEqual({ author: 'someone', producer: 'a test', opset: '18', name: 'graph' });
  });
});

describe('nodes out of order', () => {
  it('are put in order', () => {
    const nodes = [node('Neg', ['h'], ['y']), node('Relu', ['x'], ['h'])];
    expect(result({ nodes }, row).data).toEqual([-1, -2, -3, -4]);
  });
});
