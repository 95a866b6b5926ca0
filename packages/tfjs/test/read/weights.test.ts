import { type Constant, SaliencyError } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWeights } from '../../src/read/weights';
import '../backends';

const quantised = (dtype: string, as: string) => ({
  dtype,
  quantization: { dtype: as, scale: 0.03125, min: -1.7 },
});
const types: readonly { dtype: string; quantization?: object; bytes: number }[] = [
  { dtype: 'float32', bytes: 4 },
  { dtype: 'int32', bytes: 4 },
  { dtype: 'bool', bytes: 1 },
  { ...quantised('float32', 'uint8'), bytes: 1 },
  { ...quantised('float32', 'uint16'), bytes: 2 },
  { ...quantised('int32', 'uint8'), bytes: 1 },
  { dtype: 'float32', quantization: { dtype: 'float16' }, bytes: 2 },
];

function elements(constant: Constant): number[] {
  return Array.from(constant.read() as Iterable<number>);
}

/** A manifest of one group around bytes; `cuts` are where one shard ends and the next begins. */
function grouped(weights: readonly object[], bytes: Uint8Array, cuts: readonly number[] = []) {
  const ends = [...cuts, bytes.length];
  const files = new Map(ends.map((end, at) => [`shard${at}.bin`, bytes.slice(ends[at - 1] ?? 0, end)]));
  const manifest: unknown = [{ paths: [...files.keys()], weights }];
  return { manifest, read: (path: string) => files.get(path)! };
}

describe('weights of a model.json', () => {
  it('are what tfjs decodes, of every type, however the shards are cut', async () => {
    const weight = fc.record({
      type: fc.constantFrom(...types),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(weight, { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 5 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
        async (list, places, random) => {
          const specs = list.map(({ type: { bytes: _, ...type }, shape }, at) => ({
            name: `w${at}`,
            shape,
            ...type,
          }));
          const sizes = list.map(({ type, shape }) => shape.reduce((a, b) => a * b, 1) * type.bytes);
          const length = sizes.reduce((a, b) => a + b, 0);
          const bytes = Uint8Array.from({ length }, () => random.next().value as number);
          const cuts = places.map((place) => place % (length + 1)).sort((a, b) => a - b);
          const { manifest, read } = grouped(specs, bytes, cuts);
          const constants = readWeights(manifest, read);
          const decoded = tf.io.decodeWeights(bytes.buffer, specs as never);
          expect([...constants.keys()]).toEqual(specs.map(({ name }) => name));
          for (const [name, constant] of constants) {
            const expected = decoded[name]!;
            expect(constant.shape).toEqual(expected.shape);
            expect(constant.dtype).toBe(expected.dtype);
            expect(elements(constant)).toEqual(Array.from(await expected.data()));
            expected.dispose();
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are views of their shard where they lie aligned in it, and copies where they do not', () => {
    const weights = [
      { name: 'first', shape: [2], dtype: 'float32' },
      { name: 'flag', shape: [1], dtype: 'bool' },
      { name: 'odd', shape: [1], dtype: 'float32' },
    ];
    const { manifest, read } = grouped(weights, new Uint8Array(13));
    const constants = readWeights(manifest, read);
    expect(constants.get('first')!.read().buffer).toBe(read('shard0.bin').buffer);
    expect(constants.get('odd')!.read().buffer).not.toBe(read('shard0.bin').buffer);
  });

  it('of several groups are all there, and each shard is read once', () => {
    const asked: string[] = [];
    const constants = readWeights(
      [
        { paths: ['a.bin'], weights: [{ name: 'a', shape: [1], dtype: 'float32' }] },
        { paths: ['sub/b.bin'], weights: [{ name: 'b', shape: [], dtype: 'int32' }] },
      ],
      (path) => {
        asked.push(path);
        return new Uint8Array(Int32Array.of(path === 'a.bin' ? 0 : 7).buffer);
      },
    );
    expect(elements(constants.get('b')!)).toEqual([7]);
    expect(asked).toEqual(['a.bin', 'sub/b.bin']);
  });

  const float = (name: string, shape: unknown) => ({ name, shape, dtype: 'float32' });
  const refusals: [string, unknown, RegExp][] = [
    ['no list', {}, /the weightsManifest is not a list/],
    ['a group without paths', [{ weights: [] }], /"paths" of group 0 of the weightsManifest is not a list/],
    ['a nameless weight', [{ paths: [], weights: [{ shape: [], dtype: 'float32' }] }], /has no name/],
    [
      'too many bytes claimed',
      [{ paths: ['a.bin'], weights: [float('w', [2])] }],
      /hold 4 bytes, but their weights need 8/,
    ],
    ['bytes left over', [{ paths: ['a.bin'], weights: [] }], /hold 4 bytes, but their weights need 0/],
    [
      'a size that overflows',
      [{ paths: [], weights: [float('w', [2 ** 30, 2 ** 30])] }],
      /more than can be held/,
    ],
    ['a negative size', [{ paths: [], weights: [float('w', [-1])] }], /dimension that is no size \(-1\)/],
    [
      'a size that is text',
      [{ paths: [], weights: [float('w', ['4'])] }],
      /dimension that is no size \("4"\)/,
    ],
    ['a name twice', [{ paths: [], weights: [float('w', [0]), float('w', [0])] }], /"w" is there twice/],
    [
      'strings',
      [{ paths: [], weights: [{ name: 'words', shape: [1], dtype: 'string' }] }],
      /"words" is of type string/,
    ],
    [
      'complex numbers',
      [{ paths: [], weights: [{ name: 'c', shape: [1], dtype: 'complex64' }] }],
      /complex64/,
    ],
    [
      'an unknown type',
      [{ paths: [], weights: [{ name: 'w', shape: [1], dtype: 'float8' }] }],
      /unknown type \("float8"\)/,
    ],
    [
      'quantisation without a scale',
      [{ paths: [], weights: [{ ...float('w', [1]), quantization: { dtype: 'uint8', min: 0 } }] }],
      /without a finite "scale"/,
    ],
    [
      'quantisation of an unknown kind',
      [{ paths: [], weights: [{ ...float('w', [1]), quantization: { dtype: 'int4', scale: 1, min: 0 } }] }],
      /unknown way \("int4"\)/,
    ],
    ...['../a.bin', '/a.bin', 'x/../../a.bin', 'C:\\a.bin', 'https://host/a.bin', '..\\a.bin', '', 7].map(
      (path): [string, unknown, RegExp] => [
        `the path ${JSON.stringify(path)}`,
        [{ paths: [path], weights: [] }],
        /not a file in the model's folder/,
      ],
    ),
  ];
  it.each(refusals)('refuses %s', (_, manifest, message) => {
    const read = (path: string) => {
      if (path !== 'a.bin') throw new Error(`${path} was read`);
      return new Uint8Array(4);
    };
    expect(() => readWeights(manifest, read)).toThrow(SaliencyError);
    expect(() => readWeights(manifest, read)).toThrow(message);
  });

  it('says what to do where a reader answers later, or with an ArrayBuffer', () => {
    const manifest = [{ paths: ['a.bin'], weights: [float('w', [1])] }];
    for (const given of [Promise.resolve(new Uint8Array(4)), new ArrayBuffer(4), 'text']) {
      expect(() => readWeights(manifest, () => given as unknown as Uint8Array)).toThrow(
        /no Uint8Array for the shard "a.bin": fetch the shards first/,
      );
    }
  });
});
