/**
 * Kernels of our own for tfjs's wasm backend, in AssemblyScript: what its own lack, or what these do faster. They work in
 * the memory of tfjs's module; addresses are in bytes, sizes in elements. Built by `build.ts` into `src/generated`.
 */
export { convolve } from './convolution';
export { passWithin } from './gate';
export { maxPoolGradient } from './maxpool';
export { winograd } from './winograd';
