/**
 * The attributes of a GraphModel's node, as protobuf's JSON writes them: `{ i: "3" }`, `{ s: "U0FNRQ==" }`,
 * `{ list: { i: [...] } }`.
 */
import { type DType, SaliencyError } from '@regional-saliency/core';

/** Reads attributes by name and kind; a missing one is the fallback, or an error where there is none. */
export interface NodeAttributes {
  has(key: string): boolean;
  number(key: string, fallback?: number): number;
  flag(key: string): boolean;
  numbers(key: string, fallback?: readonly number[]): readonly number[];
  text(key: string, fallback?: string): string;
  texts(key: string): readonly string[];
  dtype(key: string): DType;
  /** The sizes of a shape, -1 where one is open; undefined where nothing is said. */
  shape(key: string): readonly number[] | undefined;
}

type Raw = Readonly<Record<string, unknown>>;

export function nodeAttributes(raw: Readonly<Record<string, unknown>>): NodeAttributes {
  const has = (key: string) => Object.hasOwn(raw, key) && raw[key] !== null && raw[key] !== undefined;
  function value<T>(
    key: string,
    kind: string,
    fallback: T | undefined,
    read: (item: Raw) => T | undefined,
  ): T {
    const item = has(key) ? read(raw[key] as Raw) : fallback;
    if (item === undefined) {
      throw new SaliencyError('bad-file', `its attribute "${key}" is not there or is not ${kind}`);
    }
    return item;
  }
  return {
    has,
    number: (key, fallback) => value(key, 'a number', fallback, ({ i, f }) => numberOf(i ?? f ?? fallback)),
    flag: (key) => value(key, 'a flag', false, ({ b }) => b === true),
    numbers: (key, fallback) =>
      value(key, 'a list of numbers', fallback, ({ list }) => {
        const { i, f } = (list ?? {}) as Raw;
        return allOf(i ?? f ?? [], numberOf);
      }),
    text: (key, fallback) => value(key, 'a text', fallback, ({ s }) => textOf(s ?? '')),
    texts: (key) =>
      value(key, 'a list of texts', [] as readonly string[], ({ list }) =>
        allOf(((list ?? {}) as Raw).s ?? [], textOf),
      ),
    dtype: (key) => value(key, 'a type of numbers', undefined, ({ type }) => dtypeOf(type)),
    shape(key) {
      if (!has(key)) return undefined;
      return shapeOf((raw[key] as Raw).shape);
    },
  };
}

/** A TensorShape: undefined where not even the number of dimensions is known. */
export function shapeOf(shape: unknown): readonly number[] | undefined {
  if (typeof shape !== 'object' || shape === null) return undefined;
  const { dim, unknownRank } = shape as Raw;
  // protobuf's JSON leaves out an empty list: a shape with neither is that of a number.
  if (unknownRank) return undefined;
  const sizes = allOf(dim ?? [], (item) => numberOf((item as Raw | null)?.size ?? -1));
  if (!sizes?.every((size) => Number.isSafeInteger(size) && size >= -1)) {
    throw new SaliencyError('bad-file', 'a shape of the model is not a list of sizes');
  }
  return sizes;
}

/** TensorFlow's types by name and number, as tfjs computes them. */
const types: readonly (readonly [string, number, DType])[] = [
  ['DT_FLOAT', 1, 'float32'],
  ['DT_DOUBLE', 2, 'float32'],
  ['DT_INT32', 3, 'int32'],
  ['DT_UINT8', 4, 'int32'],
  ['DT_INT16', 5, 'int32'],
  ['DT_INT8', 6, 'int32'],
  ['DT_INT64', 9, 'int32'],
  ['DT_BOOL', 10, 'bool'],
  ['DT_BFLOAT16', 14, 'float32'],
  ['DT_HALF', 19, 'float32'],
];

export function dtypeOf(type: unknown): DType | undefined {
  return types.find(([name, number]) => type === name || type === number)?.[2];
}

/** Integers of 64 bits are written as text. */
function numberOf(item: unknown): number | undefined {
  const number = typeof item === 'string' && item !== '' ? Number(item) : item;
  return typeof number === 'number' && !Number.isNaN(number) ? number : undefined;
}

/** Bytes are written in base64; tfjs also takes a list of them. */
function textOf(item: unknown): string | undefined {
  if (Array.isArray(item)) return item.map((byte) => String.fromCharCode(Number(byte) & 0xff)).join('');
  if (typeof item !== 'string') return undefined;
  try {
    return atob(item);
  } catch {
    return undefined;
  }
}

function allOf<T>(list: unknown, read: (item: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const items = list.map(read);
  return items.every((item) => item !== undefined) ? (items as T[]) : undefined;
}
