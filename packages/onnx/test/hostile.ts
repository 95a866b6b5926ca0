/** Files of a few kilobytes that ask for gigabytes, for hours, or for a stack without end: one for each way. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type FunctionProto,
  FunctionProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
} from '../src/generated/onnx_pb';
import { type FileParts, file, graph, info, listed, node } from './files';

const x = info('x', ['N', 4]);
const own = (op: string, input: string, output: string) => node(op, [input], [output], {}, { domain: 'own' });

/** A function of one input "a" and one output "b". */
function functionOf(name: string, nodes: NodeProto[]): FunctionProto {
  const opsetImport = [{ domain: '', version: 18n }];
  return create(FunctionProtoSchema, {
    name,
    domain: 'own',
    input: ['a'],
    output: ['b'],
    node: nodes,
    opsetImport,
  });
}

const calling = (functions: FunctionProto[]) =>
  file({ nodes: [own('f0', 'x', 'y')], inputs: [x], functions });

/** f0 calls f1, which calls f2 …; the last of them calls `end`. */
const chainOf = (length: number, end: NodeProto) =>
  calling(
    Array.from({ length }, (_, at) =>
      functionOf(`f${at}`, [at === length - 1 ? end : own(`f${at + 1}`, 'a', 'b')]),
    ),
  );

/** Each function calls the next so many times. */
const laughs = (levels: number, times: number) =>
  calling(
    Array.from({ length: levels }, (_, level) => {
      const names = ['a', ...Array.from({ length: times - 1 }, (_, at) => `t${at}`), 'b'];
      const op = level === levels - 1 ? (a: string, b: string) => node('Neg', [a], [b]) : undefined;
      const call = op ?? ((a: string, b: string) => own(`f${level + 1}`, a, b));
      return functionOf(
        `f${level}`,
        names.slice(1).map((name, at) => call(names[at]!, name)),
      );
    }),
  );

/** So many constants, each joined to x, so that none is idle. */
function fan(
  count: number,
  make: (name: string, at: number) => NodeProto[],
  initializers: FileParts['initializers'],
) {
  const nodes = Array.from({ length: count }, (_, at) => make(`c${at}`, at)).flat();
  const sums = Array.from({ length: count }, (_, at) =>
    node('Add', [at === 0 ? 'x' : `s${at - 1}`, `c${at}`], [at === count - 1 ? 'y' : `s${at}`]),
  );
  return file({ nodes: [...nodes, ...sums], inputs: [info('x', [1])], initializers: initializers! });
}

const side = 2000;
const shape = listed('shape', [2], [side, side], 'int64');

/** Branches in branches. The bytes are put together from the innermost, since a message so deep can't be encoded. */
function nestedBranches(depth: number): Uint8Array {
  const condition = listed('yes', [], [1], 'bool');
  const inner = toBinary(GraphProtoSchema, graph({ nodes: [node('Relu', ['x'], ['y'])], inputs: [] }));
  const lengthOf = (size: number) => {
    const bytes: number[] = [];
    for (let rest = size; ; rest >>>= 7) {
      if (rest < 128) return [...bytes, rest];
      bytes.push((rest & 127) | 128);
    }
  };
  const field = (number: number, ...content: (readonly number[] | Uint8Array)[]) => {
    const size = content.reduce((sum, { length }) => sum + length, 0);
    return [[(number << 3) | 2], lengthOf(size), ...content].flatMap((part) => [...part]);
  };
  const text = (value: string) => [...new TextEncoder().encode(value)];
  let body: readonly number[] = [...inner];
  for (let at = 0; at < depth; at++) {
    // AttributeProto: name 1, type 20 (GRAPH is 5), g 6. NodeProto: input 1, output 2, op_type 4, attribute 5.
    const attribute = [...field(1, text('then_branch')), ...field(6, body), 0xa0, 1, 5];
    const choice = [
      ...field(1, text('yes')),
      ...field(2, text('y')),
      ...field(4, text('If')),
      ...field(5, attribute),
    ];
    // GraphProto: node 1, name 2, output 12.
    body = [...field(1, choice), ...field(2, text('g')), ...field(12, field(1, text('y')))];
  }
  const outer = toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: '', version: 18n }],
      graph: create(GraphProtoSchema, { input: [x], initializer: [condition] }),
    }),
  );
  // Messages given twice are merged.
  return Uint8Array.from([...outer, ...field(7, body)]);
}

