/** Whatever the bytes are: a graph, or a SaliencyError, soon. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ErrorCode, SaliencyError } from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelProtoSchema, TensorProto_DataType, TensorProtoSchema } from '../src/generated/onnx_pb';
import { readOnnx } from '../src/index';
import { type FileParts, file, info, listed, node } from './files';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`fixtures/${name}.onnx`, import.meta.url))));

const x = info('x', ['N', 4]);
const relu = node('Relu', ['x'], ['y']);

function refusal(bytes: Uint8Array): { code: ErrorCode; message: string } | undefined {
  try {
    readOnnx(bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof SaliencyError)) throw error;
    expect(error.message).not.toContain('\n');
    return { code: error.code, message: error.message };
  }
}

describe('a file that is no ONNX model', () => {
  it.each([
    ['empty', new Uint8Array()],
    ['text', new TextEncoder().encode('A readme that somebody renamed to model.onnx.\n'.repeat(20))],
    ['JSON', new TextEncoder().encode('{"weights": [1, 2, 3]}')],
    [
      'a PNG',
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52),
    ],
    ['a ZIP', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0)],
    ['zeros', new Uint8Array(1000)],
  ])('(%s) is called so', (_, bytes) => {
    expect(refusal(bytes)).toMatchObject({ code: 'bad-file', message: expect.stringMatching(/not an ONNX/) });
  });

  it('(random bytes) is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
        expect(refusal(bytes)?.code).toBe('bad-file');
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is no bytes', () => {
  const bytes = file({ nodes: [relu], inputs: [x] });
  it.each<[string, unknown, RegExp]>([
    ['a path', 'model.onnx', /not text: read the file first, as in readOnnx\(readFileSync\(path\)\)/],
    ['an ArrayBuffer', bytes.buffer, /not an ArrayBuffer: give readOnnx\(new Uint8Array\(buffer\)\)/],
    ['a view', new DataView(bytes.buffer), /not a DataView: give readOnnx\(new Uint8Array\(view\.buffer/],
    ['nothing', undefined, /not undefined: read the file first/],
    ['a promise', Promise.resolve(bytes), /not a promise: await it/],
    ['a response', new Response(), /not a file or response: .*arrayBuffer/],
    ['a number', 3, /not a value of type number/],
  ])('(%s) is told what to do', (_, given, message) => {
    const refused = () => readOnnx(given as Uint8Array);
    expect(refused).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }),
    );
  });
});

describe('an output that is asked for and not there', () => {
  it('is told the nearest names, or else the outputs that there are', () => {
    const bytes = file({ nodes: [node('Relu', ['x'], ['scores'])], inputs: [x], outputs: ['scores'] });
    const refused = (name: string) => () => readOnnx(bytes, { outputs: [name] });
    expect(refused('score')).toThrow(
      /^no tensor of the file is called "score", so .*; the nearest are "scores"$/,
    );
    expect(refused('nope, whatever it may be')).toThrow(/can't be an output; its own outputs are "scores"$/);
  });
});

describe('a truncated file', () => {
  it.each(['residual-old', 'tokens-new', 'mobile-new'])('(%s, at any place) is refused', (name) => {
    const bytes = fixture(name);
    const whole = fromBinary(ModelProtoSchema, bytes);
    // The exporters write the opset last: a file without its end has none, unless only the very last field is lost.
    expect(whole.opsetImport.length).toBe(1);
    for (let length = 0; length < bytes.length; length += 37) {
      expect(refusal(bytes.subarray(0, length)), `${length} bytes`).toMatchObject({ code: 'bad-file' });
    }
  });
});

describe('a damaged file', () => {
  it('is read, or refused in one sentence, soon', () => {
    const sources = ['residual-old', 'residual-new-unfolded', 'tokens-old', 'mobile-old-opset9'].map(fixture);
    const change = fc.record({ at: fc.nat(), value: fc.nat({ max: 255 }) });
    const damage = fc.record({
      source: fc.constantFrom(...sources),
      changes: fc.array(change, { minLength: 1, maxLength: 6 }),
    });
    fc.assert(
      fc.property(damage, ({ source, changes }) => {
        const bytes = source.slice();
        for (const { at, value } of changes) bytes[at % bytes.length] = value;
        const start = performance.now();
        refusal(bytes);
        expect(performance.now() - start).toBeLessThan(2000);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a file that contradicts itself', () => {
  const cases: [string, Partial<FileParts>, RegExp][] = [
    [
      'reads what nothing makes',
      { nodes: [node('Relu', ['z'], ['y'])] },
      /reads the tensor "z", which nothing/,
    ],
    ['makes a tensor twice', { nodes: [relu, node('Neg', ['x'], ['y'])] }, /two nodes make the tensor "y"/],
    [
      'computes its own input',
      { nodes: [relu, node('Constant', [], ['x'], { value_int: 1 })] },
      /"x" is there twice/,
    ],
    [
      'reads in a circle',
      { nodes: [node('Add', ['x', 'b'], ['a']), node('Neg', ['a'], ['b']), node('Relu', ['b'], ['y'])] },
      /reads its own result/,
    ],
    ['has no such output', { nodes: [relu], outputs: ['z'] }, /the graph reads the tensor "z"/],
    ['has an output twice', { nodes: [relu], outputs: ['y', 'y'] }, /two outputs "y"/],
    ['has an input twice', { nodes: [relu], inputs: [x, x] }, /"x" is there twice/],
    ['has a negative dimension', { nodes: [relu], inputs: [info('x', ['N', -4])] }, /dimension 1 .* is -4/],
    ['has no elements in an input', { nodes: [relu], inputs: [info('x', ['N', 0])] }, /dimension 1 .* is 0/],
    [
      'holds too few elements',
      { nodes: [node('Add', ['x', 'w'], ['y'])], initializers: [listed('w', [4], [1, 2])] },
      /"w" needs 4 elements but has 2/,
    ],
  ];

  it.each(cases)('because it %s is refused', (_, parts, message) => {
    const found = refusal(file({ nodes: [], inputs: [x], ...parts }));
    expect(found?.message).toMatch(message);
    expect(found?.code).toBe('bad-file');
  });
});

describe('a file that claims more than it has', () => {
  const claims = (dims: bigint[]) =>
    create(TensorProtoSchema, {
      name: 'w',
      dims,
      dataType: TensorProto_DataType.FLOAT,
      rawData: new Uint8Array(16),
    });

  it.each([
    [[1n << 40n], /claims to hold|needs/],
    [[1n << 31n, 1n << 31n, 1n << 31n], /claims to hold/],
    [[(1n << 62n) + 1n], /claims to hold/],
    [[5n], /"w" needs 20 bytes but has 16/],
    [[-1n], /"w" has a negative dimension \(-1\)/],
    [[-2n, -2n], /negative dimension/],
  ])('(a tensor of %s) is refused before anything is allocated', (dims, message) => {
    const before = process.memoryUsage().arrayBuffers;
    const found = refusal(
      file({ nodes: [node('Add', ['x', 'w'], ['y'])], inputs: [x], initializers: [claims(dims)] }),
    );
    expect(found).toMatchObject({ code: 'bad-file', message: expect.stringMatching(message) });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });

  it.each([
    ['ConstantOfShape', node('ConstantOfShape', ['w'], ['y']), [1e9, 1e9]],
    ['ConstantOfShape that fits', node('ConstantOfShape', ['w'], ['y']), [3e4, 1e5]],
    ['Expand', node('Expand', ['one', 'w'], ['y']), [1e9, 1e9]],
    ['Tile', node('Tile', ['pair', 'w'], ['y']), [1e12]],
    ['Range', node('Range', ['zero', 'far', 'step'], ['y']), [1]],
    ['Split', node('Split', ['x'], ['a', 'y'], { axis: 1, num_outputs: 2 ** 31 }), [1]],
  ])('(%s) takes neither time nor memory', (_, maker, w) => {
    const initializers = [
      listed('w', [w.length], w, 'int64'),
      listed('one', [], [1]),
      listed('pair', [2], [1, 2]),
      listed('zero', [], [0], 'int64'),
      listed('far', [], [1e13], 'int64'),
      listed('step', [], [1], 'int64'),
    ];
    const start = performance.now();
    refusal(file({ nodes: [maker], inputs: [x], initializers }));
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('an unsupported model', () => {
  it('is refused with all its operators, each with a node and its domain', () => {
    const nodes = [
      node('Magic', ['x'], ['a'], {}, { name: 'first', domain: 'com.example' }),
      node('Magic', ['a'], ['b'], {}, { domain: 'com.example' }),
      node('Loop', ['b'], ['c']),
      node('NoSuchOperator', ['c'], ['y'], {}, { name: 'last' }),
    ];
    expect(refusal(file({ nodes, inputs: [x] }))).toEqual({
      code: 'unsupported',
      message:
        'the operators Magic of the domain com.example (node "first"), Loop (node "c"), NoSuchOperator (node "last") are not supported',
    });
  });

  it('of an opset before 7 is refused with the cure', () => {
    expect(refusal(file({ nodes: [relu], inputs: [x], opset: 6 }))?.message).toMatch(
      /onnx\.version_converter/,
    );
  });

  it('that trains is refused', () => {
    const nodes = [node('Dropout', ['x', '', 'training'], ['y'])];
    const initializers = [listed('training', [], [1], 'bool')];
    expect(refusal(file({ nodes, inputs: [x], initializers }))?.message).toMatch(/export it after eval/);
  });

  it('with functions that call each other without end is refused', () => {
    const model = fromBinary(
      ModelProtoSchema,
      file({ nodes: [node('F', ['x'], ['y'], {}, { domain: 'own' })], inputs: [x] }),
    );
    model.functions.push({
      $typeName: 'onnx.FunctionProto',
      name: 'F',
      domain: 'own',
      overload: '',
      input: ['a'],
      output: ['b'],
      attribute: [],
      attributeProto: [],
      opsetImport: [],
      node: [node('F', ['a'], ['c'], {}, { domain: 'own' }), node('F', ['c'], ['b'], {}, { domain: 'own' })],
    });
    expect(refusal(toBinary(ModelProtoSchema, model))?.message).toMatch(/F .*calls itself/);
  });
});
