/** Operators that compute shapes or make constants of them; exporters leave them around a model's real work. */
import { intOf } from '../attributes';
import { type Dim, fixedSize, isBatch } from '../dimension';
import { SaliencyError } from '../errors';
import type { Value } from '../graph';
import type { Tensor } from '../tensor';
import { FOLD_LIMIT, type Operator, required } from './operator';

/** The known elements of an input that decides a shape. */
function known(inputs: readonly (Value | undefined)[], index: number): readonly Dim[] {
  const { content } = required(inputs, index);
  if (!content)
    throw new SaliencyError('unsupported', 'its shape depends on data, so it is not known before a run');
  return content;
}

/** Attributes `start`, `end`. The builder folds it: shapes are known but for N. */
export const Shape: Operator = {
  infer: (inputs, attributes) => {
    const rank = required(inputs, 0).shape.length;
    const within = (at: number) => Math.min(Math.max(at < 0 ? at + rank : at, 0), rank);
    const start = within(intOf(attributes, 'start', 0));
    const end = within(intOf(attributes, 'end', rank));
    return [{ dtype: 'int64', shape: [Math.max(end - start, 0)] }];
  },
  gradient: null,
};

export const Size: Operator = {
  infer: () => [{ dtype: 'int64', shape: [] }],
  gradient: null,
};

/** Input: the shape. Attribute `value`: a tensor of one element, 0 without it. */
export const ConstantOfShape: Operator = {
  infer: (inputs, attributes) => [
    { dtype: (attributes.value as Tensor | undefined)?.dtype ?? 'float32', shape: [...known(inputs, 0)] },
  ],
  gradient: null,
  evaluate: ([shape], attributes) => {
    const sizes = shape!.elements;
    if (sizes.some(isBatch)) return undefined;
    const value = attributes.value as Tensor | undefined;
    const size = (sizes as number[]).reduce((product, dim) => product * dim, 1);
    if (size > FOLD_LIMIT) return undefined;
    const element = value ? Number(value.data[0]) : 0;
    return {
      dtype: value?.dtype ?? 'float32',
      shape: sizes as number[],
      elements: new Array<number>(size).fill(element),
    };
  },
};

export const Range: Operator = {
  infer: (inputs) => {
    const [from, to, by] = [0, 1, 2].map((index) => known(inputs, index)[0]!) as [Dim, Dim, Dim];
    const { dtype } = required(inputs, 0);
    // 0, 1, … N - 1 numbers the images.
    if (from === 0 && by === 1 && isBatch(to)) return [{ dtype, shape: [to] }];
    const [start, limit, step] = [from, to, by].map((dim) => fixedSize(dim, 'the end of a Range'));
    return [{ dtype, shape: [Math.max(0, Math.ceil((limit! - start!) / step!))] }];
  },
  gradient: null,
  evaluate: ([start, limit, step]) => {
    const [from, to, by] = [start, limit, step].map((small) => small!.elements[0]!) as [Dim, Dim, Dim];
    if (isBatch(from) || isBatch(to) || isBatch(by)) return undefined;
    if (!((to - from) / by <= FOLD_LIMIT)) return undefined;
    const elements: number[] = [];
    for (let at = from; by > 0 ? at < to : at > to; at += by) elements.push(at);
    return { dtype: start!.dtype, shape: [elements.length], elements };
  },
};
