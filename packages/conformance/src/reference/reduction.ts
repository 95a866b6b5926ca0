/** Reductions, and operators that normalise along an axis. */
import { stridesOf } from '@regional-saliency/core';
import { type Kernel, numberOf, numbersOf, single } from './kernel';
import { filled, positions, type Values } from './values';

/** The elements that each place of the reduced tensor is computed from, in row-major order. */
function reduced(
  x: Values,
  axes: readonly number[],
  keepdims: boolean,
  f: (items: Float64Array) => number,
): Values {
  const strides = stridesOf(x.shape);
  const isReduced = (axis: number) => axes.includes(axis);
  const part = (wanted: boolean) => {
    const own = x.shape.map((_, axis) => axis).filter((axis) => isReduced(axis) === wanted);
    return positions(
      own.map((axis) => x.shape[axis]!),
      own.map((axis) => strides[axis]!),
    );
  };
  const [bases, offsets] = [part(false), part(true)];
  const shape = keepdims
    ? x.shape.map((size, axis) => (isReduced(axis) ? 1 : size))
    : x.shape.filter((_, axis) => !isReduced(axis));
  return filled(shape, (at) => f(Float64Array.from(offsets, (offset) => x.data[bases[at]! + offset]!)));
}

function reduction(f: (items: Float64Array) => number): Kernel {
  return single(([x], node) => reduced(x!, numbersOf(node, 'axes'), numberOf(node, 'keepdims') === 1, f));
}

const sum = (items: Float64Array) => items.reduce((a, b) => a + b, 0);
const largest = (items: Float64Array) => items.reduce((a, b) => Math.max(a, b), -Infinity);

const ArgMax: Kernel = single(([x], node) =>
  reduced(x!, [numberOf(node, 'axis')], numberOf(node, 'keepdims') === 1, (items) =>
    items.indexOf(largest(items)),
  ),
);

function alongAxis(f: (x: number, max: number, sumOfExp: number) => number): Kernel {
  return single(([x], node) => {
    const axis = numberOf(node, 'axis');
    const max = reduced(x!, [axis], true, largest);
    const total = reduced(x!, [axis], true, (items) => {
      const m = largest(items);
      return sum(items.map((item) => Math.exp(item - m)));
    });
    const inner = stridesOf(x!.shape)[axis]!;
    return filled(x!.shape, (at) => {
      const line = Math.floor(at / (inner * x!.shape[axis]!)) * inner + (at % inner);
      return f(x!.data[at]!, max.data[line]!, total.data[line]!);
    });
  });
}

export const reductions: Record<string, Kernel> = {
  ReduceSum: reduction(sum),
  ReduceMean: reduction((items) => sum(items) / items.length),
  ReduceMax: reduction(largest),
  ReduceMin: reduction((items) => items.reduce((a, b) => Math.min(a, b), Infinity)),
  ReduceProd: reduction((items) => items.reduce((a, b) => a * b, 1)),
  ArgMax,
  Softmax: alongAxis((x, max, total) => Math.exp(x - max) / total),
  LogSoftmax: alongAxis((x, max, total) => x - max - Math.log(total)),
};
