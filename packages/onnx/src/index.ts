export { type ReadOptions, readOnnx } from './read';
export type { ExternalLoader } from './tensors';
export { type WriteOptions, writeOnnx } from './write';
