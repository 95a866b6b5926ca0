/**
 * `ndarray` views (M. Lysenko's package) in and out of tensors.
 *
 * Reading a view needs nothing but its fields. Making one compiles code at run time, as that package does, so
 * `view` is the one function here that a page with a strict content security policy can't call.
 */
import {
  arrayOf,
  type DType,
  dtypeOf,
  sizeOf,
  stridesOf,
  type Tensor,
  type TypedArray,
} from '@regional-saliency/core';
import ndarray, { type NdArray } from 'ndarray';

export type { NdArray };

/** A view of any element type. */
// biome-ignore lint/suspicious/noExplicitAny: the declarations of ndarray are invariant in their data
export type View = NdArray<any>;

/** An `ndarray` view of the tensor's own data: writing to one writes to the other. */
export function view(tensor: Tensor): View {
  return ndarray(tensor.data as Float64Array, [...tensor.shape]);
}

/**
 * The tensor that a view shows. Data is shared where the view is contiguous and row-major, else copied; plain
 * arrays become float64.
 *
 * @param dtype what the elements are where the array alone doesn't tell: `bool` for bytes, `float16` for 16 bits
 */
export function fromView(view: View, dtype?: DType): Tensor {
  const shape = [...view.shape];
  const data = isContiguous(view)
    ? (view.data as TypedArray).subarray(view.offset, view.offset + sizeOf(shape))
    : gather(view);
  return { data, shape, dtype: dtype ?? dtypeOf(data) };
}

/** A tensor as it is, or the tensor that a view shows. */
export function asTensor(values: Tensor | View): Tensor {
  return 'stride' in values ? fromView(values) : values;
}

const typedArrays = [...new Set(Object.values(arrayOf))];

function isContiguous(view: View): boolean {
  const strides = stridesOf(view.shape);
  return (
    typedArrays.some((each) => view.data instanceof each) &&
    view.shape.every((length, axis) => length === 1 || view.stride[axis] === strides[axis])
  );
}

function gather(view: View): TypedArray {
  const { data, shape, stride } = view;
  const own = typedArrays.find((each) => data instanceof each);
  const values = new (own ?? (data instanceof Uint8ClampedArray ? Uint8Array : Float64Array))(sizeOf(shape));
  const read = (at: number) => (view.dtype === 'generic' ? data.get(at) : data[at]);
  const index = shape.map(() => 0);
  let at = view.offset;
  for (let place = 0; place < values.length; place++) {
    values[place] = read(at);
    // Count up from the last axis, as an odometer does.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      at += stride[axis]!;
      if (index[axis]! < shape[axis]!) break;
      at -= index[axis]! * stride[axis]!;
      index[axis] = 0;
    }
  }
  return values;
}
