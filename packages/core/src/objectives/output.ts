/** What objectives read: an output by its name, of the shape they need, and one of its entries. */
import type { Builder } from '../builder';
import { type Dim, fixedSize, productOf, showShape } from '../dimension';
import { SaliencyError } from '../errors';
import type { Value } from '../graph';
import { indicesOf, type Objective } from '../target';

/** An index among classes, or the target that the explainer was given. */
export type Index = number | 'target';

/** Where a model has several outputs. */
export interface OutputOption {
  /** The output that is read; default the model's first. */
  readonly output?: string | undefined;
}

/** @throws SaliencyError `unknown-name` for an output that the model does not have */
export function outputOf(outputs: Readonly<Record<string, Value>>, objective: string, name?: string): Value {
  const names = Object.keys(outputs);
  const wanted = name ?? names[0]!;
  if (Object.hasOwn(outputs, wanted)) return outputs[wanted]!;
  throw new SaliencyError(
    'unknown-name',
    `${objective} reads the output "${wanted}", which the model does not have; it has ${names.map((each) => `"${each}"`).join(', ')}`,
  );
}

/** @throws SaliencyError `unsupported` for an output that has not as many axes as `shape` names */
export function outputOfShape(
  outputs: Readonly<Record<string, Value>>,
  objective: string,
  shape: readonly string[],
  name?: string,
): Value {
  const value = outputOf(outputs, objective, name);
  if (value.shape.length === shape.length) return value;
  throw new SaliencyError(
    'unsupported',
    `${objective} needs an output of shape [${shape.join(', ')}], but "${value.name ?? name ?? 'output'}" is ${showShape(value.shape)}`,
  );
}

/** An output with all that an image has in one row, [N, size]. */
export function flatOutput(
  g: Builder,
  outputs: Readonly<Record<string, Value>>,
  objective: string,
  name?: string,
): Value {
  const value = outputOf(outputs, objective, name);
  const size = fixedSize(productOf(value.shape.slice(1)), `the size of the output that ${objective} reads`);
  return g.reshape(value, [value.shape[0]!, size]);
}

/** An objective that says in a program's metadata what it is. */
export const named = (about: string, build: Objective): Objective =>
  Object.assign<Objective, { about: string }>((...parts) => build(...parts), { about });

/** What an axis holds at an index, without that axis. @throws SaliencyError `bad-input` for an index out of range */
export function entryOf(
  g: Builder,
  value: Value,
  axis: number,
  index: Index,
  target: Value,
  objective: string,
): Value {
  const size = fixedSize(value.shape[axis]!, `the number of entries that ${objective} chooses from`);
  const left: Dim[] = value.shape.filter((_, at) => at !== axis);
  if (index === 'target') return g.reduceSum(g.mul(value, oneHot(g, value, axis, target)), [axis], false);
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new SaliencyError(
      'bad-input',
      `${index} of ${objective} is out of range: the output has ${size} entries there, 0 to ${size - 1}`,
    );
  }
  return g.reshape(g.slice(value, [index], [index + 1], [axis]), left);
}

/** 1 where an axis is at the index, else 0; it broadcasts with the value. @param index int64, [N, 1] or [1, 1] */
export function oneHot(g: Builder, value: Value, axis: number, index: Value): Value {
  const size = fixedSize(value.shape[axis]!, 'the number of entries');
  const along = value.shape.map((_, at) => (at === axis ? size : 1));
  const places = indicesOf(g, size, along);
  const chosen = g.reshape(index, [index.shape[0]!, ...value.shape.slice(1).map(() => 1)]);
  return g.cast(g.op('Equal', [places, chosen]), value.dtype);
}
