/** A case of the suite: a program, what is fed to it, and how exact the answers must be. */
import {
  Builder,
  type Dim,
  type DType,
  type Graph,
  isBatch,
  shapeAt,
  sizeOf,
  type Tensor,
  tensor,
  type Value,
} from '@regional-saliency/core';
import { type Fill, normal, randomFrom } from './random';

export type Feeds = Readonly<Record<string, Tensor>>;

export interface Case {
  readonly name: string;
  readonly program: Graph;
  /** Each is run in turn on one loaded session. */
  readonly runs: readonly Feeds[];
  /** Where errors are not measured against the largest number expected: against what, and why. */
  readonly scale?: { readonly atLeast: number; readonly because: string } | undefined;
}

/** What a case is written with. */
export interface Parts {
  readonly g: Builder;
  /** An input of the program; N in its shape is the size of the batch. */
  readonly input: (shape: readonly Dim[], fill?: Fill, dtype?: DType) => Value;
  /** A constant. */
  readonly weight: (shape: readonly number[], fill?: Fill, dtype?: DType) => Value;
}

export interface CaseOptions {
  /** The sizes of N that are run, one after another; 1 and 3 where the program has an N. */
  readonly batches?: readonly number[];
  readonly scale?: Case['scale'];
}

/** Builds a case; its numbers depend on its name alone. One value is the output `y`. */
export function caseOf(
  name: string,
  make: (parts: Parts) => Value | Readonly<Record<string, Value>>,
  options: CaseOptions = {},
): Case {
  const g = new Builder();
  const inputs: Value[] = [];
  const fills: Fill[] = [];
  let weights = 0;
  const made = make({
    g,
    input: (shape, fill = normal, dtype = 'float32') => {
      const value = g.input(`x${inputs.length}`, shape, dtype);
      inputs.push(value);
      fills.push(fill);
      return value;
    },
    weight: (shape, fill = normal, dtype = 'float32') =>
      g.constantOf(randomTensor(`${name}/w${weights++}`, shape, fill, dtype)),
  });
  const outputs = isValue(made) ? { y: made } : made;
  const open = inputs.some((input) => input.shape.some(isBatch));
  const runs = (options.batches ?? (open ? [1, 3] : [1])).map((batch) => {
    const feeds = inputs.map((input, index) => {
      const seed = `${name}/${input.name}/${batch}`;
      return [input.name!, randomTensor(seed, shapeAt(input.shape, batch), fills[index]!, input.dtype)];
    });
    return Object.fromEntries(feeds) as Feeds;
  });
  return { name, program: g.finish({ inputs, outputs }), runs, scale: options.scale };
}

function isValue(made: Value | Readonly<Record<string, Value>>): made is Value {
  return typeof made.id === 'number';
}

export function randomTensor(seed: string, shape: readonly number[], fill: Fill, dtype: DType): Tensor {
  const random = randomFrom(seed);
  return tensor(
    Array.from({ length: sizeOf(shape) }, (_, at) => fill(random, at)),
    shape,
    dtype,
  );
}
