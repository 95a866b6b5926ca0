/**
 * Tensors and constants: plain objects, row-major, NCHW unless said otherwise.
 *
 * A tensor is data to run on; a constant belongs to a graph and is read only when somebody needs it, so that
 * a backend that already owns the weights (a tfjs model's own tensors) never copies them.
 */
import { SaliencyError } from './errors';

/** Element types, by ONNX's names. `float16` and `bfloat16` are held as their 16-bit patterns. */
export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool';

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** The array that holds each element type; `bool` is one byte an element, 0 or 1. */
export const arrayOf = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** Values with a shape. `data.length` is the product of `shape`; a scalar has shape `[]`. */
export interface Tensor {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Whether it is one tensor, and not tensors by name. */
export const isTensor = (value: Tensor | Readonly<Record<string, Tensor>>): value is Tensor =>
  Array.isArray(value.shape);

/** A tensor of a graph that is read only when needed. */
export interface Constant {
  readonly dtype: DType;
  readonly shape: readonly number[];
  read(): TypedArray;
  /** What a backend already holds for this constant (a tfjs tensor, say); only that backend looks at it. */
  readonly handle?: unknown;
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

/** Row-major strides of a shape, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/**
 * Makes a tensor and checks that data and shape belong together.
 *
 * @param data numbers or a typed array; plain numbers become `dtype` (default float32)
 * @throws SaliencyError `bad-input` where the length is not the product of the shape
 */
export function tensor(
  data: TypedArray | readonly number[],
  shape: readonly number[],
  dtype?: DType,
): Tensor {
  const type = dtype ?? (ArrayBuffer.isView(data) ? dtypeOf(data as TypedArray) : 'float32');
  if (data.length !== sizeOf(shape)) {
    throw new SaliencyError(
      'bad-input',
      `a tensor of shape [${shape.join(', ')}] holds ${sizeOf(shape)} values, but ${data.length} were given`,
    );
  }
  if (ArrayBuffer.isView(data)) return { data: data as TypedArray, shape, dtype: type };
  const values = data as readonly number[];
  // JSON writes NaN as null, which an array of numbers would take for 0.
  const none = values.findIndex((value) => typeof value !== 'number');
  if (none >= 0)
    throw new SaliencyError('bad-input', `a tensor holds numbers, but value ${none} is ${values[none]}`);
  const array =
    type === 'int64' || type === 'uint64'
      ? new arrayOf[type](values.map((value) => bigIntOf(value, type)))
      : arrayOf[type].from(values);
  return { data: array, shape, dtype: type };
}

/** The largest int64 ("to the end") is no double: as a number it is one more, which would wrap to the smallest. */
function bigIntOf(value: number, type: 'int64' | 'uint64'): bigint {
  if (!Number.isInteger(value)) throw new SaliencyError('bad-input', `${value} is no ${type}`);
  const exact = BigInt(value);
  const largest = type === 'int64' ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  return exact > largest ? largest : exact;
}

/** The element type that a typed array holds when nothing else is said (bytes are uint8, 16 bits uint16). */
export function dtypeOf(data: TypedArray): DType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Int16Array) return 'int16';
  if (data instanceof Uint16Array) return 'uint16';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint32Array) return 'uint32';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof BigUint64Array) return 'uint64';
  // A canvas has such bytes.
  const kind = (data as TypedArray).constructor.name;
  throw new SaliencyError('bad-input', `a tensor can't hold a ${kind}: copy it to a Float32Array first`);
}
