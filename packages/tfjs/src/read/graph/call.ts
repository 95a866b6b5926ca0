/** What the form of an operator is given, and what forms share. */
import {
  type Builder,
  type Dim,
  isBatch,
  type NodeNames,
  SaliencyError,
  sizeOf,
  type Value,
} from '@regional-saliency/core';
import type { ChannelsLast } from '../channels-last';
import type { NodeAttributes } from './attributes';

/** One node of the model with what it reads. Values are as the model sees them. */
export interface Call {
  readonly g: Builder;
  readonly m: ChannelsLast;
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: NodeAttributes;
  readonly names: NodeNames;
  /** Whether nothing but this node reads an input. */
  isSole(index: number): boolean;
  /** Says that a value is no more: its names mean the other one. */
  moved(from: Value, to: Value): void;
}

/** The outputs of a node; fewer where the further ones are not supported. */
export type Form = (call: Call) => readonly Value[];

export function input(call: Call, index: number): Value {
  const value = call.inputs[index];
  if (!value) throw new SaliencyError('bad-file', `input ${index} is missing`);
  return value;
}

/** Parameters up to this size are read; nothing that shapes a tensor is longer. */
const MOST_NUMBERS = 1024;

/** The elements of an input that must be known now. */
function elementsOf(call: Call, index: number, what: string): readonly Dim[] {
  const { content, constant } = input(call, index);
  if (content) return content;
  if (constant && sizeOf(constant.shape) <= MOST_NUMBERS) {
    return Array.from(constant.read() as Iterable<number | bigint>, Number);
  }
  throw new SaliencyError('unsupported', `${what} is computed from data, so it is not known before a run`);
}

/** Sizes, places or axes that must be known now: whole numbers, or multiples of the batch. */
export function numbersOf(call: Call, index: number, what: string): readonly Dim[] {
  const numbers = elementsOf(call, index, what);
  const odd = numbers.find((dim) => !isBatch(dim) && !Number.isSafeInteger(dim));
  if (odd === undefined) return numbers;
  throw new SaliencyError('bad-file', `${what} holds ${odd}, which is no whole number`);
}

/** The same, and none may depend on the batch. */
export function fixedNumbersOf(call: Call, index: number, what: string): readonly number[] {
  return numbersOf(call, index, what).map((dim) => {
    if (isBatch(dim)) throw new SaliencyError('unsupported', `${what} depends on the batch size`);
    return dim;
  });
}

/** One number of any kind that must be known now. */
export function fixedNumberOf(call: Call, index: number, what: string): number {
  const [number] = elementsOf(call, index, what);
  if (number === undefined) throw new SaliencyError('bad-file', `${what} is empty`);
  if (isBatch(number)) throw new SaliencyError('unsupported', `${what} depends on the batch size`);
  return number;
}

/** A node on what this one reads, under its name. */
export const plain =
  (op: string): Form =>
  (call) => [call.m.op(op, call.inputs, {}, call.names)];
