/**
 * Kernels of our own in WebAssembly (see `assembly`), working in the memory of tfjs's wasm backend.
 *
 * They run on the calling thread only, so they are left out where tfjs's module shares its memory with threads.
 */
import * as tf from '@tensorflow/tfjs-core';
// Not loaded later: Vite's workers, as they are by default, can't be built in parts.
import { fused, plain } from './generated/simd';

/** What `assembly/index.ts` exports. Addresses are bytes in the backend's memory; sizes count elements. */
export interface Kernels {
  convolve(...numbers: number[]): void;
  winograd(...numbers: number[]): void;
  passWithin(...numbers: number[]): void;
  maxPoolGradient(...numbers: number[]): void;
}

export interface Simd {
  readonly kernels: Kernels;
  /**
   * Makes a float tensor and lets `fill` write its elements, given the addresses of it, of its inputs and of scratch
   * space. Neither the output nor the scratch space is zero before.
   *
   * @param scratch how many elements of four bytes each piece of scratch space has
   */
  make(
    inputs: readonly tf.Tensor[],
    shape: readonly number[],
    scratch: readonly number[],
    fill: (output: number, inputs: number[], scratch: number[]) => void,
  ): tf.Tensor;
}

/** What tfjs's wasm backend offers beyond the interface of all backends. */
interface WasmBackend {
  readonly wasm: { readonly asm?: { readonly memory?: unknown } };
  makeOutput(shape: number[], dtype: string): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): { readonly byteOffset: number };
  disposeData(id: object): boolean;
}

const known = new WeakMap<WebAssembly.Memory, Promise<Simd>>();

/** The kernels for the named backend, which must be initialised; none where it isn't wasm or they can't run. */
export async function simdOf(name: string): Promise<Simd | undefined> {
  if (name !== 'wasm' || !(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) return undefined;
  const backend = tf.findBackend(name) as unknown as WasmBackend;
  const memory = backend.wasm?.asm?.memory;
  if (!(memory instanceof WebAssembly.Memory) || !(memory.buffer instanceof ArrayBuffer)) return undefined;
  const there = known.get(memory) ?? started(backend, memory);
  known.set(memory, there);
  return there;
}

async function started(backend: WasmBackend, memory: WebAssembly.Memory): Promise<Simd> {
  const relaxed = bytesOf(fused);
  const module = await WebAssembly.compile(WebAssembly.validate(relaxed) ? relaxed : bytesOf(plain));
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const address = (tensor: tf.TensorInfo) => backend.typedArrayFromHeap(tensor).byteOffset;
  return {
    kernels: exports as unknown as Kernels,
    make(inputs, shape, scratch, fill) {
      const output = backend.makeOutput([...shape], 'float32');
      const pieces = scratch.map((size) => backend.makeOutput([size], 'float32'));
      const addresses = [output, ...pieces].map(address);
      try {
        if (addresses.includes(0)) throw new Error('the memory of the wasm backend is full');
        fill(addresses[0]!, inputs.map(address), addresses.slice(1));
      } finally {
        for (const piece of pieces) backend.disposeData(piece.dataId);
      }
      return tf.engine().makeTensorFromTensorInfo(output);
    },
  };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
