/**
 * Constants that lie in memory in another order than their axes say: the [height, width, in, out] kernel of a tfjs model as
 * the [out, in, height, width] weights of a graph. The tfjs backend takes them as they lie, so that a model's own
 * tensors serve its explanation without a copy; everyone else reads them in the order of their axes.
 */
import { type Constant, SaliencyError, sizeOf, stridesOf, type TypedArray } from '@regional-saliency/core';
import { type Layout, placedShape, standard } from './layout';

/** What lies in memory, and which axes that makes, outermost first. */
export interface Stored {
  readonly constant: Constant;
  readonly layout: Layout;
}

/** A constant's `handle` that only this package knows. */
class StoredHandle {
  constructor(readonly stored: Stored) {}
}

/**
 * The elements of a constant as a tensor of another shape, whose axes lie in memory in the order of `layout`.
 *
 * @throws SaliencyError `bad-input` where the shape has another number of elements
 */
export function storedAs(constant: Constant, shape: readonly number[], layout: Layout): Constant {
  if (sizeOf(shape) !== sizeOf(constant.shape)) {
    throw new SaliencyError(
      'bad-input',
      `a constant of shape [${constant.shape.join(', ')}] can't be seen as one of [${shape.join(', ')}]`,
    );
  }
  return {
    dtype: constant.dtype,
    shape,
    read: () => inOrder(constant.read(), shape, layout),
    handle: new StoredHandle({ constant, layout }),
  };
}

/** How a constant lies in memory. */
export function storedOf(constant: Constant): Stored {
  const { handle } = constant;
  return handle instanceof StoredHandle
    ? handle.stored
    : { constant, layout: standard(constant.shape.length) };
}

/** Elements that lie in `layout`, brought into the order of the axes. */
function inOrder(elements: TypedArray, shape: readonly number[], layout: Layout): TypedArray {
  const inMemory = stridesOf(placedShape(shape, layout));
  const strides = shape.map((_, axis) => inMemory[layout.indexOf(axis)]!);
  const result = elements.slice();
  const index = shape.map(() => 0);
  let from = 0;
  for (let at = 0; at < result.length; at++) {
    result[at] = elements[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
