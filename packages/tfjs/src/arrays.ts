/**
 * Direct access to tensors as typed arrays, on backends that keep them in memory that JavaScript can read.
 *
 * On cpu and wasm this is a view without a copy; on tfjs-node it is a copy each way. GPU backends have none, and
 * kernels that want it have a second form in tfjs operators for them.
 */
import * as tf from '@tensorflow/tfjs-core';

export interface Arrays {
  /** Whether a view costs nothing. */
  readonly inPlace: boolean;
  /** A tensor's elements, to read; valid until the next tensor is made. */
  view(tensor: tf.Tensor): Elements;
  /** Makes a tensor and lets `fill` write its elements (zero before that), given views of its inputs. */
  make(
    inputs: readonly tf.Tensor[],
    shape: readonly number[],
    dtype: 'float32' | 'int32' | 'bool',
    fill: (output: Elements, ...inputs: Elements[]) => void,
  ): tf.Tensor;
  /** Makes several tensors of one shape in the same way. */
  makeAll(
    count: number,
    inputs: readonly tf.Tensor[],
    shape: readonly number[],
    dtype: 'float32' | 'int32' | 'bool',
    fill: (outputs: Elements[], ...inputs: Elements[]) => void,
  ): tf.Tensor[];
}

export type Elements = Float32Array | Int32Array | Uint8Array;

/** What tfjs's wasm backend offers beyond the interface of all backends. */
interface WasmBackend {
  makeOutput(shape: number[], dtype: string): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Elements;
}

const elementsOf = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

/** Access for the named backend, which must be initialised. */
export function arraysOf(name: string): Arrays | undefined {
  const backend = tf.findBackend(name) as unknown as Partial<WasmBackend>;
  if (backend.makeOutput && backend.typedArrayFromHeap) return heapArrays(backend as WasmBackend);
  if (name !== 'cpu' && name !== 'tensorflow') return undefined;
  const view = (tensor: tf.Tensor): Elements => {
    const held = tensor.dataSync() as Elements;
    const wanted = elementsOf[tensor.dtype as keyof typeof elementsOf];
    // tfjs's cpu backend may keep a cast tensor in the array it was cast from.
    return held instanceof wanted ? held : wanted.from(held);
  };
  return withOne({
    inPlace: name === 'cpu',
    view,
    makeAll(count, inputs, shape, dtype, fill) {
      const size = tf.util.sizeFromShape([...shape]);
      const outputs = Array.from({ length: count }, () => new elementsOf[dtype](size));
      fill(outputs, ...inputs.map(view));
      return outputs.map((output) => tf.tensor(output, [...shape], dtype));
    },
  });
}

function withOne(arrays: Omit<Arrays, 'make'>): Arrays {
  return {
    ...arrays,
    make: (inputs, shape, dtype, fill) =>
      arrays.makeAll(1, inputs, shape, dtype, ([output], ...views) => fill(output!, ...views))[0]!,
  };
}

function heapArrays(backend: WasmBackend): Arrays {
  return withOne({
    inPlace: true,
    view: (tensor) => backend.typedArrayFromHeap(tensor),
    makeAll(count, inputs, shape, dtype, fill) {
      // Making outputs may grow the heap, which would detach views taken before.
      const made = Array.from({ length: count }, () => backend.makeOutput([...shape], dtype));
      const outputs = made.map((output) => backend.typedArrayFromHeap(output));
      for (const output of outputs) output.fill(0);
      fill(outputs, ...inputs.map((tensor) => backend.typedArrayFromHeap(tensor)));
      return made.map((output) => tf.engine().makeTensorFromTensorInfo(output));
    },
  });
}
