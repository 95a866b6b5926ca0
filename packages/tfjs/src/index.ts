export { type TfjsOptions, tfjsBackend } from './backend';
export {
  type GraphModelFiles,
  type LiveGraphModel,
  type ReadGraphModelOptions,
  readGraphModel,
} from './read/graph-model';
export {
  type LayersModelFiles,
  type ReadLayersOptions,
  readLayersModel,
} from './read/layers-model';
export type { LiveLayersModel } from './read/layers-weights';
export { readWeights, type ShardReader } from './read/weights';
