/** One node of a file on its way into the graph, and what all forms of operators are written with. */
import {
  type Attributes,
  type Builder,
  type Dim,
  type DType,
  type NodeNames,
  SaliencyError,
  sizeOf,
  type TypedArray,
  type Value,
} from '@regional-saliency/core';
import { parametersOf } from './parameters';
import { LARGEST } from './tensors';

/** One node of the file with what it reads. */
export interface Call {
  readonly g: Builder;
  readonly op: string;
  /** Data and parameters, as in the file. */
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
  /** The version of its operators. */
  readonly opset: number;
  /** How many outputs the node has in the file. */
  readonly outputs: number;
  readonly names: NodeNames;
}

/** Constants up to this size are made by the builder, which folds what is computed from them. */
export const SMALL = 1024;

/** The outputs of a call as values of the graph; undefined (or too few) where an output is not supported. */
export type Form = (call: Call) => readonly (Value | undefined)[];

/** The node of the same name, its parameters made attributes. */
export function plain(call: Call): readonly Value[] {
  const parameters = parametersOf[call.op] ?? [];
  const taken: Record<string, number | readonly Dim[]> = {};
  for (const { attribute, at, kind } of parameters) {
    const input = call.inputs[at];
    if (!input) continue;
    const numbers = numbersOf(input, `its parameter "${attribute}"`);
    taken[attribute] = kind === 'list' ? numbers : (numbers[0] as number);
  }
  const inputs = parameters.length > 0 ? call.inputs.slice(0, parameters[0]!.at) : call.inputs;
  return make(call, call.op, inputs, { ...call.attributes, ...taken });
}

/** A node with the names of the call; outputs that are known become constants. */
export function make(
  { g, names }: Call,
  op: string,
  inputs: readonly (Value | undefined)[],
  attributes: Attributes = {},
): Value[] {
  return g.node(op, inputs, attributes, names).outputs.map((output) => g.folded(output));
}

/** The elements of a small tensor that must be known now. */
export function numbersOf(value: Value, what: string): readonly Dim[] {
  if (value.content) return value.content;
  if (value.constant && sizeOf(value.constant.shape) <= SMALL) {
    return Array.from(value.constant.read() as Iterable<number | bigint>, Number);
  }
  throw new SaliencyError('unsupported', `${what} is computed from data, so it is not known before a run`);
}

export function input(call: Call, index: number): Value {
  const value = call.inputs[index];
  if (!value) throw new SaliencyError('bad-file', `input ${index} is missing`);
  return value;
}

/** A constant whose elements are computed at each read. */
export function lazily(
  call: Call,
  like: { readonly dtype: DType },
  shape: readonly number[],
  read: () => TypedArray,
): Value[] {
  if (!(sizeOf(shape) <= LARGEST))
    throw new SaliencyError('bad-file', `a constant of ${sizeOf(shape)} elements`);
  return [call.g.constantOf({ dtype: like.dtype, shape, read }, call.names.outputs?.[0])];
}
