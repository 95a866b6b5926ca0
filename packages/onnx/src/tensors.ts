/**
 * Tensors of a file as constants that are read when somebody needs them.
 *
 * Elements that lie in the file's buffer at an address that fits their type are viewed there; others are copied at each
 * read, so that nothing is held twice. Every kind of float is given as float32.
 */
import {
  arrayOf,
  type Constant,
  type DType,
  fromBfloat16,
  fromFloat16,
  SaliencyError,
  sizeOf,
  type Tensor,
  type TypedArray,
} from '@regional-saliency/core';
import { computedIn, dtypeOfCode } from './element-types';
import { TensorProto_DataLocation as Location, type TensorProto } from './generated/onnx_pb';

/** Gives the bytes of a file that lies beside the model. */
export type ExternalLoader = (location: string) => Uint8Array;

/** The most elements that one tensor may hold (for each image): what backends count with 32 bits. */
export const LARGEST = 2 ** 31;

/**
 * A constant that reads a tensor of the file.
 *
 * @throws SaliencyError `bad-file` where the elements that are there don't fill the shape; nothing is allocated before
 */
export function constantOf(proto: TensorProto, external: ExternalLoader): Constant {
  const what = `the tensor "${proto.name}"`;
  const dtype = dtypeOfCode(proto.dataType, what);
  const shape = proto.dims.map((dim) => {
    if (dim < 0n) throw new SaliencyError('bad-file', `${what} has a negative dimension (${dim})`);
    return Number(dim);
  });
  const size = sizeOf(shape);
  if (!(size <= LARGEST)) {
    throw new SaliencyError('bad-file', `${what} claims to hold ${size} elements, more than can be held`);
  }
  const elements = elementsOf(proto, dtype, size, what, external);
  return { dtype: computedIn(dtype), shape, read: () => asComputed(elements(), dtype) };
}

/** The same, read now: for the small tensors that attributes hold. */
export function tensorOf(proto: TensorProto, external: ExternalLoader): Tensor {
  const { dtype, shape, read } = constantOf(proto, external);
  return { dtype, shape, data: read() };
}

function asComputed(data: TypedArray, dtype: DType): TypedArray {
  if (dtype === 'float16') return fromFloat16(data as Uint16Array);
  if (dtype === 'bfloat16') return fromBfloat16(data as Uint16Array);
  if (dtype === 'float64') return Float32Array.from(data as Float64Array);
  return data;
}

function elementsOf(
  proto: TensorProto,
  dtype: DType,
  size: number,
  what: string,
  external: ExternalLoader,
): () => TypedArray {
  if (proto.dataLocation === Location.EXTERNAL) {
    const bytes = externalBytes(proto, dtype, size, what, external);
    return () => viewOf(bytes, dtype, size);
  }
  if (proto.rawData) {
    const bytes = proto.rawData;
    const expected = size * arrayOf[dtype].BYTES_PER_ELEMENT;
    if (bytes.length !== expected) {
      throw new SaliencyError(
        'bad-file',
        `${what} needs ${expected} bytes but has ${bytes.length}: the file is damaged or truncated`,
      );
    }
    return () => viewOf(bytes, dtype, size);
  }
  const list = listOf(proto, dtype);
  if (list.length !== size) {
    throw new SaliencyError(
      'bad-file',
      `${what} needs ${size} elements but has ${list.length}: the file is damaged or truncated`,
    );
  }
  return () => {
    if (dtype === 'int64') return BigInt64Array.from(list as bigint[]);
    if (dtype === 'uint64') return BigUint64Array.from(list as bigint[]);
    return arrayOf[dtype].from((list as (number | bigint)[]).map(Number));
  };
}

/** The list that holds elements of a type where there is no raw data. */
function listOf(proto: TensorProto, dtype: DType): readonly (number | bigint)[] {
  if (dtype === 'float32') return proto.floatData;
  if (dtype === 'float64') return proto.doubleData;
  if (dtype === 'int64') return proto.int64Data;
  if (dtype === 'uint32' || dtype === 'uint64') return proto.uint64Data;
  return proto.int32Data;
}

function viewOf(bytes: Uint8Array, dtype: DType, size: number): TypedArray {
  const type = arrayOf[dtype];
  const aligned = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new type(aligned.buffer as ArrayBuffer, aligned.byteOffset, size);
}

function externalBytes(
  proto: TensorProto,
  dtype: DType,
  size: number,
  what: string,
  external: ExternalLoader,
): Uint8Array {
  const entry = (key: string) => proto.externalData.find((item) => item.key === key)?.value;
  const location = entry('location') ?? '';
  checkLocation(location, what);
  const file: unknown = external(location);
  if (!(file instanceof Uint8Array)) {
    throw new SaliencyError(
      'bad-input',
      `"external" gave no Uint8Array for "${location}": read or fetch the file first, then answer with its bytes`,
    );
  }
  const expected = size * arrayOf[dtype].BYTES_PER_ELEMENT;
  const offset = Number(entry('offset') ?? 0);
  const length = Number(entry('length') ?? expected);
  if (length !== expected || !Number.isSafeInteger(offset) || offset < 0 || offset + length > file.length) {
    throw new SaliencyError(
      'bad-file',
      `${what} needs ${expected} bytes at ${offset} of "${location}", which has ${file.length} (it claims ${length})`,
    );
  }
  return file.subarray(offset, offset + length);
}

/** A model may only name files in its own folder or below, never a way out of it. */
function checkLocation(location: string, what: string): void {
  const leaves = location.split(/[/\\]/).includes('..') || /^([/\\]|[a-zA-Z]:)/.test(location);
  if (location === '' || leaves || location.includes('\0')) {
    throw new SaliencyError(
      'bad-file',
      `${what} lies in ${JSON.stringify(location)}, which is not a file in the model's folder: it is not read`,
    );
  }
}