/** The file, the error that it is refused with, and what is the matter with it. */
export const hostile: readonly [name: string, make: () => Uint8Array, message: RegExp][] = [
  [
    'a fan of ConstantOfShape, 16 MB each',
    () =>
      fan(200, (name) => [node('ConstantOfShape', ['shape'], [name], { value: listed('v', [1], [1]) })], [
        shape,
      ]),
    /^its constants take .*MB once computed \(the largest, 16 MB, is read by Add "s\d+"\), and a model of .* may take .*stored in the file/,
  ],
  [
    'a fan of Expand, 16 MB each',
    () =>
      fan(200, (name, at) => [node('Expand', [`v${at}`, 'shape'], [name])], [
        shape,
        ...Array.from({ length: 200 }, (_, at) => listed(`v${at}`, [], [at + 1])),
      ]),
    /its constants take .*MB once computed/,
  ],
  [
    'a chain of Transposes of one large constant',
    () =>
      fan(
        200,
        (name, at) => [
          node('ConstantOfShape', ['shape'], [`f${at}`]),
          node('Transpose', [`f${at}`], [name], { perm: [1, 0] }),
        ],
        [shape],
      ),
    /its constants take .*MB once computed/,
  ],
  [
    'one constant of 8 GB',
    () =>
      fan(1, (name) => [node('ConstantOfShape', ['wide'], [name])], [
        listed('wide', [1], [2 ** 31 - 1], 'int64'),
      ]),
    /its constants take 8590 MB once computed/,
  ],
  [
    'many small Ranges, folded one by one',
    () =>
      fan(
        5000,
        (name, at) => [
          node('Range', [`z${at}`, 'end', 'one'], [`r${at}`]),
          node('Cast', [`r${at}`], [name], { to: 1 }),
        ],
        [
          listed('end', [], [10_000], 'int64'),
          listed('one', [], [10], 'int64'),
          ...Array.from({ length: 5000 }, (_, at) => listed(`z${at}`, [], [at % 10], 'int64')),
        ],
      ),
    /^[A-Z]\w+ ".*brings what is folded at import to .*MB, and a model of .* may take/,
  ],
  [
    'a chain of twenty thousand small sums, each folded',
    () => {
      const count = 20_000;
      const nodes = Array.from({ length: count }, (_, at) =>
        node('Add', [at === 0 ? 'row' : `c${at - 1}`, 'one'], [`c${at}`]),
      );
      nodes.push(node('Gather', [`c${count - 1}`, 'one'], ['k']), node('Cast', ['k'], ['f'], { to: 1 }));
      return file({
        nodes: [...nodes, node('Add', ['x', 'f'], ['y'])],
        inputs: [x],
        initializers: [
          listed(
            'row',
            [1024],
            Array.from({ length: 1024 }, (_, at) => at),
            'int64',
          ),
          listed('one', [], [1], 'int64'),
        ],
      });
    },
    /^Add ".*brings what is folded at import to .*MB, and a model of .* may take/,
  ],
  [
    'a constant in a function that is called thousands of times',
    () => {
      const value = listed(
        'v',
        [5000],
        Array.from({ length: 5000 }, (_, at) => at),
      );
      const body = [
        node('Constant', [], ['c'], { value }),
        node('ReduceSum', ['c'], ['m'], { keepdims: 0 }),
        node('Add', ['a', 'm'], ['b']),
      ];
      const count = 4000;
      const nodes = Array.from({ length: count }, (_, at) =>
        own('f0', at === 0 ? 'x' : `t${at - 1}`, at === count - 1 ? 'y' : `t${at}`),
      );
      return file({ nodes, inputs: [x], functions: [functionOf('f0', body)] });
    },
    /brings what is folded at import to/,
  ],
  [
    'a function that calls itself',
    () => calling([functionOf('f0', [own('f0', 'a', 'b')])]),
    /f0 calls itself/,
  ],
  ['two functions that call each other', () => chainOf(2, own('f0', 'a', 'b')), /f0 calls itself/],
  ['a ring of forty functions', () => chainOf(40, own('f3', 'a', 'b')), /f3 calls itself/],
  [
    'a ring of functions too long to go round',
    () => chainOf(20_000, own('f0', 'a', 'b')),
    /lies more than 64 .* deep/,
  ],
  ['twenty thousand functions deep', () => chainOf(20_000, node('Neg', ['a'], ['b'])), /onnx\.inliner/],
  ['functions that unfold to 2^40 nodes', () => laughs(41, 2), /brings what is folded at import to/],
  ['functions that unfold to 1000^3 nodes', () => laughs(4, 1000), /brings what is folded at import to/],
  ['branches fifty deep', () => nestedBranches(50), /nests graphs deeper/],
  ['branches two hundred deep', () => nestedBranches(200), /nests graphs deeper/],
  [
    'a function twice',
    () =>
      calling([
        functionOf('f0', [node('Neg', ['a'], ['b'])]),
        functionOf('f0', [node('Relu', ['a'], ['b'])]),
      ]),
    /the function "f0" is there twice/,
  ],
  [
    'an attribute twice',
    () => {
      const twice = node('Softmax', ['x'], ['y'], { axis: 1 });
      twice.attribute.push(twice.attribute[0]!);
      return file({ nodes: [twice], inputs: [x] });
    },
    /the attribute "axis" is there twice/,
  ],
  [
    'a parameter of a function twice',
    () => {
      const f = functionOf('f0', [node('Neg', ['a'], ['b'])]);
      f.input.push('a');
      return file({
        nodes: [node('f0', ['x', 'x'], ['y'], {}, { domain: 'own' })],
        inputs: [x],
        functions: [f],
      });
    },
    /"a" is there twice/,
  ],
  [
    'an initializer twice',
    () =>
      file({
        nodes: [node('Add', ['x', 'w'], ['y'])],
        inputs: [x],
        initializers: [listed('w', [1], [1]), listed('w', [1], [2])],
      }),
    /"w" is there twice/,
  ],
];
