/** Tensors to tfjs and back. tfjs has float32, int32 and bool; int64 goes through int32. */
import {
  type Constant,
  type DType,
  SaliencyError,
  type Tensor,
  type TypedArray,
} from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import { gpuOf } from './gpu';

type TfDType = 'float32' | 'int32' | 'bool';

/** The type that tfjs computes a type in. */
export function tfTypeOf(dtype: DType): TfDType {
  if (dtype === 'bool') return 'bool';
  if (dtype === 'float32' || dtype === 'float64') return 'float32';
  if (dtype.startsWith('int') || dtype.startsWith('uint')) return 'int32';
  throw new SaliencyError(
    'unsupported',
    `the tfjs backend does not compute in ${dtype}; convert it to float32 first`,
  );
}

/**
 * A tfjs tensor of its own for a constant, on the current backend; shares the memory of a tfjs tensor that the constant
 * came from, if that lies there. (Shared between backends, tfjs would move it away from the model that owns it.)
 */
export function upload(source: Tensor | Constant): tf.Tensor {
  if ('handle' in source && source.handle instanceof tf.Tensor) {
    const { handle } = source;
    const held = tf.engine().state.tensorInfo.get(handle.dataId)?.backend;
    if (held === tf.backend()) return tf.clone(handle);
    if (gpuOf(held, '')?.isLost()) {
      throw new SaliencyError('backend', 'the GPU that held the model was lost: load the model again');
    }
  }
  const data = 'read' in source ? source.read() : source.data;
  const type = tfTypeOf(source.dtype);
  return tf.tensor(elementsFor(data, type), [...source.shape], type);
}

function elementsFor(data: TypedArray, type: TfDType): Float32Array | Int32Array | Uint8Array {
  if (type === 'float32')
    return data instanceof Float32Array ? data : Float32Array.from(data as Float64Array);
  if (type === 'bool') return data as Uint8Array;
  if (data instanceof Int32Array) return data;
  // Bounds such as "to the end" are written as the largest int64; int32's largest means the same here.
  return Int32Array.from(data as ArrayLike<number | bigint>, (element) =>
    Math.min(Math.max(Number(element), -(2 ** 31)), 2 ** 31 - 1),
  );
}

/** A tfjs tensor's values in the type that the graph says. Does not dispose it. */
export async function download(tensor: tf.Tensor, dtype: DType): Promise<Tensor> {
  const data = await tensor.data();
  return { data: elementsAs(data, dtype), shape: [...tensor.shape], dtype };
}

function elementsAs(data: Float32Array | Int32Array | Uint8Array, dtype: DType): TypedArray {
  switch (dtype) {
    case 'float32':
      // tfjs's cpu backend may keep a cast tensor in the array it was cast from.
      return data instanceof Float32Array ? data.slice() : Float32Array.from(data);
    case 'float64':
      return Float64Array.from(data);
    case 'bool':
    case 'uint8':
      return Uint8Array.from(data);
    case 'int8':
      return Int8Array.from(data);
    case 'int16':
      return Int16Array.from(data);
    case 'uint16':
      return Uint16Array.from(data);
    case 'int32':
      return Int32Array.from(data);
    case 'uint32':
      return Uint32Array.from(data);
    case 'int64':
      return BigInt64Array.from(data, BigInt);
    case 'uint64':
      return BigUint64Array.from(data, BigInt);
    default:
      throw new SaliencyError('unsupported', `the tfjs backend does not compute in ${dtype}`);
  }
}
