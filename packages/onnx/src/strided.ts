/**
 * Recognises what exporters make of `as_strided`: a flat tensor gathered at indices that are sums of counted axes
 * (`Range(0, N) * 768 + [0, 1, …]`). Where those name every element once, that is a Reshape and a Transpose.
 */
import {
  type Builder,
  type Dim,
  isBatch,
  productOf,
  sameDim,
  sizeOf,
  type Value,
} from '@regional-saliency/core';

/** Integers that grow evenly along each axis: element i is offset + Σ i[axis] · strides[axis]. */
interface Strided {
  readonly offset: number;
  readonly shape: readonly Dim[];
  readonly strides: readonly number[];
}

/** The elements of x (of one axis) at such indices, as a view of x; undefined where they are none, or not all of x. */
export function gatherStrided(g: Builder, x: Value, indices: Value): Value | undefined {
  if (x.shape.length !== 1) return undefined;
  const found = stridedOf(indices);
  if (found?.offset !== 0) return undefined;
  const { shape, strides } = found;
  const axes = shape.flatMap((dim, axis) => (dim === 1 ? [] : [axis]));
  const slowestFirst = [...axes].sort((a, b) => strides[b]! - strides[a]!);
  // Each axis must step over exactly what the faster ones hold; only the slowest may depend on the batch.
  let held: Dim = 1;
  for (const axis of [...slowestFirst].reverse()) {
    if (isBatch(held) || strides[axis] !== held) return undefined;
    held = productOf([held, shape[axis]!]);
  }
  if (!sameDim(held, x.shape[0]!)) return undefined;
  const inMemory = g.reshape(
    x,
    slowestFirst.map((axis) => shape[axis]!),
  );
  const inOrder = g.transpose(
    inMemory,
    axes.map((axis) => slowestFirst.indexOf(axis)),
  );
  return g.reshape(inOrder, shape);
}

function stridedOf(value: Value): Strided | undefined {
  const { node, shape } = value;
  if (value.constant) return ofConstant(value);
  if (!node) return undefined;
  const [a, b] = node.inputs;
  switch (node.op) {
    case 'Range': {
      const [start, , step] = node.inputs.map((input) => input?.content?.[0]);
      if (typeof start !== 'number' || typeof step !== 'number') return undefined;
      return { offset: start, shape, strides: [step] };
    }
    case 'Mul': {
      const [values, factor] = isNumber(b) ? [a, b] : [b, a];
      const found = values && isNumber(factor) ? stridedOf(values) : undefined;
      const by = factor?.content?.[0] as number;
      return (
        found &&
        widened(
          { ...found, offset: found.offset * by, strides: found.strides.map((each) => each * by) },
          shape,
        )
      );
    }
    case 'Add': {
      const [left, right] = [a && stridedOf(a), b && stridedOf(b)];
      if (!left || !right) return undefined;
      const [one, other] = [widened(left, shape), widened(right, shape)];
      const strides = one.strides.map((stride, axis) => stride + other.strides[axis]!);
      return { offset: one.offset + other.offset, shape, strides };
    }
    case 'Unsqueeze': {
      const found = a && stridedOf(a);
      if (!found) return undefined;
      const strides = [...found.strides];
      for (const axis of node.attributes.axes as number[]) strides.splice(axis, 0, 0);
      return { ...found, shape, strides };
    }
    case 'Expand': {
      const found = a && stridedOf(a);
      return found && widened(found, shape);
    }
    default:
      return undefined;
  }
}

function isNumber(value: Value | undefined): boolean {
  return value?.content?.length === 1 && typeof value.content[0] === 'number';
}

/** The same broadcast to a shape. */
function widened({ offset, shape: from, strides }: Strided, shape: readonly Dim[]): Strided {
  const missing = shape.length - from.length;
  const wide = shape.map((_, axis) => {
    const own = axis - missing;
    return own < 0 || from[own] === 1 ? 0 : strides[own]!;
  });
  return { offset, shape, strides: wide };
}

/** Larger tables of indices are not looked at: what they gather stays a Gather. */
const LARGEST_INDEX = 2 ** 18;

function ofConstant({ constant, dtype }: Value): Strided | undefined {
  if (!constant || !(dtype === 'int64' || dtype === 'int32')) return undefined;
  const { shape } = constant;
  if (sizeOf(shape) > LARGEST_INDEX) return undefined;
  const elements = Array.from(constant.read() as Iterable<number | bigint>, Number);
  const offset = elements[0];
  if (offset === undefined) return undefined;
  const sizes = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, dim) => size * dim, 1));
  const strides = shape.map((dim, axis) => (dim === 1 ? 0 : elements[sizes[axis]!]! - offset));
  const isEven = elements.every((element, at) => {
    const places = shape.map((dim, axis) => Math.floor(at / sizes[axis]!) % dim);
    return element === places.reduce((sum, place, axis) => sum + place * strides[axis]!, offset);
  });
  return isEven ? { offset, shape, strides } : undefined;
}
